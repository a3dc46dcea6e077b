import { randomUUID } from 'node:crypto'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestTopics } from '../../../test/kafka-records.ts'
import { testTopics } from '../../../test/kafka-records.ts'
import type { TestDatabase } from '../../../test/servers.ts'
import { createTestDatabase, waitFor } from '../../../test/servers.ts'
import { gatewayLedger } from '../src/simulated-gateway/gateway-ledger.ts'
import { deliveryLost, orderDispatched } from './payment-instance.ts'
import type { RunningPayment } from './running-payment.ts'
import { envelopeOf, orderCreated, runningPayment } from './running-payment.ts'

let topics: TestTopics
let database: TestDatabase
let gatewayDatabase: TestDatabase
let ledger: Pool
let running: RunningPayment

beforeAll(async () => {
  topics = await testTopics(
    ['order-events', 'dispatch-events', 'delivery-events', 'payment-events'],
    ['payment-events'],
  )
  database = await createTestDatabase()
  gatewayDatabase = await createTestDatabase()
  ledger = new Pool({ connectionString: gatewayDatabase.url })
  running = await runningPayment({ databaseUrl: database.url, gatewayUrl: gatewayDatabase.url })
})

afterAll(async () => {
  await running?.service.close()
  await topics?.[Symbol.asyncDispose]()
  await ledger?.end()
  await gatewayDatabase?.drop()
  await database?.drop()
})

/** The topics are those of all tests: a dispatch service that runs beside this one may give an order's money back. */
const ANSWERS: ReadonlySet<unknown> = new Set(['PaymentProcessedEvent', 'PaymentFailedEvent'])

/** What is said of the authorisation of an order. */
const published = (orderId: string) =>
  waitFor(
    () => {
      const seen = topics.seen('payment-events', orderId).filter(({ eventType }) => ANSWERS.has(eventType))
      return seen.length > 0 && seen
    },
    { what: `an event of order ${orderId} on payment-events` },
  )
const chargesOf = async (orderId: string) => (await gatewayLedger(ledger)).filter((order) => order.orderId === orderId)

describe('an order that is created', () => {
  it('is paid: the gateway holds its total, once, and PaymentProcessedEvent says so', async () => {
    const orderId = randomUUID()
    const created = orderCreated(orderId)
    await topics.send('order-events', [[orderId, created]])

    const { body } = await waitFor(
      async () => {
        const answer = await running.payment(orderId)
        return answer.body.authorizationId !== undefined && answer
      },
      { what: 'the payment' },
    )
    expect(await published(orderId)).toEqual([
      {
        eventId: expect.any(String),
        eventType: 'PaymentProcessedEvent',
        eventVersion: 1,
        occurredAt: expect.any(String),
        correlationId: orderId,
        causationId: expect.any(String),
        orderId,
        paymentId: `payment-${orderId}`,
        amount: { amount: 2500, currency: 'EUR' },
        authorizationId: body.authorizationId,
      },
    ])
    expect(await chargesOf(orderId)).toEqual([
      expect.objectContaining({ authorizations: 1, declines: 0, authorized: 2500, captured: 0 }),
    ])
  })

  it.each([
    ['tok_declined', 'DECLINED'],
    ['tok_insufficient_funds', 'INSUFFICIENT_FUNDS'],
  ])('with %s is not paid: PaymentFailedEvent says %s', async (token, reason) => {
    const orderId = randomUUID()
    await topics.send('order-events', [[orderId, orderCreated(orderId, token)]])

    expect(await published(orderId)).toMatchObject([{ eventType: 'PaymentFailedEvent', orderId, reason }])
    expect(await running.payment(orderId)).toMatchObject({ status: 200, body: { status: 'FAILED', reason } })
    expect(await chargesOf(orderId)).toMatchObject([{ authorizations: 0, declines: 1 }])
  })

  it('whose answer is lost is asked for again, and charged once', async () => {
    const orderId = randomUUID()
    await topics.send('order-events', [[orderId, orderCreated(orderId, 'tok_timeout')]])

    expect(await published(orderId)).toMatchObject([{ eventType: 'PaymentProcessedEvent' }])
    expect(await chargesOf(orderId)).toMatchObject([{ authorizations: 1 }])
  })

  it('and is delivered again, by the same or by another event, is charged once', async () => {
    const orderId = randomUUID()
    const event = orderCreated(orderId)
    await topics.send('order-events', [
      [orderId, event],
      [orderId, event],
      [orderId, { ...event, eventId: randomUUID() }],
    ])
    await published(orderId)
    await topics.send('order-events', [
      [orderId, event],
      [orderId, { ...event, eventId: randomUUID() }],
    ])
    // A batch behind that one, for every partition: when these orders are paid, all of it was handled.
    const behind = Array.from({ length: 50 }, () => randomUUID())
    await topics.send(
      'order-events',
      behind.map((id) => [id, orderCreated(id)]),
    )
    await Promise.all(behind.map(published))

    expect(await published(orderId)).toHaveLength(1)
    expect(await chargesOf(orderId)).toMatchObject([{ authorizations: 1 }])
  })

  it('by a producer that knows no envelope is paid as well', async () => {
    const orderId = randomUUID()
    const { customerId, lines, total, shippingAddress, paymentToken } = orderCreated(orderId)
    await topics.send('order-events', [[orderId, { orderId, customerId, lines, total, shippingAddress, paymentToken }]])

    expect(await published(orderId)).toMatchObject([{ eventType: 'PaymentProcessedEvent', correlationId: orderId }])
  })
})

