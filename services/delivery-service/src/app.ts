import { EVENT_TYPES, messageReader, topicsReadBy, topicsWrittenBy, toWire } from '@stocker/contracts'
import { createOutboundCalls } from '@stocker/cqrs'
import type { Logger, Service } from '@stocker/service-kit'
import { createService } from '@stocker/service-kit'
import type { DeliveryConfig } from './config.ts'
import { contract } from './contract.ts'
import { courierCallOf, performDelivery } from './courier-call.ts'
import { delivery } from './delivery.ts'
import { DeliveryEventConsumer } from './delivery-event-consumer.ts'
import { DeliveryEventProducer } from './delivery-event-producer.ts'
import { DeliveryService } from './delivery-service.ts'
import { routes } from './http.ts'
import { simulatedCourier } from './simulated-courier.ts'

/** What a call may take beyond the courier's own time before it is given up and repeated. */
const PATIENCE_MS = 10_000

/** A parcel must not wait long for a courier who is back. */
const RETRY = { initialDelayMs: 200, maxDelayMs: 5_000 }

/** The delivery service, wired; nothing is connected before `start`. */
export const createApp = (config: DeliveryConfig, logger?: Logger): Service =>
  createService({
    name: contract.service,
    version: '1.0.0',
    description: 'Deliveries: hands parcels to the courier and records who received them',
    config,
    ...(logger && { logger }),
    aggregates: [delivery],
    topics: topicsWrittenBy(contract),
    wire: ({ store, bus, logger, stopping }) => {
      const { delayMs, concurrency } = config.courier
      const courier = simulatedCourier({ delayMs, stopping })
      const calls = createOutboundCalls({
        store,
        bus,
        name: 'courier',
        intents: { DeliveryScheduledEvent: courierCallOf },
        perform: performDelivery(courier),
        concurrency,
        timeoutMs: delayMs + PATIENCE_MS,
        retry: RETRY,
        logger,
      })
      const service = new DeliveryService({ commands: bus, store, courier })
      return {
        routes: routes(service),
        listen: {
          topics: topicsReadBy(contract),
          handlers: new DeliveryEventConsumer(service).handlers,
          decode: messageReader(contract),
          types: EVENT_TYPES,
        },
        publish: {
          topics: Object.keys(contract.writes),
          map: new DeliveryEventProducer().map,
          encode: toWire,
        },
        background: [calls],
      }
    },
  })
