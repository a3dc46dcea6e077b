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

let topics: TestTopics
let database: TestDatabase
let service: Service

const start = async (databaseUrl: string, delayMs: number): Promise<Service> => {
  const properties = loadProperties({
    files: [fileURLToPath(new URL('../application.properties', import.meta.url))],
    overrides: {
      'server.port': '0',
      'spring.datasource.url': databaseUrl,
      'courier.delay-ms': String(delayMs),
      // A new group reads the parcels of all tests of the run; they must not wait for each other.
      'courier.concurrency': '10000',
      'spring.kafka.bootstrap-servers': kafkaBootstrap(),
      'spring.kafka.consumer.group-id': `delivery-${randomUUID()}`,
    },
  })
  const started = createApp(readConfig(properties), createLogger({ service: 'delivery-service', level: 'silent' }))
  await started.start()
  return started
}

beforeAll(async () => {
  topics = await testTopics(['dispatch-events', 'delivery-events'], ['delivery-events'])
  database = await createTestDatabase()
  service = await start(database.url, 0)
})

afterAll(async () => {
  await service?.close()
  await topics?.[Symbol.asyncDispose]()
  await database?.drop()
})

const shippingAddress = { name: 'Ada', line1: 'Main Street 1', city: 'Turin', postalCode: '10121', country: 'IT' }

/** An OrderDispatchedEvent as the dispatch service publishes it. */
const orderDispatched = (orderId: string) => ({
  eventId: randomUUID(),
  eventType: 'OrderDispatchedEvent',
  eventVersion: 1,
  occurredAt: '2026-03-01T12:00:00.000Z',
  correlationId: orderId,
  causationId: null,
  orderId,
  dispatchId: `dispatch-${orderId}`,
  lines: [{ sku: 'mug', quantity: 2 }],
  shippingAddress,
})
const dispatch = (...orderIds: readonly string[]) =>
  topics.send(
    'dispatch-events',
    orderIds.map((orderId) => [orderId, orderDispatched(orderId)]),
  )
const delivered = (orderId: string) =>
  waitFor(
    () => {
      const seen = topics.seen('delivery-events', orderId)
      return seen.at(-1)?.eventType === 'OrderDeliveredEvent' && seen
    },
    { what: `OrderDeliveredEvent of ${orderId}` },
  )
const deliveryAt = async (running: Service, orderId: string) =>
  (await running.app.inject(`/api/deliveries/${orderId}`)).json<{ status?: string; proof?: object }>()

const pendingCalls = async (databaseUrl: string): Promise<number> => {
  const pool = new Pool({ connectionString: databaseUrl })
  const { rows } = await pool.query<{ count: string }>('select count(*) from outbound_calls')
  await pool.end()
  return Number(rows[0]?.count)
}

describe('an order that is dispatched', () => {
  it('is handed to the courier, and delivered with a proof', async () => {
    const orderId = randomUUID()
    await dispatch(orderId)

    const events = await delivered(orderId)
    expect(events).toMatchObject([
      {
        eventType: 'DeliveryScheduledEvent',
        orderId,
        correlationId: orderId,
        courier: 'Simulated Courier',
        trackingNumber: expect.stringMatching(/^SC/),
      },
      {
        eventType: 'OrderDeliveredEvent',
        orderId,
        correlationId: orderId,
        deliveredAt: expect.any(String),
        proof: { receivedBy: 'Ada', proofId: expect.stringMatching(/^POD/) },
      },
    ])
    for (const value of events)
      expect(decodeEvent(value, { typeId: undefined, topic: 'delivery-events', fallbackId: '-' })).toMatchObject({
        ok: true,
      })
    expect(JSON.stringify(events)).not.toContain('Main Street')
    expect(await deliveryAt(service, orderId)).toMatchObject({ status: 'DELIVERED', proof: { receivedBy: 'Ada' } })
  })

  it('is delivered once, however often the event comes', async () => {
    const orderId = randomUUID()
    const event = orderDispatched(orderId)
    await topics.send('dispatch-events', [
      [orderId, event],
      [orderId, event],
      [orderId, { ...event, eventId: randomUUID() }],
    ])
    await delivered(orderId)
    await dispatch(orderId)
    // A batch behind that one, for every partition: when these are delivered, all of it was handled.
    const behind = Array.from({ length: 50 }, () => randomUUID())
    await dispatch(...behind)
    await Promise.all(behind.map(delivered))

    expect(topics.seen('delivery-events', orderId)).toHaveLength(2)
  })
})

it('takes a delivery that is recorded by hand while the courier is under way, and does not wait for the courier to stop', async () => {
  // given a courier who takes an hour
  const own = await createTestDatabase()
  const slow = await start(own.url, 3_600_000)
  const orderId = randomUUID()
  await dispatch(orderId)
  await waitFor(async () => (await deliveryAt(slow, orderId)).status === 'SCHEDULED', { what: 'the schedule' })

  // when it is recorded by hand
  const recorded = await slow.app.inject({
    method: 'POST',
    url: `/api/deliveries/${orderId}/attempts`,
    payload: { outcome: 'DELIVERED', receivedBy: 'Grace' },
  })

  // then that counts
  expect(recorded.statusCode).toBe(200)
  expect(await deliveryAt(slow, orderId)).toMatchObject({ status: 'DELIVERED', proof: { receivedBy: 'Grace' } })
  const stopping = performance.now()
  await slow.close()
  expect(performance.now() - stopping).toBeLessThan(5_000)
  await own.drop()
})

it('finishes with a proof recorded by hand: the courier who comes later changes nothing', async () => {
  // given a parcel under way
  const own = await createTestDatabase()
  const slow = await start(own.url, 1_500)
  const [byHand, byCourier] = [randomUUID(), randomUUID()]
  await dispatch(byHand, byCourier)
  await waitFor(async () => (await deliveryAt(slow, byHand)).status === 'SCHEDULED', { what: 'the schedule' })

  // when it is recorded by hand before the courier says so
  await slow.app.inject({
    method: 'POST',
    url: `/api/deliveries/${byHand}/attempts`,
    payload: { outcome: 'DELIVERED', receivedBy: 'Grace' },
  })
  await waitFor(async () => (await deliveryAt(slow, byCourier)).status === 'DELIVERED', { what: 'the courier' })

  // then his call is over as well, and what was recorded stands
  await waitFor(async () => (await pendingCalls(own.url)) === 0, { what: 'the end of both calls' })
  expect(await deliveryAt(slow, byHand)).toMatchObject({ status: 'DELIVERED', proof: { receivedBy: 'Grace' } })
  await slow.close()
  await own.drop()
})

// The last one: services of new groups, as those above, would read all of it first.
it('delivers a burst of 2,000 parcels once each', async () => {
  const orderIds: readonly string[] = Array.from({ length: 2_000 }, () => randomUUID())
  await dispatch(...orderIds)

  await waitFor(
    () =>
      orderIds.every((orderId) => topics.seen('delivery-events', orderId).at(-1)?.eventType === 'OrderDeliveredEvent'),
    { what: 'all deliveries', timeoutMs: 20_000 },
  )
  expect(orderIds.every((orderId) => topics.seen('delivery-events', orderId).length === 2)).toBe(true)
})
