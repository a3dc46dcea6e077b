import { randomUUID } from 'node:crypto'
import type { EventData, EventName } from '@stocker/contracts'
import { createCommandBus, createEventStore, createInbox, migrations as kernelMigrations } from '@stocker/cqrs'
import type { HttpApp } from '@stocker/service-kit'
import { connectDatabase, createHealth, createHttpApp, createLogger, createMetrics } from '@stocker/service-kit'
import { dispatch } from '../src/dispatch.ts'
import { DispatchEventConsumer } from '../src/dispatch-event-consumer.ts'
import { DispatchService } from '../src/dispatch-service.ts'
import { routes } from '../src/http.ts'
import { migrations } from '../src/migrations.ts'
import { stockLevels } from '../src/projection.ts'
import { stock } from '../src/stock.ts'
import type { DispatchTables } from '../src/stock-queries.ts'
import { StockQueries } from '../src/stock-queries.ts'

/** An event of another service, as the inbox gets it. */
export type Incoming = { readonly [N in EventName]: { readonly type: N; readonly data: EventData<N> } }[EventName]

export interface DispatchInstance {
  readonly app: HttpApp
  readonly service: DispatchService
  /** Takes a batch of events in, as the listener does: one batch after the other. The same id is the same event. */
  readonly receive: (...events: readonly (Incoming & { readonly id?: string })[]) => Promise<void>
  readonly close: () => Promise<void>
}

/** One instance of the service without Kafka, on the database that it shares with others. Low is a stock of 10. */
export const openInstance = async (databaseUrl: string): Promise<DispatchInstance> => {
  const logger = createLogger({ service: 'dispatch-service', level: 'silent' })
  const connection = connectDatabase<DispatchTables>({ url: databaseUrl, logger })
  await connection.migrate([...kernelMigrations, ...migrations])
  const store = createEventStore({
    pool: connection.pool,
    aggregates: [dispatch, stock],
    projections: [stockLevels],
    logger,
  })
  const commands = createCommandBus({ store })
  const service = new DispatchService({
    commands,
    store,
    stock: new StockQueries(connection.kysely, store),
    lowThreshold: 10,
  })
  const { handlers } = new DispatchEventConsumer(service)
  const inbox = createInbox({ store, consumer: 'dispatch-service-group', handlers })
  const app = createHttpApp({
    service: 'dispatch-service',
    version: '0.1.0',
    description: 'dispatch',
    logger,
    health: createHealth(),
    metrics: createMetrics({ process: false }),
  })
  routes(service)(app)
  await app.ready()
  let batchBefore: Promise<void> = Promise.resolve()
  const handle: DispatchInstance['receive'] = async (...events) => {
    const { failed, held } = await inbox.handle(
      events.map(({ id = randomUUID(), type, data }, n) => {
        const { orderId: key } = data as { readonly orderId: string }
        return { id, type, key, data, correlationId: key, source: { topic: type, partition: 0, offset: BigInt(n) } }
      }),
    )
    if (failed.length + held.length > 0) throw new Error('not all events were handled', { cause: failed[0]?.error })
  }
  return {
    app,
    service,
    receive: (...events) => {
      batchBefore = batchBefore.then(() => handle(...events))
      return batchBefore
    },
    close: async () => {
      await app.close()
      await commands.close()
      await store.close()
      await connection.close()
    },
  }
}

const price = { amount: 100, currency: 'EUR' }
export const shippingAddress = { name: 'Ada', line1: '1 Main St', city: 'London', postalCode: 'N1', country: 'GB' }

type Lines = readonly { readonly sku: string; readonly quantity: number }[]

export const created = (orderId: string, lines: Lines) =>
  ({
    type: 'OrderCreatedEvent',
    data: {
      orderId,
      customerId: 'ada',
      lines: lines.map((line) => ({ ...line, name: line.sku, unitPrice: price })),
      total: price,
      shippingAddress,
      paymentToken: 'tok_ok',
    },
  }) as const satisfies Incoming

export const paid = (orderId: string) =>
  ({
    type: 'PaymentProcessedEvent',
    data: { orderId, paymentId: `payment-${orderId}`, amount: price, authorizationId: 'auth-1' },
  }) as const satisfies Incoming

export const cancelled = (orderId: string) =>
  ({
    type: 'OrderCancelledEvent',
    data: { orderId, reason: 'CUSTOMER' },
  }) as const satisfies Incoming

export const returned = (orderId: string) =>
  ({
    type: 'DeliveryReturnedEvent',
    data: {
      orderId,
      deliveryId: `delivery-${orderId}`,
      reason: 'THREE_ATTEMPTS_FAILED',
      returnedAt: '2026-03-01T12:00:00.000Z',
    },
  }) as const satisfies Incoming
