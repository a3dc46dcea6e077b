import { TOPICS } from '@stocker/contracts'
import type { StoredEvent } from '@stocker/cqrs'

const TOPIC = TOPICS['order-events']
const PUBLISHED: ReadonlySet<string> = new Set(TOPIC.events)

/** Which stored events go to order-events: all but the private ones, as they are. */
export class OrderEventProducer {
  readonly map = (event: StoredEvent) => {
    if (!PUBLISHED.has(event.type)) return null
    const data = event.data as { orderId: string }
    return { topic: TOPIC.name, key: data.orderId, data }
  }
}
