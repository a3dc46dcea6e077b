import { eventTypesFor, messageReader, topicsReadBy, topicsWrittenBy, toWire } from '@stocker/contracts'
import type { Logger, Service } from '@stocker/service-kit'
import { countEvents, createService, webhookTarget } from '@stocker/service-kit'
import type { DeliveryConfig } from './config.ts'
import { contract } from './contract.ts'
import { COURIER_WEBHOOK } from './courier-webhook.ts'
import { courierWork } from './courier-work.ts'
import { defineDelivery } from './delivery.ts'
import { DeliveryEventConsumer } from './delivery-event-consumer.ts'
import { DeliveryEventProducer } from './delivery-event-producer.ts'
import { routes } from './http.ts'
import { DELIVERIES_TOTAL } from './metrics.ts'

/** The delivery service, wired; nothing is connected before `start`. */
export const createApp = (config: DeliveryConfig, logger?: Logger): Service => {
  const { webhookSecrets: secrets, webhookToleranceMs: toleranceMs, webhookUrl } = config.courier
  const delivery = defineDelivery(config.courier)
  return createService({
    name: contract.service,
    version: '1.0.0',
    description: 'Deliveries: hands parcels to the courier, and records what becomes of them',
    config,
    ...(logger && { logger }),
    aggregates: [delivery],
    topics: topicsWrittenBy(contract),
    wire: (parts) => {
      const target = webhookTarget(COURIER_WEBHOOK, webhookUrl)
      const { service, calls, background } = courierWork({ ...parts, delivery, config, webhookUrl: target.url })
      countEvents(parts.metrics, parts.store, DELIVERIES_TOTAL)
      return {
        routes: (app) => {
          target.own(app)
          routes(service, { secrets, toleranceMs })(app)
        },
        listen: {
          topics: topicsReadBy(contract),
          handlers: new DeliveryEventConsumer(service).handlers,
          decode: messageReader(contract),
          types: eventTypesFor(contract),
        },
        publish: {
          topics: Object.keys(contract.writes),
          map: new DeliveryEventProducer().map,
          encode: toWire,
        },
        calls,
        background,
      }
    },
  })
}
