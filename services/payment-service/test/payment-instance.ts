import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { EventData, EventName } from '@stocker/contracts'
import { createCommandBus, createEventStore, createInbox, migrations, streamName } from '@stocker/cqrs'
import { loadProperties } from '@stocker/properties'
import type { HttpApp } from '@stocker/service-kit'
import {
  connectDatabase,
  createHealth,
  createHttpApp,
  createLogger,
  createMetrics,
  localUrl,
  NO_FAULTS,
} from '@stocker/service-kit'
import { waitFor } from '../../../test/servers.ts'
import { readConfig } from '../src/config.ts'
import { GATEWAY_WEBHOOK } from '../src/gateway-webhook.ts'
import { gatewayWork } from '../src/gateway-work.ts'
import { routes } from '../src/http.ts'
import { payment } from '../src/payment/payment.ts'
import type { PaymentStatus } from '../src/payment/payment-status.ts'
import { PaymentEventConsumer } from '../src/payment-event-consumer.ts'
import { PaymentEventProducer } from '../src/payment-event-producer.ts'
import { PaymentService } from '../src/payment-service.ts'
import type { PaymentCommand } from './payment-story.ts'

/** An event of another service, as the inbox gets it. The same id is the same event. */
export type Incoming = {
  readonly [N in EventName]: { readonly type: N; readonly data: EventData<N>; readonly id?: string }
}[EventName]

export interface PaymentInstance {
  readonly app: HttpApp
  readonly service: PaymentService
  /** Carries out commands on the payment of an order, one after the other; answers of the gateway among them. */
  readonly given: (orderId: string, ...commands: readonly PaymentCommand[]) => Promise<void>
  /** Takes a batch of events in, as the listener does. */
  readonly receive: (...events: readonly Incoming[]) => Promise<void>
  /** Resolves when the payment has one of these statuses. */
  readonly until: (orderId: string, ...statuses: readonly PaymentStatus[]) => Promise<void>
  /** The events of an order that go to payment-events, in order. */
  readonly published: (orderId: string) => Promise<readonly { readonly type: string; readonly data: unknown }[]>
  readonly close: () => Promise<void>
}

/**
 * One instance of the service without Kafka. With a `gatewayUrl` it calls the gateway, whose ledger is there; otherwise the test
 * gives the answers.
 */
export const openPayment = async (o: {
  readonly databaseUrl: string
  readonly gatewayUrl?: string
  readonly properties?: Readonly<Record<string, string>>
}): Promise<PaymentInstance> => {
  const logger = createLogger({ service: 'payment-service', level: 'silent' })
  const database = connectDatabase({ url: o.databaseUrl, logger })
  await database.migrate(migrations)
  const store = createEventStore({ pool: database.pool, aggregates: [payment], logger })
  const metrics = createMetrics({ process: false })
  const bus = createCommandBus({ store })
  const service = new PaymentService({ store, commands: bus })
  const { handlers } = new PaymentEventConsumer(service)
  const inbox = createInbox({ store, consumer: 'payment-service-group', handlers })
  const { map } = new PaymentEventProducer()
  const config = configOf(o.gatewayUrl ?? o.databaseUrl, o.properties)
  const { background, report } = gatewayWork({
    store,
    bus,
    logger,
    metrics,
    faults: NO_FAULTS,
    config,
    webhookUrl: () => `${localUrl(app)}${GATEWAY_WEBHOOK}`,
  })
  const app = createHttpApp({
    service: 'payment-service',
    version: '0.1.0',
    description: 'payments',
    logger,
    health: createHealth(),
    metrics,
  })
  const { webhookSecrets: secrets, webhookToleranceMs: toleranceMs } = config.gateway
  routes(service, { secrets, toleranceMs, report })(app)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const work = o.gatewayUrl === undefined ? [] : background
  for (const part of work) await part.start()
  return {
    app,
    service,
    given: (orderId, ...commands) =>
      store.transact(
        (unit) => {
          for (const { type, data } of commands) {
            const command = { type, data: { ...data, orderId } } as PaymentCommand
            const { rejection } = unit.execute(payment, orderId, command)
            if (rejection !== undefined) throw new Error(`${type} was rejected: ${rejection.message}`)
          }
        },
        { correlationId: orderId },
      ),
    receive: async (...events) => {
      const { failed, held } = await inbox.handle(
        events.map(({ id = randomUUID(), type, data }, n) => {
          const { orderId: key } = data as { readonly orderId: string }
          return { id, type, key, data, correlationId: key, source: { topic: type, partition: 0, offset: BigInt(n) } }
        }),
      )
      if (failed.length + held.length > 0) throw new Error('not all events were handled', { cause: failed[0]?.error })
    },
    until: async (orderId, ...statuses) => {
      await waitFor(async () => statuses.includes((await service.find(orderId))?.status ?? 'NONE'), {
        what: `payment of order ${orderId} to be ${statuses.join(' or ')}`,
      })
    },
    published: async (orderId) => {
      const events = await store.readStream(streamName(payment, orderId))
      return events.filter((event) => map(event) !== null).map(({ type, data }) => ({ type, data }))
    },
    close: async () => {
      await app.close()
      for (const part of work) await part.stop()
      await bus.close()
      await store.close()
      await database.close()
    },
  }
}

const configOf = (gatewayUrl: string, properties: Readonly<Record<string, string>> = {}) =>
  readConfig(
    loadProperties({
      files: [fileURLToPath(new URL('../application.properties', import.meta.url))],
      overrides: {
        'gateway.database-url': gatewayUrl,
        'gateway.timeout-ms': '1000',
        'refund.retry-delay-ms': '50',
        ...properties,
      },
    }),
  )

const lines = [{ sku: 'mug', quantity: 2 }] as const
const shippingAddress = { name: 'Ada', line1: 'Main Street 1', city: 'Turin', postalCode: '10121', country: 'IT' }

export const orderCreated = (orderId: string, paymentToken = 'tok_ok') =>
  ({
    type: 'OrderCreatedEvent',
    data: {
      orderId,
      customerId: 'ada',
      lines: [{ sku: 'mug', name: 'Mug', quantity: 2, unitPrice: { amount: 1250, currency: 'EUR' } }],
      total: { amount: 2500, currency: 'EUR' },
      shippingAddress,
      paymentToken,
    },
  }) as const satisfies Incoming

export const orderDispatched = (orderId: string) =>
  ({
    type: 'OrderDispatchedEvent',
    data: { orderId, dispatchId: `dispatch-${orderId}`, lines, shippingAddress },
  }) as const satisfies Incoming

export const stockReleased = (orderId: string) =>
  ({ type: 'StockReleasedEvent', data: { orderId, lines, reason: 'CUSTOMER_CANCELLED' } }) as const satisfies Incoming

export const stockRejected = (orderId: string) =>
  ({
    type: 'StockRejectedEvent',
    data: { orderId, shortages: [{ sku: 'mug', requested: 2, available: 1 }] },
  }) as const satisfies Incoming

export const deliveryReturned = (orderId: string) =>
  ({
    type: 'DeliveryReturnedEvent',
    data: {
      orderId,
      deliveryId: `delivery-${orderId}`,
      reason: 'THREE_ATTEMPTS_FAILED',
      returnedAt: '2026-03-05T12:00:00.000Z',
    },
  }) as const satisfies Incoming

export const deliveryLost = (orderId: string) =>
  ({
    type: 'DeliveryLostEvent',
    data: { orderId, deliveryId: `delivery-${orderId}`, reason: 'LOST_BY_COURIER' },
  }) as const satisfies Incoming
