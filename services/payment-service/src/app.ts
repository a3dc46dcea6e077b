import { EVENT_TYPES, messageReader, topicsReadBy, topicsWrittenBy, toWire } from '@stocker/contracts'
import { createOutboundCalls } from '@stocker/cqrs'
import type { Logger, Service } from '@stocker/service-kit'
import { connectDatabase, createService } from '@stocker/service-kit'
import type { PaymentConfig } from './config.ts'
import { contract } from './contract.ts'
import { gatewayCalls, performGatewayCall } from './gateway-calls.ts'
import { routes } from './http.ts'
import { payment } from './payment/payment.ts'
import { PaymentEventConsumer } from './payment-event-consumer.ts'
import { PaymentEventProducer } from './payment-event-producer.ts'
import { PaymentService } from './payment-service.ts'
import { refundRetryTimes } from './refund-retry.ts'
import { SimulatedGateway } from './simulated-gateway/simulated-gateway.ts'
import { unreliable } from './simulated-gateway/unreliable-gateway.ts'

/** An order must not wait long for a gateway that is back; 2,500 waiting calls still are only 500 attempts a second. */
const RETRY = { initialDelayMs: 200, maxDelayMs: 5_000 }

/** The payment service, wired; nothing is connected before `start`. */
export const createApp = (config: PaymentConfig, logger?: Logger): Service =>
  createService({
    name: contract.service,
    version: '1.0.0',
    description: 'Payments: holds, takes and gives back the money of each order at the payment gateway',
    config,
    ...(logger && { logger }),
    aggregates: [payment],
    topics: topicsWrittenBy(contract),
    wire: ({ store, bus, logger }) => {
      const { databaseUrl, timeoutMs, concurrency, delayMs, failureRate, failureSeed } = config.gateway
      // Not in the health report: without the gateway payments are still taken, and made when it is back.
      const ledger = connectDatabase({ url: databaseUrl, logger, poolSize: 2, applicationName: 'simulated-gateway' })
      const gateway = new SimulatedGateway(ledger)
      const calls = createOutboundCalls({
        store,
        bus,
        name: 'payment-gateway',
        intents: gatewayCalls,
        perform: performGatewayCall({
          gateway: unreliable(gateway, { delayMs, failureRate, seed: failureSeed }),
          refundRetryAt: refundRetryTimes(config.refund),
        }),
        concurrency,
        timeoutMs,
        retry: RETRY,
        logger,
      })
      const service = new PaymentService({ store, commands: bus })
      return {
        routes: routes(service),
        listen: {
          topics: topicsReadBy(contract),
          handlers: new PaymentEventConsumer(service).handlers,
          decode: messageReader(contract),
          types: EVENT_TYPES,
        },
        publish: {
          topics: Object.keys(contract.writes),
          map: new PaymentEventProducer().map,
          encode: toWire,
        },
        background: [
          {
            start: () => {
              // A ledger that is away is opened by the first call that finds it; the call's retries say what is missing.
              gateway.open().catch(() => {})
              return calls.start()
            },
            stop: async () => {
              await calls.stop()
              await ledger.close()
            },
          },
        ],
      }
    },
  })
