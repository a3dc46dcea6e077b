import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { decodeEvent } from '@stocker/contracts'
import { loadProperties } from '@stocker/properties'
import type { Service } from '@stocker/service-kit'
import { createLogger } from '@stocker/service-kit'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestTopics } from '../../../test/kafka-records.ts'
import { testTopics } from '../../../test/kafka-records.ts'
import type { TestDatabase } from '../../../test/servers.ts'
import { createTestDatabase, kafkaBootstrap, waitFor } from '../../../test/servers.ts'
import { createApp } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import type { Incoming } from './dispatch-instance.ts'
import { cancelled, created, paid, returned } from './dispatch-instance.ts'

let topics: TestTopics
let database: TestDatabase
let inbox: Pool
let service: Service

beforeAll(async () => {
  topics = await testTopics(
    ['order-events', 'payment-events', 'delivery-events', 'dispatch-events'],
    ['dispatch-events'],
  )
  database = await createTestDatabase()
  inbox = new Pool({ connectionString: database.url })
  const properties = loadProperties({
    files: [fileURLToPath(new URL('../application.properties', import.meta.url))],
    overrides: {
      'server.port': '0',
      'spring.datasource.url': database.url,
      'spring.kafka.bootstrap-servers': kafkaBootstrap(),
      'spring.kafka.consumer.group-id': `dispatch-${randomUUID()}`,
    },
  })
  service = createApp(readConfig(properties), createLogger({ service: 'dispatch-service', level: 'silent' }))
  await service.start()
})

afterAll(async () => {
  await service?.close()
  await inbox?.end()
  await topics?.[Symbol.asyncDispose]()
  await database?.drop()
})

/** Stock of a fresh SKU, and an order for two of its pieces. */
const orderOf = async (stocked: number) => {
  const [orderId, sku] = [randomUUID(), `sku-${randomUUID()}`]
  await service.app.inject({
    method: 'POST',
    url: `/api/stock/${sku}/adjustments`,
    payload: { quantity: stocked, reason: 'opening stock' },
  })
  return {
    orderId,
    created: created(orderId, [{ sku, quantity: 2 }]),
    stock: async () => (await service.app.inject(`/api/stock/${sku}`)).json<object>(),
  }
}

const TOPIC_OF = {
  OrderCreatedEvent: 'order-events',
  OrderCancelledEvent: 'order-events',
  PaymentProcessedEvent: 'payment-events',
  DeliveryReturnedEvent: 'delivery-events',
} as const

/** Publishes an event of another service; resolves to its id. */
const tell = async ({ type, data }: Incoming): Promise<string> => {
  const { orderId } = data as { readonly orderId: string }
  const eventId = randomUUID()
  const envelope = { eventId, eventType: type, eventVersion: 1, correlationId: orderId, causationId: null }
  await topics.send(TOPIC_OF[type as keyof typeof TOPIC_OF], [
    [orderId, { ...envelope, occurredAt: '2026-03-01T12:00:00.000Z', ...data }],
  ])
  return eventId
}

/** Until the inbox has let an event through: one that changes nothing shows nothing else. */
const untilHandled = (eventId: string) =>
  waitFor(async () => (await inbox.query('select 1 from inbox where message_id = $1', [eventId])).rowCount === 1, {
    what: `the handling of ${eventId}`,
  })

const told = (orderId: string) => topics.seen('dispatch-events', orderId).map(({ eventType }) => eventType)
const until = (orderId: string, ...types: readonly string[]) =>
  waitFor(() => told(orderId).length >= types.length, { what: `${types} of ${orderId}` }).then(() =>
    expect(told(orderId)).toEqual(types),
  )
const statusOf = async (orderId: string) =>
  (await service.app.inject(`/api/dispatches/${orderId}`)).json<{ status?: string }>().status
const untilStatus = (orderId: string, status: string) =>
  waitFor(async () => (await statusOf(orderId)) === status, { what: `${status} of ${orderId}` })

describe('an order', () => {
  it('is reserved when it is created, shipped when it is paid, restocked when it comes back', async () => {
    const { orderId, created: order, stock } = await orderOf(20)
    await tell(order)
    await until(orderId, 'StockReservedEvent')
    await tell(paid(orderId))
    await until(orderId, 'StockReservedEvent', 'OrderDispatchedEvent')
    await tell(returned(orderId))
    await until(orderId, 'StockReservedEvent', 'OrderDispatchedEvent', 'StockReturnedEvent')

    expect(await stock()).toMatchObject({ onHand: 20, reserved: 0, sold: 2, returned: 2 })
    const events = topics.seen('dispatch-events', orderId)
    for (const value of events)
      expect(decodeEvent(value, { typeId: undefined, topic: 'dispatch-events', fallbackId: '-' })).toMatchObject({
        ok: true,
      })
    expect(events[0]).not.toHaveProperty('shippingAddress')
    expect(events[2]).toMatchObject({ lines: [{ quantity: 2 }], reason: 'THREE_ATTEMPTS_FAILED' })
  })

  it('that is paid before it is seen ships as soon as it is seen', async () => {
    const { orderId, created: order } = await orderOf(20)
    await tell(paid(orderId))
    await untilStatus(orderId, 'PAID')
    await tell(order)
    await until(orderId, 'StockReservedEvent', 'OrderDispatchedEvent')
  })

  it('that is cancelled before it is paid is released, and does not ship when the payment comes after all', async () => {
    const { orderId, created: order, stock } = await orderOf(20)
    await tell(order)
    await tell(cancelled(orderId))
    await until(orderId, 'StockReservedEvent', 'StockReleasedEvent')
    await untilHandled(await tell(paid(orderId)))

    expect(await stock()).toMatchObject({ onHand: 20, reserved: 0, sold: 0 })
    expect(await statusOf(orderId)).toBe('RELEASED')
  })

  it('that is shipped before the cancellation comes stays shipped', async () => {
    const { orderId, created: order, stock } = await orderOf(20)
    await tell(order)
    await tell(paid(orderId))
    await until(orderId, 'StockReservedEvent', 'OrderDispatchedEvent')
    await untilHandled(await tell(cancelled(orderId)))

    expect(await statusOf(orderId)).toBe('DISPATCHED')
    expect(await stock()).toMatchObject({ onHand: 18, sold: 2 })
  })

  it('for more than there is is rejected with what is missing', async () => {
    const { orderId, created: order } = await orderOf(1)
    await tell(order)
    await until(orderId, 'StockRejectedEvent')
    expect(topics.seen('dispatch-events', orderId)[0]).toMatchObject({ shortages: [{ requested: 2, available: 1 }] })
  })
})

it('counts the SKUs of each level in its metrics', async () => {
  await orderOf(1)
  const metrics = (await service.app.inject('/metrics')).body
  expect(metrics).toMatch(/^stock_skus\{level="LOW"\} [1-9]/m)
  expect(metrics).toMatch(/^stock_skus\{level="OUT"\} 0/m)
})
