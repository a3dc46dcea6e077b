import type { Money } from '@stocker/contracts'
import type { CommandBus, CommandMeta, CommandOf, EventStore, ResultOf, StoredEvent } from '@stocker/cqrs'
import { streamName } from '@stocker/cqrs'
import type { Catalogue } from './catalogue.ts'
import type { Product, ProductEvents } from './product.ts'
import { product } from './product.ts'

/** Where a request comes from, what makes its repetition harmless, and which version its sender has seen. */
export type ProductContext = Omit<CommandMeta, 'correlationId'>

export type ProductResult = ResultOf<typeof product>

/** What a product cost, and from when to when; without `until` it still does. Times: ISO 8601. */
export interface PricePeriod {
  readonly price: Money
  readonly since: string
  readonly until?: string
}

/** The commands and queries of the catalogue that the rest of the world may call. */
export class ProductService {
  readonly catalogue: Catalogue
  readonly #commands: CommandBus
  readonly #store: EventStore

  constructor(parts: { readonly commands: CommandBus; readonly store: EventStore; readonly catalogue: Catalogue }) {
    this.#commands = parts.commands
    this.#store = parts.store
    this.catalogue = parts.catalogue
  }

  /** For a seed: what was ever listed stays as it is. */
  list(listing: Product): Promise<ProductResult> {
    return this.#execute(listing.sku, { type: 'ListProduct', data: listing })
  }

  put(listing: Product, context?: ProductContext): Promise<ProductResult> {
    return this.#execute(listing.sku, { type: 'PutProduct', data: listing }, context)
  }

  changePrice(sku: string, price: Money, context?: ProductContext): Promise<ProductResult> {
    return this.#execute(sku, { type: 'ChangePrice', data: { sku, price } }, context)
  }

  delist(sku: string, context?: ProductContext): Promise<ProductResult> {
    return this.#execute(sku, { type: 'Delist', data: { sku } }, context)
  }

  /** The product if it is on sale, with the version that a change of it may expect. */
  async find(sku: string): Promise<{ readonly product: Product; readonly version: number } | undefined> {
    const { state, version } = await this.#store.load(product, sku)
    return state.status === 'LISTED' && state.product !== null ? { product: state.product, version } : undefined
  }

  /** Oldest first; empty for a product that never was on sale. */
  async prices(sku: string): Promise<readonly PricePeriod[]> {
    return pricePeriods(await this.#store.readStream(streamName(product, sku)))
  }

  /** Two products may be changed under the same idempotency key: each counts within its sku only. */
  #execute(
    sku: string,
    command: CommandOf<typeof product>,
    { idempotency, ...context }: ProductContext = {},
  ): Promise<ProductResult> {
    return this.#commands.execute(product, sku, command, {
      correlationId: sku,
      ...context,
      ...(idempotency && { idempotency: { ...idempotency, key: `product:${sku}:${idempotency.key}` } }),
    })
  }
}

/** Folds a product's history into periods of one price each. */
export const pricePeriods = (
  history: readonly Pick<StoredEvent, 'type' | 'data' | 'occurredAt'>[],
): readonly PricePeriod[] => {
  const periods: PricePeriod[] = []
  const end = (at: string): void => {
    const last = periods.at(-1)
    if (last !== undefined && last.until === undefined) periods[periods.length - 1] = { ...last, until: at }
  }
  for (const { type, data, occurredAt } of history) {
    if (type === 'ProductDelistedEvent') {
      end(occurredAt)
      continue
    }
    const { price } = data as ProductEvents['ProductListedEvent' | 'ProductPriceChangedEvent']
    const last = periods.at(-1)
    if (last !== undefined && last.until === undefined && last.price.amount === price.amount) continue
    end(occurredAt)
    periods.push({ price, since: occurredAt })
  }
  return periods
}
