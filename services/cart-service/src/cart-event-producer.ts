import { TOPICS } from '@stocker/contracts'
import type { StoredEvent } from '@stocker/cqrs'

const CARTS = TOPICS['cart-events']
const CATALOGUE = TOPICS['catalog-events']
const OF_CARTS: ReadonlySet<string> = new Set(CARTS.events)
const OF_CATALOGUE: ReadonlySet<string> = new Set(CATALOGUE.events)

/** Which stored events go to cart-events and which to catalog-events, as they are. */
export class CartEventProducer {
  readonly map = (event: StoredEvent) => {
    const data = event.data as { readonly cartId: string; readonly sku: string }
    if (OF_CARTS.has(event.type)) return { topic: CARTS.name, key: data.cartId, data }
    if (OF_CATALOGUE.has(event.type)) return { topic: CATALOGUE.name, key: data.sku, data }
    return null
  }
}
