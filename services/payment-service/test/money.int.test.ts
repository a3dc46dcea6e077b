import { randomUUID } from 'node:crypto'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestDatabase } from '../../../test/servers.ts'
import { createTestDatabase, waitFor } from '../../../test/servers.ts'
import { gatewayLedger } from '../src/simulated-gateway/gateway-ledger.ts'
import type { Incoming, PaymentInstance } from './payment-instance.ts'
import {
  deliveryLost,
  deliveryReturned,
  openPayment,
  orderCreated,
  orderDispatched,
  stockRejected,
  stockReleased,
} from './payment-instance.ts'

let database: TestDatabase
let gateway: TestDatabase
let ledger: Pool
let running: PaymentInstance

beforeAll(async () => {
  database = await createTestDatabase()
  gateway = await createTestDatabase()
  ledger = new Pool({ connectionString: gateway.url })
  running = await openPayment({ databaseUrl: database.url, gatewayUrl: gateway.url })
})

afterAll(async () => {
  await running?.close()
  await ledger?.end()
  await gateway?.drop()
  await database?.drop()
})

const chargesOf = async (orderId: string) => (await gatewayLedger(ledger)).filter((order) => order.orderId === orderId)
const typesOf = async (orderId: string) => (await running.published(orderId)).map(({ type }) => type)

const authorized = async (token?: string): Promise<string> => {
  const orderId = randomUUID()
  await running.receive(orderCreated(orderId, token))
  await running.until(orderId, 'AUTHORIZED')
  return orderId
}
const captured = async (token?: string): Promise<string> => {
  const orderId = await authorized(token)
  await running.receive(orderDispatched(orderId))
  await running.until(orderId, 'CAPTURED')
  return orderId
}
const post = (path: string, payload?: object) =>
  running.app.inject({
    method: 'POST',
    url: `/api/payments/${path}`,
    headers: { 'idempotency-key': 'k' },
    ...(payload && { payload }),
  })

describe('an order that is shipped', () => {
  it('is paid: all that was authorised is taken, once, however often it is said', async () => {
    const orderId = await authorized()
    const event = { ...orderDispatched(orderId), id: randomUUID() }
    await running.receive(event, event, orderDispatched(orderId))
    await running.until(orderId, 'CAPTURED')
    await running.receive(event, orderDispatched(orderId))

    expect(await typesOf(orderId)).toEqual(['PaymentProcessedEvent', 'PaymentCapturedEvent'])
    expect(await chargesOf(orderId)).toMatchObject([{ netCharge: 2500, captures: 1, contradictions: 0 }])
  })

  it.each([
    ['comes back', deliveryReturned, 'DELIVERY_RETURNED'],
    ['is lost', deliveryLost, 'DELIVERY_LOST'],
  ])('and %s is not paid in the end', async (_, event, reason) => {
    const orderId = await captured()
    await running.receive(event(orderId), event(orderId))
    await running.until(orderId, 'REFUNDED')

    const total = { amount: 2500, currency: 'EUR' }
    expect((await running.published(orderId)).slice(2)).toMatchObject([
      { type: 'PaymentRefundedEvent', data: { orderId, reason, amount: total, captured: total, totalRefunded: total } },
    ])
    expect(await chargesOf(orderId)).toMatchObject([{ netCharge: 0, captured: 2500, refunds: 1, contradictions: 0 }])
  })

  it('and comes back before its money was taken has it taken and given back', async () => {
    const orderId = await authorized()
    await running.receive(orderDispatched(orderId), deliveryReturned(orderId))
    await running.until(orderId, 'REFUNDED')

    expect(await chargesOf(orderId)).toMatchObject([{ netCharge: 0, captures: 1, refunds: 1, contradictions: 0 }])
  })

  it('and of which it is heard first that it came back is not charged at all', async () => {
    const orderId = await authorized()
    await running.receive(deliveryReturned(orderId), orderDispatched(orderId))
    await running.until(orderId, 'VOIDED')

    expect(await typesOf(orderId)).toEqual(['PaymentProcessedEvent', 'PaymentVoidedEvent'])
    expect(await chargesOf(orderId)).toMatchObject([{ netCharge: 0, captures: 0, voids: 1, contradictions: 0 }])
  })
})

