import { createCommandBus, createDeadlines, createEventStore, migrations } from '@stocker/cqrs'
import type { HttpApp } from '@stocker/service-kit'
import { connectDatabase, createHealth, createHttpApp, createLogger, createMetrics } from '@stocker/service-kit'
import { createTestDatabase } from '../../../test/servers.ts'
import type { CourierCall } from '../src/courier-call.ts'
import { COURIER_INTENTS } from '../src/courier-call.ts'
import { defineDelivery } from '../src/delivery.ts'
import { DeliveryService } from '../src/delivery-service.ts'
import { routes } from '../src/http.ts'
import { simulatedCourier } from '../src/simulated-courier.ts'

export const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
export const RETRY_AFTER_MS = 60_000
export const SILENCE_MS = 3_600_000

export interface DeliveryOverHttp {
  readonly app: HttpApp
  readonly service: DeliveryService
  /** Schedules a delivery; no courier is there to make it. */
  readonly schedule: (orderId: string) => Promise<void>
  readonly recall: (orderId: string) => Promise<void>
  readonly requestReturn: (orderId: string) => Promise<void>
  /** What the courier was asked for so far, in order, with the key. */
  readonly asked: (orderId: string) => readonly { readonly key: string; readonly request: CourierCall }[]
  /** Moves the clock on, and lets the deadlines that are due then take effect. */
  readonly elapse: (ms: number) => Promise<void>
  readonly close: () => Promise<void>
}

const shippingAddress = { name: 'Ada', line1: 'Main Street 1', city: 'Turin', postalCode: '10121', country: 'IT' }

/** The service without Kafka, with a courier who takes every request and says nothing: its routes on a real database. */
export const deliveryOverHttp = async (secret: string | null = SECRET): Promise<DeliveryOverHttp> => {
  const testDatabase = await createTestDatabase()
  const logger = createLogger({ service: 'delivery-service', level: 'silent' })
  const database = connectDatabase({ url: testDatabase.url, logger })
  await database.migrate(migrations)
  let ahead = 0
  const now = () => new Date(Date.now() + ahead)
  const delivery = defineDelivery({ retryAfterMs: RETRY_AFTER_MS, silenceMs: SILENCE_MS })
  const asked: { key: string; request: CourierCall }[] = []
  const store = createEventStore({ pool: database.pool, aggregates: [delivery], clock: now })
  store.onCommitted((changes) => {
    for (const event of changes.flatMap(({ events }) => events)) {
      const call = COURIER_INTENTS[event.type as keyof typeof COURIER_INTENTS]?.(event)
      if (call) asked.push(call)
    }
  })
  const commands = createCommandBus({ store })
  const deadlines = createDeadlines({ store })
  const service = new DeliveryService({ delivery, commands, store, courier: simulatedCourier({ delayMs: 0 }), now })
  const app = createHttpApp({
    service: 'delivery-service',
    version: '0.1.0',
    description: 'deliveries',
    logger,
    health: createHealth(),
    metrics: createMetrics({ process: false }),
  })
  routes(service, { secrets: secret === null ? [] : [secret], toleranceMs: 300_000, now })(app)
  await app.ready()
  const transact = (orderId: string, work: Parameters<typeof store.transact>[0]) =>
    store.transact(work, { correlationId: orderId }) as Promise<void>
  return {
    app,
    service,
    schedule: (orderId) =>
      transact(orderId, (unit) =>
        service.schedule(unit, {
          orderId,
          dispatchId: `dispatch-${orderId}`,
          lines: [{ sku: 'mug', quantity: 1 }],
          shippingAddress,
        }),
      ),
    recall: (orderId) => transact(orderId, (unit) => service.recall(unit, { orderId, reason: 'CUSTOMER_REQUEST' })),
    requestReturn: (orderId) =>
      transact(orderId, (unit) => service.requestReturn(unit, { orderId, reason: 'DID_NOT_LIKE_IT' })),
    asked: (orderId) => asked.filter(({ request }) => request.orderId === orderId),
    elapse: async (ms) => {
      ahead += ms
      await deadlines.fireDue()
    },
    close: async () => {
      await app.close()
      await deadlines.stop()
      await commands.close()
      await store.close()
      await database.close()
      await testDatabase.drop()
    },
  }
}
