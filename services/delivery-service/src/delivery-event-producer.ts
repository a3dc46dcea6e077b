import type { EventName } from '@stocker/contracts'
import { TOPICS } from '@stocker/contracts'
import type { StoredEvent } from '@stocker/cqrs'

const TOPIC = TOPICS['delivery-events']
const PUBLISHED: ReadonlySet<string> = new Set<EventName>(TOPIC.events)

/** Which stored events go to delivery-events, and in what shape. */
export class DeliveryEventProducer {
  readonly map = (event: StoredEvent) => {
    if (!PUBLISHED.has(event.type)) return null
    // The address is kept for the courier; those who follow the parcel have no need of it.
    const { shippingAddress: _, ...data } = event.data as { orderId: string; shippingAddress?: object }
    return { topic: TOPIC.name, key: data.orderId, data }
  }
}
