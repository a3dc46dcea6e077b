import type { EventName } from '@stocker/contracts'
import { TOPICS } from '@stocker/contracts'
import type { StoredEvent } from '@stocker/cqrs'

const TOPIC = TOPICS['dispatch-events']
const PUBLISHED: ReadonlySet<string> = new Set<EventName>(TOPIC.events)

/** Which stored events go to dispatch-events, and in what shape. */
export class DispatchEventProducer {
  readonly map = (event: StoredEvent) => {
    if (!PUBLISHED.has(event.type)) return null
    const data = event.data as { orderId: string; shippingAddress?: object }
    if (event.type !== 'StockReservedEvent') return { topic: TOPIC.name, key: data.orderId, data }
    // The address is kept with the reservation for the shipment; those who watch the stock have no need of it.
    const { shippingAddress: _, ...published } = data
    return { topic: TOPIC.name, key: data.orderId, data: published }
  }
}
