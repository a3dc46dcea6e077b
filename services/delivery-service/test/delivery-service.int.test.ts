import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { decodeEvent } from '@stocker/contracts'
import { loadProperties } from '@stocker/properties'
import type { Service } from '@stocker/service-kit'
import { createLogger } from '@stocker/service-kit'
import { Client } from 'pg'
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

const start = async (databaseUrl: string, delayMs: number, retryAfter = '50ms'): Promise<Service> => {
  const properties = loadProperties({
    files: [fileURLToPath(new URL('../application.properties', import.meta.url))],
    overrides: {
      'server.port': '0',
      'spring.datasource.url': databaseUrl,
      'courier.delay-ms': String(delayMs),
      // A new group reads the parcels of all tests of the run; they must not wait for each other.
      'courier.concurrency': '10000',
      'courier.retry-after': retryAfter,
      'spring.kafka.bootstrap-servers': kafkaBootstrap(),
      'spring.kafka.consumer.group-id': `delivery-${randomUUID()}`,
    },
  })
  const started = createApp(readConfig(properties), createLogger({ service: 'delivery-service', level: 'silent' }))
  await started.start()
  return started
}

beforeAll(async () => {
  topics = await testTopics(['dispatch-events', 'order-events', 'delivery-events'], ['delivery-events'])
  database = await createTestDatabase()
  service = await start(database.url, 0)
})

afterAll(async () => {
  await service?.close()
  await topics?.[Symbol.asyncDispose]()
  await database?.drop()
})

const shippingAddress = { name: 'Ada', line1: 'Main Street 1', city: 'Turin', postalCode: '10121', country: 'IT' }

/** An event as its service publishes it. */
const published = (eventType: string, orderId: string, data: object) => ({
  eventId: randomUUID(),
  eventType,
  eventVersion: 1,
  occurredAt: '2026-03-01T12:00:00.000Z',
  correlationId: orderId,
  causationId: null,
  orderId,
  ...data,
})
const orderDispatched = (orderId: string, line1 = shippingAddress.line1) =>
  published('OrderDispatchedEvent', orderId, {
    dispatchId: `dispatch-${orderId}`,
    lines: [{ sku: 'mug', quantity: 2 }],
    shippingAddress: { ...shippingAddress, line1 },
  })
const dispatch = (...orderIds: readonly string[]) =>
  topics.send(
    'dispatch-events',
    orderIds.map((orderId) => [orderId, orderDispatched(orderId)]),
  )
const dispatchTo = (line1: string, orderId: string) =>
  topics.send('dispatch-events', [[orderId, orderDispatched(orderId, line1)]])

/** Publishes an event of the order; resolves when it was handled. */
const order = async (databaseUrl: string, eventType: string, orderId: string): Promise<void> => {
  const event = published(eventType, orderId, { reason: 'CUSTOMER_REQUEST' })
  await topics.send('order-events', [[orderId, event]])
  await waitFor(async () => (await rowsOf(databaseUrl, 'inbox', 'message_id', event.eventId)) === 1, {
    what: `the handling of ${eventType} of ${orderId}`,
  })
}
const cancel = (databaseUrl: string, orderId: string) => order(databaseUrl, 'OrderCancelledEvent', orderId)

/** What was told of an order, as far as it has to be; resolves when it ends with this event. */
const toldUntil = async (last: string, orderId: string) => {
  const events = () => topics.seen('delivery-events', orderId)
  await waitFor(() => events().at(-1)?.eventType === last, { what: `${last} of ${orderId}` })
  return events().map(({ eventType, reason }) => (reason === undefined ? eventType : `${eventType} ${reason}`))
}
const delivered = (orderId: string) =>
  waitFor(
    () => {
      const seen = topics.seen('delivery-events', orderId)
      return seen.at(-1)?.eventType === 'OrderDeliveredEvent' && seen
    },
    { what: `OrderDeliveredEvent of ${orderId}` },
  )
const deliveryAt = async (running: Service, orderId: string) =>
  (await running.app.inject(`/api/deliveries/${orderId}`)).json<{
    status?: string
    proof?: object
    attempts?: object[]
  }>()

const rowsOf = async (databaseUrl: string, table: string, column: string, value: string): Promise<number> => {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  const { rows } = await client.query<{ count: string }>(`select count(*) from ${table} where ${column} = $1`, [value])
  await client.end()
  return Number(rows[0]?.count)
}
const pendingCalls = (databaseUrl: string): Promise<number> => rowsOf(databaseUrl, 'outbound_calls', 'name', 'courier')

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
      { eventType: 'OrderOutForDeliveryEvent', orderId, correlationId: orderId, attempt: 1 },
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

    expect(topics.seen('delivery-events', orderId)).toHaveLength(3)
  })
})

