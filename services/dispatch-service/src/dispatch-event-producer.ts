import { TOPICS } from '@stocker/contracts'
import type { StoredEvent } from '@stocker/cqrs'

const TOPIC = TOPICS['dispatch-events']
const PUBLISHED: ReadonlySet<string> = new Set(TOPIC.events)

/**
 * Which stored events go to dispatch-events. The contract decides their shape: the address that is kept with a reservation for the
 * shipment is no field of StockReservedEvent and stays here.
 */
export class DispatchEventProducer {
  readonly map = (event: StoredEvent) => {
    if (!PUBLISHED.has(event.type)) return null
    const data = event.data as { readonly orderId: string }
    return { topic: TOPIC.name, key: data.orderId, data }
  }
}
