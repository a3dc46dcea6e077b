import { TOPICS } from '@stocker/contracts'
import type { StoredEvent } from '@stocker/cqrs'

const TOPIC = TOPICS['delivery-events']
const PUBLISHED: ReadonlySet<string> = new Set(TOPIC.events)

/**
 * Which stored events go to delivery-events. The contract decides their shape: the address that is kept for the courier is no field of
 * DeliveryScheduledEvent and stays here.
 */
export class DeliveryEventProducer {
  readonly map = (event: StoredEvent) => {
    if (!PUBLISHED.has(event.type)) return null
    const data = event.data as { readonly orderId: string }
    return { topic: TOPIC.name, key: data.orderId, data }
  }
}
