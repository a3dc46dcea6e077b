import { createCommandBus, createEventStore, migrations } from '@stocker/cqrs'
import type { HttpApp } from '@stocker/service-kit'
import { connectDatabase, createHealth, createHttpApp, createLogger, createMetrics } from '@stocker/service-kit'
import { createTestDatabase } from '../../../test/servers.ts'
import { routes } from '../src/http.ts'
import { payment } from '../src/payment/payment.ts'
import { PaymentService } from '../src/payment-service.ts'
import type { PaymentCommand } from './payment-story.ts'

export interface PaymentOverHttp {
  readonly app: HttpApp
  readonly service: PaymentService
  /** Carries out commands on the payment of an order, one after the other; answers of the gateway among them. */
  readonly given: (orderId: string, ...commands: readonly PaymentCommand[]) => Promise<void>
  readonly close: () => Promise<void>
}

/** The service without Kafka and without calls to the gateway: its routes on a real database. */
export const paymentOverHttp = async (): Promise<PaymentOverHttp> => {
  const testDatabase = await createTestDatabase()
  const logger = createLogger({ service: 'payment-service', level: 'silent' })
  const database = connectDatabase({ url: testDatabase.url, logger })
  await database.migrate(migrations)
  const store = createEventStore({ pool: database.pool, aggregates: [payment] })
  const bus = createCommandBus({ store })
  const service = new PaymentService({ store, commands: bus })
  const app = createHttpApp({
    service: 'payment-service',
    version: '0.1.0',
    description: 'payments',
    logger,
    health: createHealth(),
    metrics: createMetrics({ process: false }),
  })
  routes(service)(app)
  await app.ready()
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
    close: async () => {
      await app.close()
      await bus.close()
      await store.close()
      await database.close()
      await testDatabase.drop()
    },
  }
}
