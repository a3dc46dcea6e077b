import { eventTypesFor, messageReader, topicsReadBy, topicsWrittenBy, toWire } from '@stocker/contracts'
import { createOutboundCalls } from '@stocker/cqrs'
import type { Logger, Service } from '@stocker/service-kit'
import { countEvents, createService, traceCalls } from '@stocker/service-kit'
import type { DeliveryConfig } from './config.ts'
import { contract } from './contract.ts'
import { COURIER_INTENTS, OUTSIDE, performCourierCall } from './courier-call.ts'
import { defineDelivery } from './delivery.ts'
import { DeliveryEventConsumer } from './delivery-event-consumer.ts'
import { DeliveryEventProducer } from './delivery-event-producer.ts'
import { DeliveryService } from './delivery-service.ts'
import { routes } from './http.ts'
import { DELIVERIES_TOTAL } from './metrics.ts'
import { simulatedCourier } from './simulated-courier.ts'
import { unreliable } from './unreliable-courier.ts'

/** What a call may take beyond the courier's own time before it is given up and repeated. */
const PATIENCE_MS = 10_000

/** A parcel must not wait long for a courier who is back. */
const RETRY = { initialDelayMs: 200, maxDelayMs: 5_000 }

/** The delivery service, wired; nothing is connected before `start`. */
export const createApp = (config: DeliveryConfig, logger?: Logger): Service => {
  const { delayMs, failureRate, failureSeed, concurrency } = config.courier
  const { webhookSecrets: secrets, webhookToleranceMs: toleranceMs } = config.courier
  const delivery = defineDelivery(config.courier)
  return createService({
    name: contract.service,
    version: '1.0.0',
    description: 'Deliveries: hands parcels to the courier, and records what becomes of them',
    config,
    ...(logger && { logger }),
    aggregates: [delivery],
    topics: topicsWrittenBy(contract),
    wire: ({ store, bus, logger, metrics, tracing, faults, stopping }) => {
      const courier = unreliable(simulatedCourier({ delayMs, stopping }), { failureRate, seed: failureSeed })
      const service = new DeliveryService({ delivery, commands: bus, store, courier })
      const calls = createOutboundCalls({
        store,
        bus,
        name: OUTSIDE,
        intents: COURIER_INTENTS,
        perform: traceCalls(
          tracing,
          OUTSIDE,
          faults.call(
            OUTSIDE,
            performCourierCall({ courier, delivery, callNow: (orderId) => service.courierCall(orderId) }),
          ),
        ),
        concurrency,
        timeoutMs: delayMs + PATIENCE_MS,
        retry: RETRY,
        logger,
      })
      countEvents(metrics, store, DELIVERIES_TOTAL)
      return {
        routes: routes(service, { secrets, toleranceMs }),
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
        calls: [calls],
        background: [calls],
      }
    },
  })
}
