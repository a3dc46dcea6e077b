import { createEventStore, migrations } from '@stocker/cqrs'
import type { HttpApp } from '@stocker/service-kit'
import { connectDatabase, createHealth, createHttpApp, createLogger, createMetrics } from '@stocker/service-kit'
import { createTestDatabase } from '../../../test/servers.ts'
import { routes } from '../src/http.ts'
import { payment } from '../src/payment.ts'
import { PaymentService } from '../src/payment-service.ts'

type Answer = 'authorized' | 'declined'

export interface PaymentOverHttp {
  readonly app: HttpApp
  readonly service: PaymentService
  /** Asks for a payment and records the gateway's answer, if there is one. */
  readonly request: (orderId: string, answer?: Answer) => Promise<void>
  readonly close: () => Promise<void>
}

/** The service without Kafka and without calls to the gateway: its routes on a real database. */
export const paymentOverHttp = async (): Promise<PaymentOverHttp> => {
  const testDatabase = await createTestDatabase()
  const logger = createLogger({ service: 'payment-service', level: 'silent' })
  const database = connectDatabase({ url: testDatabase.url, logger })
  await database.migrate(migrations)
  const store = createEventStore({ pool: database.pool, aggregates: [payment] })
  const service = new PaymentService(store)
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
    request: (orderId, answer) =>
      store.transact(
        (unit) => {
          const amount = { amount: 2500, currency: 'EUR' }
          const shippingAddress = { name: 'Ada', line1: 'Street 1', city: 'Turin', postalCode: '10121', country: 'IT' }
          const lines = [{ sku: 'mug', name: 'Mug', quantity: 2, unitPrice: { amount: 1250, currency: 'EUR' } }]
          service.request(unit, {
            orderId,
            customerId: 'ada',
            lines,
            total: amount,
            shippingAddress,
            paymentToken: 'tok_ok',
          })
          if (answer === 'authorized')
            unit.execute(payment, orderId, {
              type: 'RecordAuthorization',
              data: { orderId, authorizationId: 'auth-1' },
            })
          if (answer === 'declined')
            unit.execute(payment, orderId, {
              type: 'RecordDecline',
              data: { orderId, reason: 'INSUFFICIENT_FUNDS', message: 'too little' },
            })
        },
        { correlationId: orderId },
      ),
    close: async () => {
      await app.close()
      await store.close()
      await database.close()
      await testDatabase.drop()
    },
  }
}
