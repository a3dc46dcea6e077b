import type { StreamChange } from '@stocker/cqrs'
import type { Pool } from 'pg'
import { byName } from './catalogue-page.ts'
import type { Product } from './product.ts'
import { product } from './product.ts'

/** How long a price that another instance of this service has changed may stay unseen. */
const MAX_AGE_MS = 1_000

/** The products on sale, by name, kept in memory: read again after every change of this process, and after `MAX_AGE_MS`. */
export class Catalogue {
  readonly #pool: Pool
  readonly #now: () => number
  #products: ReadonlyMap<string, Product> = new Map()
  #readAt = Number.NEGATIVE_INFINITY
  #changes = 0
  #reading: Promise<ReadonlyMap<string, Product>> | null = null

  constructor(pool: Pool, now: () => number = Date.now) {
    this.#pool = pool
    this.#now = now
  }

  readonly committed = (changes: readonly StreamChange[]): void => {
    if (!changes.some(({ aggregate }) => aggregate === product.name)) return
    this.#changes += 1
    this.#readAt = Number.NEGATIVE_INFINITY
    // A read that is under way may have begun before the change.
    this.#reading = null
  }

  async products(): Promise<ReadonlyMap<string, Product>> {
    if (this.#now() - this.#readAt < MAX_AGE_MS) return this.#products
    this.#reading ??= this.#read()
    return this.#reading
  }

  async #read(): Promise<ReadonlyMap<string, Product>> {
    const readAt = this.#now()
    const changes = this.#changes
    try {
      const { rows } = await this.#pool.query<{ sku: string; name: string; amount: string; currency: string }>(
        'select sku, name, amount, currency from products',
      )
      const listed = rows
        .map(({ sku, name, amount, currency }) => ({ sku, name, price: { amount: Number(amount), currency } }))
        .sort(byName)
      const products = new Map(listed.map((product) => [product.sku, product]))
      if (changes === this.#changes) {
        this.#products = products
        this.#readAt = readAt
      }
      return products
    } finally {
      if (changes === this.#changes) this.#reading = null
    }
  }
}
