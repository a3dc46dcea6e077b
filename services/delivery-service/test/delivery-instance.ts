import { fileURLToPath } from 'node:url'
import { createCommandBus, createDeadlines, createEventStore, migrations, streamName } from '@stocker/cqrs'
import { loadProperties } from '@stocker/properties'
import {
  connectDatabase,
  createHealth,
  createHttpApp,
  createLogger,
  createMetrics,
  NO_FAULTS,
  webhookTarget,
} from '@stocker/service-kit'
import { waitFor } from '../../../test/servers.ts'
import { readConfig } from '../src/config.ts'
import { COURIER_WEBHOOK } from '../src/courier-webhook.ts'
import { courierWork } from '../src/courier-work.ts'
import type { Delivery } from '../src/delivery.ts'
import { defineDelivery } from '../src/delivery.ts'
import type { DeliveryStatus } from '../src/delivery-status.ts'
import { routes } from '../src/http.ts'

export interface DeliveryInstance {
  /** Takes over a parcel for an address whose first line ends so. */
  readonly schedule: (orderId: string, line1: string) => Promise<void>
  readonly until: (orderId: string, status: DeliveryStatus) => Promise<Delivery>
  /** The types of what is stored of a parcel, in order. */
  readonly events: (orderId: string) => Promise<readonly string[]>
  /** Calls to the courier that are not over. */
  readonly openCalls: () => Promise<number>
  readonly close: () => Promise<void>
}

/** One instance of the service without Kafka, with its courier, who reports by webhook to its routes. */
export const openDelivery = async (o: {
  readonly databaseUrl: string
  readonly courierUrl: string
  readonly properties?: Readonly<Record<string, string>>
}): Promise<DeliveryInstance> => {
  const config = readConfig(
    loadProperties({
      files: [fileURLToPath(new URL('../application.properties', import.meta.url))],
      overrides: { 'courier.database-url': o.courierUrl, 'courier.retry-after': '20ms', ...o.properties },
    }),
  )
  const logger = createLogger({ service: 'delivery-service', level: 'silent' })
  const database = connectDatabase({ url: o.databaseUrl, logger })
  await database.migrate(migrations)
  const delivery = defineDelivery(config.courier)
  const store = createEventStore({ pool: database.pool, aggregates: [delivery], logger })
  const bus = createCommandBus({ store })
  const metrics = createMetrics({ process: false })
  const target = webhookTarget(COURIER_WEBHOOK, '')
  const { service, calls, background } = courierWork({
    delivery,
    store,
    bus,
    logger,
    metrics,
    faults: NO_FAULTS,
    config,
    webhookUrl: target.url,
  })
  const work = [createDeadlines({ store, logger }), ...background]
  const app = createHttpApp({
    service: 'delivery-service',
    version: '0.1.0',
    description: 'deliveries',
    logger,
    health: createHealth(),
    metrics,
  })
  target.own(app)
  const { webhookSecrets: secrets, webhookToleranceMs: toleranceMs } = config.courier
  routes(service, { secrets, toleranceMs })(app)
  await app.listen({ host: '127.0.0.1', port: 0 })
  for (const part of work) await part.start()
  return {
    schedule: (orderId, line1) =>
      store.transact(
        (unit) =>
          service.schedule(unit, {
            orderId,
            dispatchId: `dispatch-${orderId}`,
            lines: [{ sku: 'mug', quantity: 1 }],
            shippingAddress: { name: 'Ada', line1, city: 'Turin', postalCode: '10121', country: 'IT' },
          }),
        { correlationId: orderId },
      ),
    until: (orderId, status) =>
      waitFor(
        async () => {
          const found = await service.find(orderId)
          return found?.status === status && found
        },
        { what: `the parcel of order ${orderId} to be ${status}` },
      ),
    events: async (orderId) => (await store.readStream(streamName(delivery, orderId))).map(({ type }) => type),
    openCalls: async () =>
      (await Promise.all(calls.map((each) => each.pending()))).reduce((sum, each) => sum + each, 0),
    close: async () => {
      for (const part of work.toReversed()) await part.stop()
      await app.close()
      await bus.close()
      await store.close()
      await database.close()
    },
  }
}
