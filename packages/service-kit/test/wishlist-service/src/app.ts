import type { DecodeRecord, MapEvent, Service, ServiceConfig } from '@stocker/service-kit'
import { createService } from '@stocker/service-kit'
import { routes } from './http.ts'
import { wishlist } from './wishlist.ts'

/** What order-events say, as far as it concerns us. */
const decode: DecodeRecord = ({ value, typeId, topic, partition, offset, key }) => {
  const { eventId, orderId, customerId, lines } = value as Record<string, unknown>
  if (typeId !== 'OrderCreatedEvent') return 'skip'
  if (typeof customerId !== 'string' || !Array.isArray(lines))
    return { undecodable: 'SCHEMA_VIOLATION', message: `${eventId} names no customer or no lines` }
  return {
    id: String(eventId),
    type: typeId,
    key,
    data: { customerId, lines },
    correlationId: String(orderId),
    source: { topic, partition, offset },
  }
}

const map: MapEvent = ({ data }) => {
  const wish = data as { customerId: string }
  return { topic: 'wishlist-events', key: wish.customerId, data: wish }
}

export const createApp = (config: ServiceConfig): Service =>
  createService({
    name: 'wishlist-service',
    version: '1.0.0',
    description: 'What customers wish for',
    config,
    aggregates: [wishlist],
    topics: [{ name: 'wishlist-events', partitions: 6 }],
    wire: ({ bus }) => ({
      routes: routes(bus),
      listen: {
        topics: ['order-events'],
        types: { typeProperty: 'eventType' },
        decode,
        handlers: {
          OrderCreatedEvent: ({ data }, unit) => {
            const { customerId, lines } = data as { customerId: string; lines: readonly { sku: string }[] }
            for (const { sku } of lines) unit.execute(wishlist, customerId, { type: 'Drop', data: { customerId, sku } })
          },
        },
      },
      publish: {
        topics: ['wishlist-events'],
        map,
        encode: ({ id, type, occurredAt }, data) => ({ eventId: id, eventType: type, occurredAt, ...data }),
      },
    }),
  })
