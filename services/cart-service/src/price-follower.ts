import type { CommandBus, StoredEvent } from '@stocker/cqrs'
import type { Pool } from 'pg'
import type { CartAggregate } from './cart.ts'
import { cartsHolding } from './open-carts.ts'
import type { ProductEvents } from './product.ts'
import { product } from './product.ts'

/**
 * The stored events after which open carts may have to learn a price. A changed price is listed anew too, and so is a product that comes
 * back, so this one says it all.
 */
export const PRICE_EVENTS = ['ProductListedEvent'] as const satisfies readonly (keyof ProductEvents)[]

/**
 * Takes the catalogue's changes to the open carts that hold the products. It tells each cart the price of the product as it is now, not
 * as it was at the event, so handling an event again, or late, does no harm.
 */
export const followPrices =
  (parts: { readonly pool: Pool; readonly commands: CommandBus; readonly cart: CartAggregate }) =>
  async (events: readonly StoredEvent[]): Promise<undefined> => {
    const { pool, commands, cart } = parts
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
