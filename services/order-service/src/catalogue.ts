import type { EventData } from '@stocker/contracts'
import type { SqlStatement, UnitOfWork } from '@stocker/cqrs'
import type { Pool } from 'pg'

export interface Product {
  readonly sku: string
  readonly name: string
  readonly price: { readonly amount: number; readonly currency: string }
}

const UPSERT = `
  insert into catalogue (sku, name, amount, currency) values ($1, $2, $3, $4)
  on conflict (sku) do update set name = excluded.name, amount = excluded.amount, currency = excluded.currency`
const CHANGE_PRICE = 'update catalogue set amount = $2, currency = $3 where sku = $1'
const DELETE = 'delete from catalogue where sku = $1'

const upsert = ({ sku, name, price }: Product): SqlStatement => ({
  name: 'catalogue-upsert',
  text: UPSERT,
  values: [sku, name, price.amount, price.currency],
})

/** How old a price may be at the latest when an order is taken. */
const MAX_AGE_MS = 1_000

/** This service's copy of the catalogue, fed by catalog-events. Prices come from here and never from a caller. */
export class Catalogue {
  readonly #pool: Pool
  readonly #now: () => number
  #products: ReadonlyMap<string, Product> = new Map()
  #readAt = Number.NEGATIVE_INFINITY
  #reading: Promise<ReadonlyMap<string, Product>> | null = null

  constructor(pool: Pool, now: () => number = Date.now) {
    this.#pool = pool
    this.#now = now
  }

  list(unit: UnitOfWork, product: EventData<'ProductListedEvent'>): void {
    unit.write(upsert(product))
  }

  changePrice(unit: UnitOfWork, { sku, price }: EventData<'ProductPriceChangedEvent'>): void {
    unit.write({ name: 'catalogue-price', text: CHANGE_PRICE, values: [sku, price.amount, price.currency] })
  }

  delist(unit: UnitOfWork, { sku }: EventData<'ProductDelistedEvent'>): void {
    unit.write({ name: 'catalogue-delete', text: DELETE, values: [sku] })
  }

  async products(): Promise<ReadonlyMap<string, Product>> {
    if (this.#now() - this.#readAt < MAX_AGE_MS) return this.#products
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null
    })
    return this.#reading
  }

  /** Without products every order would be refused, so the service is not ready before the first have arrived. */
  async health(): Promise<{ up: boolean; detail: string }> {
    const { size } = await this.products()
    return { up: size > 0, detail: size > 0 ? `${size} products` : 'no product has arrived on catalog-events yet' }
  }

  async #read(): Promise<ReadonlyMap<string, Product>> {
    const readAt = this.#now()
    const { rows } = await this.#pool.query<{ sku: string; name: string; amount: string; currency: string }>(
      'select sku, name, amount, currency from catalogue',
    )
    this.#products = new Map(
      rows.map(({ sku, name, amount, currency }) => [sku, { sku, name, price: { amount: Number(amount), currency } }]),
    )
    // An empty catalogue is not kept: the first products may arrive at any moment.
    this.#readAt = rows.length === 0 ? Number.NEGATIVE_INFINITY : readAt
    return this.#products
  }
}
