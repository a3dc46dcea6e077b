import type { CommandBus, EventStore, Logger, StoredEvent, TrackingProcessor } from '@stocker/cqrs'
import { createTrackingProcessor } from '@stocker/cqrs'
import type { Pool } from 'pg'
import type { CartAggregate } from './cart.ts'
import { cartsHolding } from './open-carts.ts'
import type { ProductEvents } from './product.ts'
import { product } from './product.ts'

export interface PriceFollowerParts {
  readonly store: EventStore
  readonly commands: CommandBus
  readonly pool: Pool
  readonly cart: CartAggregate
  readonly logger?: Logger
}

/** Takes the catalogue's changes to the open carts that hold the products. */
export const createPriceFollower = (parts: PriceFollowerParts): TrackingProcessor =>
  createTrackingProcessor({
    store: parts.store,
    name: 'prices-of-open-carts',
    // A changed price is listed anew too, and so is a product that comes back: this one says it all.
    types: ['ProductListedEvent'] satisfies readonly (keyof ProductEvents)[],
    // Prices change seldom, and the work is in the carts.
    segments: 1,
    handle: followPrices(parts),
    ...(parts.logger && { logger: parts.logger }),
  })

/**
 * Tells each cart the price of the product as it is now, not as it was at the event: to handle an event again, or late, does no harm.
 */
export const followPrices =
  ({ pool, commands, cart }: Pick<PriceFollowerParts, 'pool' | 'commands' | 'cart'>) =>
  async (events: readonly StoredEvent[]): Promise<undefined> => {
    const causes = new Map(events.map(({ id, data }) => [(data as ProductEvents['ProductListedEvent']).sku, id]))
    for (const [sku, causationId] of causes) {
      for await (const cartIds of cartsHolding(pool, sku)) {
        await Promise.all(
          cartIds.map((cartId) =>
            commands.run(
              (unit) => {
                const { product: listed } = unit.state(product, sku)
                if (listed === null) return
                unit.execute(cart, cartId, { type: 'FollowPrice', data: { cartId, sku, price: listed.price } })
              },
              { correlationId: cartId, causationId },
            ),
          ),
        )
      }
    }
    return undefined
  }