describe('an order that is not shipped', () => {
  it.each([
    ['its stock is released', stockReleased, 'STOCK_RELEASED'],
    ['there is too little stock', stockRejected, 'STOCK_REJECTED'],
  ])('because %s has its money let go', async (_, event, reason) => {
    const orderId = await authorized()
    await running.receive(event(orderId), event(orderId))
    await running.until(orderId, 'VOIDED')

    const voidId = expect.stringMatching(/^void_/)
    expect((await running.published(orderId)).slice(1)).toEqual([
      { type: 'PaymentVoidedEvent', data: { orderId, paymentId: `payment-${orderId}`, reason, voidId } },
    ])
    expect(await chargesOf(orderId)).toMatchObject([{ authorized: 2500, voided: 2500, voids: 1, netCharge: 0 }])
  })

  it('before its money is authorised has it let go as soon as that is known', async () => {
    const orderId = randomUUID()
    await running.receive(orderCreated(orderId), stockRejected(orderId))
    await running.until(orderId, 'VOIDED')

    expect(await typesOf(orderId)).toEqual(['PaymentProcessedEvent', 'PaymentVoidedEvent'])
    expect(await chargesOf(orderId)).toMatchObject([{ authorizations: 1, voids: 1, netCharge: 0 }])
  })

  it('is never authorised when that is heard before the order', async () => {
    const orderId = randomUUID()
    await running.receive(stockRejected(orderId), orderCreated(orderId))
    // Calls are made in the order of their intents: when this order is authorised, the other one would be.
    await authorized()

    const reason = 'STOCK_REJECTED'
    expect(await running.published(orderId)).toEqual([
      { type: 'PaymentVoidedEvent', data: { orderId, paymentId: `payment-${orderId}`, reason } },
    ])
    expect(await chargesOf(orderId)).toEqual([])
  })
})

describe('a refund that the gateway refuses', () => {
  it('is asked for again at its time, with a new key, until it is granted', async () => {
    const orderId = await captured('tok_refund_fails')
    await running.receive(deliveryLost(orderId))
    await running.until(orderId, 'REFUNDED')

    const retryAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT/)
    expect((await running.published(orderId)).slice(2)).toMatchObject([
      { type: 'PaymentRefundFailedEvent', data: { attempt: 1, retryAt } },
      { type: 'PaymentRefundFailedEvent', data: { attempt: 2, retryAt } },
      { type: 'PaymentRefundedEvent', data: { amount: { amount: 2500 } } },
    ])
    expect(await chargesOf(orderId)).toMatchObject([{ netCharge: 0, refunds: 1, refusedRefunds: 2 }])
    const { rows } = await ledger.query(
      `select idempotency_key from movements where order_id = $1 and kind = 'refund' order by idempotency_key`,
      [orderId],
    )
    expect(rows.map((row) => row.idempotency_key)).toEqual([1, 2, 3].map((attempt) => `refund-${orderId}-1-${attempt}`))
  })

  it('is asked for again by the next process when the first one stopped meanwhile', async () => {
    const own = await createTestDatabase()
    const first = await openPayment({
      databaseUrl: own.url,
      gatewayUrl: gateway.url,
      properties: { 'refund.retry-delay-ms': '300' },
    })
    const orderId = randomUUID()
    await first.receive(orderCreated(orderId, 'tok_refund_fails'))
    await first.until(orderId, 'AUTHORIZED')
    await first.receive(orderDispatched(orderId))
    await first.until(orderId, 'CAPTURED')
    await first.receive(deliveryLost(orderId))
    await first.until(orderId, 'REFUND_FAILED')
    await first.close()

    const second = await openPayment({ databaseUrl: own.url, gatewayUrl: gateway.url })
    await second.until(orderId, 'REFUNDED')
    expect(await chargesOf(orderId)).toMatchObject([{ netCharge: 0, refunds: 1, refusedRefunds: 2 }])
    await second.close()
    await own.drop()
  })
})