it('hears of dispatch and delivery: the money of an order that was shipped and lost goes back', async () => {
  const orderId = randomUUID()
  await topics.send('order-events', [[orderId, orderCreated(orderId)]])
  await published(orderId)
  await topics.send('dispatch-events', [[orderId, envelopeOf(orderDispatched(orderId))]])
  await topics.send('delivery-events', [[orderId, envelopeOf(deliveryLost(orderId))]])

  const last = await waitFor(
    () => {
      const event = topics.seen('payment-events', orderId).at(-1)
      return (event?.eventType === 'PaymentRefundedEvent' || event?.eventType === 'PaymentVoidedEvent') && event
    },
    { what: 'the money to go back' },
  )
  expect(last).toMatchObject({ orderId, correlationId: orderId, causationId: expect.any(String) })
  expect(await chargesOf(orderId)).toMatchObject([{ authorizations: 1, netCharge: 0, contradictions: 0 }])
})

it('takes payments while the gateway is away, and makes them when it is there', async () => {
  // given a service whose gateway cannot be reached
  const own = await createTestDatabase()
  const later = await createTestDatabase()
  await later.drop()
  const waiting = await runningPayment({ databaseUrl: own.url, gatewayUrl: later.url })
  const orderId = randomUUID()
  await topics.send('order-events', [[orderId, orderCreated(orderId)]])
  await waitFor(async () => (await waiting.payment(orderId)).body.status === 'REQUESTED', { what: 'the request' })

  // when it comes back
  const server = new Pool({ connectionString: new URL('/postgres', later.url).href, max: 1 })
  await server.query(`create database ${new URL(later.url).pathname.slice(1)}`)
  await server.end()

  // then the payment is made
  await waitFor(async () => (await waiting.payment(orderId)).body.authorizationId !== undefined, {
    what: 'the authorisation',
  })
  await waiting.service.close()
  await later.drop()
  await own.drop()
})

it('goes on after a restart where it stopped', async () => {
  // given a service that was stopped while its gateway was away
  const own = await createTestDatabase()
  const gatewayOf = await createTestDatabase()
  const group = `payment-${randomUUID()}`
  const nobody = new URL(gatewayOf.url)
  nobody.pathname = '/no_such_database'
  const first = await runningPayment({ databaseUrl: own.url, gatewayUrl: nobody.href, group })
  const orderId = randomUUID()
  await topics.send('order-events', [[orderId, orderCreated(orderId)]])
  await waitFor(async () => (await first.payment(orderId)).body.status === 'REQUESTED', { what: 'the request' })
  await first.service.close()

  // when it is started again
  const second = await runningPayment({ databaseUrl: own.url, gatewayUrl: gatewayOf.url, group })

  // then the call is made, once
  await waitFor(async () => (await second.payment(orderId)).body.authorizationId !== undefined, {
    what: 'the authorisation',
  })
  const pool = new Pool({ connectionString: gatewayOf.url })
  expect((await gatewayLedger(pool)).filter((order) => order.orderId === orderId)).toMatchObject([
    { authorizations: 1 },
  ])
  await pool.end()
  await second.service.close()
  await gatewayOf.drop()
  await own.drop()
})

// The last one: services of new groups, as those above, would read all of it first.
it('pays a burst of 2,000 orders once each', async () => {
  const orderIds: readonly string[] = Array.from({ length: 2_000 }, () => randomUUID())
  await topics.send(
    'order-events',
    orderIds.map((orderId) => [orderId, orderCreated(orderId)]),
  )

  await waitFor(() => orderIds.every((orderId) => topics.seen('payment-events', orderId).length > 0), {
    what: 'an event of each order',
  })
  const burst = new Set<string>(orderIds)
  const charges = (await gatewayLedger(ledger)).filter(({ orderId }) => burst.has(orderId))
  expect(charges).toHaveLength(2_000)
  expect(charges.every(({ authorizations, authorized }) => authorizations === 1 && authorized === 2500)).toBe(true)
  expect((await Promise.all(orderIds.map(published))).every(({ length }) => length === 1)).toBe(true)
})