describe('a parcel that does not arrive at once', () => {
  it.each([
    [
      'Main Street 1 absent once',
      [
        'DeliveryScheduledEvent',
        'OrderOutForDeliveryEvent',
        'DeliveryAttemptFailedEvent ABSENT',
        'OrderOutForDeliveryEvent',
        'OrderDeliveredEvent',
      ],
    ],
    [
      'Main Street 1 refused',
      [
        'DeliveryScheduledEvent',
        'OrderOutForDeliveryEvent',
        'DeliveryAttemptFailedEvent REFUSED',
        'OrderOutForDeliveryEvent',
        'DeliveryAttemptFailedEvent REFUSED',
        'OrderOutForDeliveryEvent',
        'DeliveryAttemptFailedEvent REFUSED',
        'DeliveryReturnedEvent THREE_ATTEMPTS_FAILED',
      ],
    ],
    ['Main Street 1 lost', ['DeliveryScheduledEvent', 'OrderOutForDeliveryEvent', 'DeliveryLostEvent LOST_BY_COURIER']],
  ])('goes the way of its address: %s', async (line1, way) => {
    const orderId = randomUUID()
    await dispatchTo(line1, orderId)
    expect(await toldUntil(way.at(-1)?.split(' ')[0] ?? '', orderId)).toEqual(way)
    for (const value of topics.seen('delivery-events', orderId))
      expect(decodeEvent(value, { typeId: undefined, topic: 'delivery-events', fallbackId: '-' })).toMatchObject({
        ok: true,
      })
  })

  it('goes back to the shop when its customer does not want it any more', async () => {
    const orderId = randomUUID()
    await dispatch(orderId)
    await delivered(orderId)
    await order(database.url, 'OrderReturnRequestedEvent', orderId)

    expect(await toldUntil('DeliveryReturnedEvent', orderId)).toEqual([
      'DeliveryScheduledEvent',
      'OrderOutForDeliveryEvent',
      'OrderDeliveredEvent',
      'DeliveryReturnedEvent CUSTOMER_REQUEST',
    ])
  })
})

describe('the parcel of an order that is cancelled', () => {
  it('before it is there comes back without having been out', async () => {
    const orderId = randomUUID()
    await cancel(database.url, orderId)
    expect(await deliveryAt(service, orderId)).toMatchObject({ code: 'DELIVERY_NOT_FOUND' })
    await dispatch(orderId)

    expect(await toldUntil('DeliveryReturnedEvent', orderId)).toEqual([
      'DeliveryScheduledEvent',
      'DeliveryReturnedEvent ORDER_CANCELLED',
    ])
  })

  it('while it waits for the courier comes back; on its way to the customer it arrives', async () => {
    // given two parcels with a courier who takes an hour, one of them out for delivery
    const own = await createTestDatabase()
    const slow = await start(own.url, 3_600_000)
    const [waiting, out] = [randomUUID(), randomUUID()]
    await dispatch(waiting, out)
    for (const orderId of [waiting, out])
      await waitFor(async () => (await deliveryAt(slow, orderId)).status === 'SCHEDULED', { what: 'the schedule' })
    const record = async (orderId: string, payload: object) =>
      (await slow.app.inject({ method: 'POST', url: `/api/deliveries/${orderId}/attempts`, payload })).statusCode
    await record(out, { outcome: 'PICKED_UP' })

    // when both orders are cancelled
    await Promise.all([cancel(own.url, waiting), cancel(own.url, out)])
    expect(await deliveryAt(slow, waiting)).toMatchObject({ status: 'RETURNING', returnReason: 'ORDER_CANCELLED' })
    expect(await deliveryAt(slow, out)).toMatchObject({ status: 'OUT_FOR_DELIVERY' })

    // then one can only come back, and the other can arrive
    expect(await record(waiting, { outcome: 'PICKED_UP' })).toBe(409)
    expect(await record(waiting, { outcome: 'RETURNED' })).toBe(200)
    expect(await record(out, { outcome: 'DELIVERED', receivedBy: 'Ada' })).toBe(200)
    await slow.close()
    await own.drop()
  })
})

it('goes on with a parcel whose next attempt falls due while the service is down', async () => {
  // given a service that stops between two attempts
  const own = await createTestDatabase()
  const first = await start(own.url, 0, '1s')
  const orderId = randomUUID()
  await dispatchTo('Main Street 1 absent once', orderId)
  await waitFor(async () => (await deliveryAt(first, orderId)).attempts?.length === 1, { what: 'the first attempt' })
  await first.close()

  // when it starts again
  const second = await start(own.url, 0)

  // then the parcel is delivered by the second attempt
  const arrived = await waitFor(
    async () => {
      const found = await deliveryAt(second, orderId)
      return found.status === 'DELIVERED' && found
    },
    { what: 'the delivery' },
  )
  expect(arrived.attempts).toMatchObject([{ attempt: 1, reason: 'ABSENT' }])
  await second.close()
  await own.drop()
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
  await slow.close()
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
    { what: 'all deliveries' },
  )
  expect(orderIds.every((orderId) => topics.seen('delivery-events', orderId).length === 3)).toBe(true)
})