describe('an operator', () => {
  it('gives money back once with one key, also when the same request comes twice at once', async () => {
    const orderId = await captured()
    const answers = await Promise.all([1, 2].map(() => post(`${orderId}/refunds`, { reason: 'GOODWILL' })))
    await running.until(orderId, 'REFUNDED')

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 202])
    expect(await chargesOf(orderId)).toMatchObject([{ netCharge: 0, refunds: 1, contradictions: 0 }])
  })

  it('gives a part back; the rest follows when the order comes back', async () => {
    const orderId = await captured()
    await post(`${orderId}/refunds`, { reason: 'GOODWILL', amount: { amount: 500, currency: 'EUR' } })
    await running.receive(deliveryReturned(orderId))
    await running.until(orderId, 'REFUNDED')

    expect((await running.published(orderId)).slice(2)).toMatchObject([
      { data: { amount: { amount: 500 }, totalRefunded: { amount: 500 }, reason: 'GOODWILL' } },
      { data: { amount: { amount: 2000 }, totalRefunded: { amount: 2500 }, reason: 'DELIVERY_RETURNED' } },
    ])
    expect(await chargesOf(orderId)).toMatchObject([{ netCharge: 0, refunds: 2, contradictions: 0 }])
  })
})

describe('a process that dies between the call and its answer', () => {
  it.each([
    ['a capture', 'captures', [orderDispatched], 'CAPTURED'],
    ['a void', 'voids', [stockReleased], 'VOIDED'],
    ['a refund', 'refunds', [orderDispatched, deliveryLost], 'REFUNDED'],
  ] as const)('leaves %s to the next one, which makes it with the same key', async (_, count, events, end) => {
    // given a payment, and a process that gets no answers
    const own = await createTestDatabase()
    const urls = { databaseUrl: own.url, gatewayUrl: gateway.url }
    const before = await openPayment(urls)
    const orderId = randomUUID()
    await before.receive(orderCreated(orderId))
    await before.until(orderId, 'AUTHORIZED')
    for (const event of events.slice(0, -1)) {
      await before.receive(event(orderId) as Incoming)
      await before.until(orderId, 'CAPTURED')
    }
    await before.close()
    const deaf = await openPayment({ ...urls, properties: { 'gateway.failure-rate': '1' } })
    await deaf.receive(...events.slice(-1).map((event) => event(orderId) as Incoming))
    await waitFor(async () => (await chargesOf(orderId))[0]?.[count] === 1, {
      what: 'the call to be carried out',
    })
    await deaf.close()

    // when another process takes over
    const next = await openPayment(urls)
    await next.until(orderId, end)

    // then
    expect(await chargesOf(orderId)).toMatchObject([{ [count]: 1, contradictions: 0 }])
    await next.close()
    await own.drop()
  })
})

it('at a gateway that leaves four calls in ten without an answer the money of each order is moved once', async () => {
  const own = await createTestDatabase()
  const unlucky = await openPayment({
    databaseUrl: own.url,
    gatewayUrl: gateway.url,
    properties: { 'gateway.failure-rate': '0.4', 'gateway.delay-ms': '5' },
  })
  const orderIds: readonly string[] = Array.from({ length: 40 }, () => randomUUID())
  await unlucky.receive(...orderIds.map((orderId) => orderCreated(orderId)))
  // Some are authorised by now and some are not.
  await unlucky.receive(...orderIds.map(orderDispatched))
  await unlucky.receive(...orderIds.map(deliveryReturned))
  await Promise.all(orderIds.map((orderId) => unlucky.until(orderId, 'VOIDED', 'REFUNDED')))

  const charges = (await gatewayLedger(ledger)).filter(({ orderId }) => orderIds.includes(orderId))
  expect(charges).toHaveLength(orderIds.length)
  for (const { authorizations, captures, voids, refunds, netCharge, contradictions } of charges) {
    expect({ authorizations, netCharge, contradictions }).toEqual({
      authorizations: 1,
      netCharge: 0,
      contradictions: 0,
    })
    expect([
      [1, 0, 1],
      [0, 1, 0],
    ]).toContainEqual([captures, voids, refunds])
  }
  await unlucky.close()
  await own.drop()
})
