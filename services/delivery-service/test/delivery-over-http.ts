import { createCommandBus, createEventStore, migrations } from '@stocker/cqrs'
import type { HttpApp } from '@stocker/service-kit'
import { connectDatabase, createHealth, createHttpApp, createLogger, createMetrics } from '@stocker/service-kit'
import { createTestDatabase } from '../../../test/servers.ts'
import { delivery } from '../src/delivery.ts'
import { DeliveryService } from '../src/delivery-service.ts'
import { routes } from '../src/http.ts'
import { simulatedCourier } from '../src/simulated-courier.ts'

export interface DeliveryOverHttp {
  readonly app: HttpApp
  readonly service: DeliveryService
  /** Schedules a delivery, which no courier is asked to make. */
  readonly schedule: (orderId: string) => Promise<void>
  readonly close: () => Promise<void>
}

const shippingAddress = { name: 'Ada', line1: 'Main Street 1', city: 'Turin', postalCode: '10121', country: 'IT' }

/** The service without Kafka and without calls to the courier: its routes on a real database. */
export const deliveryOverHttp = async (): Promise<DeliveryOverHttp> => {
  const testDatabase = await createTestDatabase()
  const logger = createLogger({ service: 'delivery-service', level: 'silent' })
  const database = connectDatabase({ url: testDatabase.url, logger })
  await database.migrate(migrations)
  const store = createEventStore({ pool: database.pool, aggregates: [delivery] })
  const commands = createCommandBus({ store })
  const service = new DeliveryService({ commands, store, courier: simulatedCourier({ delayMs: 0 }) })
  const app = createHttpApp({
    service: 'delivery-service',
    version: '0.1.0',
    description: 'deliveries',
    logger,
    health: createHealth(),
    metrics: createMetrics({ process: false }),
  })
  routes(service)(app)
  await app.ready()
  return {
    app,
    service,
    schedule: (orderId) =>
      store.transact(
        (unit) =>
          service.schedule(unit, {
            orderId,
            dispatchId: `dispatch-${orderId}`,
            lines: [{ sku: 'mug', quantity: 1 }],
            shippingAddress,
          }),
        { correlationId: orderId },
      ),
    close: async () => {
      await app.close()
      await commands.close()
      await store.close()
      await database.close()
      await testDatabase.drop()
    },
  }
}
