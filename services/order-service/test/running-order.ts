import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { loadProperties } from '@stocker/properties'
import type { Service } from '@stocker/service-kit'
import { createLogger } from '@stocker/service-kit'
import type { TestTopics } from '../../../test/kafka-records.ts'
import { testTopics } from '../../../test/kafka-records.ts'
import type { TestDatabase } from '../../../test/servers.ts'
import { createTestDatabase, kafkaBootstrap } from '../../../test/servers.ts'
import { createApp } from '../src/app.ts'
import { readConfig } from '../src/config.ts'

export interface OrderView {
  readonly orderId: string
  readonly status: string
  readonly total: { readonly amount: number; readonly currency: string }
  readonly payment: { readonly status: string }
  readonly parcels: readonly object[]
  readonly lines: readonly { readonly sku: string; readonly unitPrice: { readonly amount: number } }[]
  readonly history: readonly { readonly status: string; readonly at: string; readonly reason?: string }[]
}

/** The whole service on a broker and a database. Start it when its topics hold at least one product. */
export const runningOrder = async (
  databaseUrl: string,
  overrides: Readonly<Record<string, string>> = {},
): Promise<Service> => {
  const properties = loadProperties({
    files: [fileURLToPath(new URL('../application.properties', import.meta.url))],
    overrides: {
      'server.port': '0',
      'spring.datasource.url': databaseUrl,
      'spring.kafka.bootstrap-servers': kafkaBootstrap(),
      'spring.kafka.consumer.group-id': `order-${randomUUID()}`,
      ...overrides,
    },
  })
  const service = createApp(readConfig(properties), createLogger({ service: 'order-service', level: 'silent' }))
  await service.start()
  return service
}

export interface OrderOnTopics {
  readonly topics: TestTopics
  readonly database: TestDatabase
  readonly service: Service
  close(): Promise<void>
}

/** The service on a database of its own, with the topics of the others and a mug in the catalogue; `order-events` is watched. */
export const orderOnTopics = async (overrides: Readonly<Record<string, string>> = {}): Promise<OrderOnTopics> => {
  const topics = await testTopics(
    ['cart-events', 'order-events', 'payment-events', 'dispatch-events', 'delivery-events', 'catalog-events'],
    ['order-events'],
  )
  const mug = { sku: 'mug', name: 'Mug', price: { amount: 1250, currency: 'EUR' } }
  await topics.send('catalog-events', [['mug', eventOf('ProductListedEvent', 'mug', mug)]])
  const database = await createTestDatabase()
  const service = await runningOrder(database.url, overrides)
  return {
    topics,
    database,
    service,
    close: async () => {
      await service.close()
      await topics[Symbol.asyncDispose]()
      await database.drop()
    },
  }
}

export const shippingAddress = { name: 'Ada', line1: '1 Main St', city: 'London', postalCode: 'N1', country: 'GB' }

export const orderRequest = {
  customerId: 'ada',
  lines: [{ sku: 'mug', quantity: 2 }],
  shippingAddress,
  paymentToken: 'tok_ok',
}

/** An event as another service publishes it. */
export const eventOf = (eventType: string, correlationId: string, data: object) => ({
  eventId: randomUUID(),
  eventType,
  eventVersion: 1,
  occurredAt: '2026-03-01T12:00:00.000Z',
  correlationId,
  causationId: null,
  ...data,
})
