import { eventTypesFor, messageReader, topicsReadBy, topicsWrittenBy, toWire } from '@stocker/contracts'
import type { Logger, Service } from '@stocker/service-kit'
import { countEvents, createService, webhookTarget } from '@stocker/service-kit'
import type { PaymentConfig } from './config.ts'
import { contract } from './contract.ts'
import { GATEWAY_WEBHOOK } from './gateway-webhook.ts'
import { gatewayWork } from './gateway-work.ts'
import { routes } from './http.ts'
import { PAYMENTS_TOTAL } from './metrics.ts'
import { payment } from './payment/payment.ts'
import { PaymentEventConsumer } from './payment-event-consumer.ts'
import { PaymentEventProducer } from './payment-event-producer.ts'
import { PaymentService } from './payment-service.ts'

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
    wire: (parts) => {
      const { store, bus, metrics } = parts
      countEvents(metrics, store, PAYMENTS_TOTAL)
      const service = new PaymentService({ store, commands: bus })
      const { webhookSecrets: secrets, webhookToleranceMs: toleranceMs, webhookUrl } = config.gateway
      const target = webhookTarget(GATEWAY_WEBHOOK, webhookUrl)
      const { calls, background, report } = gatewayWork({ ...parts, config, webhookUrl: target.url })
      return {
        routes: (app) => {
          target.own(app)
          routes(service, { secrets, toleranceMs, report })(app)
        },
        listen: {
          topics: topicsReadBy(contract),
          handlers: new PaymentEventConsumer(service).handlers,
          decode: messageReader(contract),
          types: eventTypesFor(contract),
        },
        publish: {
          topics: Object.keys(contract.writes),
          map: new PaymentEventProducer().map,
          encode: toWire,
        },
        calls,
        background,
      }
    },
  })
