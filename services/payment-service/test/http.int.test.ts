import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestDatabase } from '../../../test/servers.ts'
import { createTestDatabase } from '../../../test/servers.ts'
import type { PaymentInstance } from './payment-instance.ts'
import { openPayment } from './payment-instance.ts'
import type { PaymentCommand } from './payment-story.ts'
import { commands, euros, retryAt } from './payment-story.ts'

let database: TestDatabase
let payment: PaymentInstance

beforeAll(async () => {
  database = await createTestDatabase()
  payment = await openPayment({ databaseUrl: database.url })
})
afterAll(async () => {
  await payment?.close()
  await database?.drop()
})

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

const get = async (orderId: string): Promise<Answer> => {
  const response = await payment.app.inject({ method: 'GET', url: `/api/payments/${orderId}` })
  return { status: response.statusCode, body: response.json() }
}
const post = async (path: string, body?: object, key?: string): Promise<Answer> => {
  const response = await payment.app.inject({
    method: 'POST',
    url: `/api/payments/${path}`,
    ...(body && { payload: body }),
    ...(key !== undefined && { headers: { 'idempotency-key': key } }),
  })
  return { status: response.statusCode, body: response.json() }
}

const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
/** The gateway's numbers are those of one payment only. */
const capturedOf = (orderId: string): readonly PaymentCommand[] => [
  commands.request,
  commands.authorized(`auth-${orderId}`),
  commands.capture(),
  commands.captured(`cap-${orderId}`),
]
const known = (orderId: string) => ({ orderId, paymentId: `payment-${orderId}`, amount: euros(2500) })

describe('GET /api/payments/{orderId}', () => {
  it('tells a payment that waits for the gateway', async () => {
    await payment.given('o-1', commands.request)
    expect(await get('o-1')).toEqual({
      status: 200,
      body: {
        ...known('o-1'),
        status: 'REQUESTED',
        authorized: euros(0),
        captured: euros(0),
        refunded: euros(0),
        movements: [],
        history: [{ status: 'REQUESTED', at }],
      },
    })
  })

  it('tells each movement of the money with its number at the gateway, and the sums', async () => {
    await payment.given('o-2', ...capturedOf('o-2'), commands.refund(500), commands.refunded())
    expect(await get('o-2')).toEqual({
      status: 200,
      body: {
        ...known('o-2'),
        status: 'CAPTURED',
        authorizationId: 'auth-o-2',
        authorized: euros(2500),
        captured: euros(2500),
        refunded: euros(500),
        movements: [
          { kind: 'AUTHORIZATION', gatewayId: 'auth-o-2', amount: euros(2500), at },
          { kind: 'CAPTURE', gatewayId: 'cap-o-2', amount: euros(2500), at },
          { kind: 'REFUND', gatewayId: 'ref-1', amount: euros(500), at, reason: 'GOODWILL' },
        ],
        history: [
          { status: 'REQUESTED', at },
          { status: 'AUTHORIZED', at },
          { status: 'CAPTURING', at },
          { status: 'CAPTURED', at },
          { status: 'REFUNDING', at, reason: 'GOODWILL' },
          { status: 'CAPTURED', at, reason: 'GOODWILL' },
        ],
      },
    })
  })

  it('tells why a payment failed', async () => {
    await payment.given('o-3', commands.request, commands.declined('INSUFFICIENT_FUNDS'))
    const { body } = await get('o-3')
    expect(body).toMatchObject({
      status: 'FAILED',
      reason: 'INSUFFICIENT_FUNDS',
      message: 'the card was declined',
      authorized: euros(0),
      history: [{ status: 'REQUESTED' }, { status: 'FAILED', reason: 'INSUFFICIENT_FUNDS' }],
    })
    expect(body).not.toHaveProperty('authorizationId')
  })

  it('tells when a refused refund is asked for again', async () => {
    await payment.given('o-4', ...capturedOf('o-4'), commands.refund(), commands.refundRefused())
    expect((await get('o-4')).body).toMatchObject({
      status: 'REFUND_FAILED',
      retryAt,
      history: expect.arrayContaining([{ status: 'REFUND_FAILED', at, reason: 'not now' }]),
    })
  })

  it('tells no sums of a payment that was called off before it was asked for', async () => {
    await payment.given('o-5', commands.reverse('STOCK_REJECTED'))
    expect((await get('o-5')).body).toEqual({
      orderId: 'o-5',
      paymentId: 'payment-o-5',
      status: 'VOIDED',
      movements: [],
      history: [{ status: 'VOIDED', at, reason: 'STOCK_REJECTED' }],
    })
  })

  it('tells that goods are gone which nobody pays', async () => {
    await payment.given('o-7', commands.request, commands.declined(), commands.capture())
    expect((await get('o-7')).body).toMatchObject({ status: 'FAILED', shippedUnpaid: true })
    expect((await get('o-3')).body).not.toHaveProperty('shippedUnpaid')
  })

  it('never tells the payment token', async () => {
    await payment.given('o-6', ...capturedOf('o-6'))
    expect(JSON.stringify(await get('o-6'))).not.toContain('tok_')
  })

  it('answers 404 for an unknown order', async () => {
    expect(await get('nobodys')).toMatchObject({ status: 404, body: { code: 'PAYMENT_NOT_FOUND' } })
  })

  it('refuses an id that no order has', async () => {
    expect(await get('o'.repeat(101))).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } })
    expect(await get('o%00')).toMatchObject({ status: 400, body: { code: 'UNSTORABLE_TEXT' } })
  })

  it('has no other method', async () => {
    const response = await payment.app.inject({ method: 'DELETE', url: '/api/payments/o-1' })
    expect(response.statusCode).toBe(405)
  })
})

describe('POST /api/payments/{orderId}/refunds', () => {
  const goodwill = { reason: 'GOODWILL' }

  it('gives all back that is left, unless an amount is said', async () => {
    await payment.given('r-1', ...capturedOf('r-1'))
    const part = await post('r-1/refunds', { ...goodwill, amount: euros(500) }, 'part')
    expect(part).toMatchObject({ status: 202, body: { status: 'REFUNDING', refunded: euros(0) } })

    await payment.given('r-1', commands.refunded(1, 1, 'ref-r-1'))
    expect(await post('r-1/refunds', goodwill, 'rest')).toMatchObject({ status: 202, body: { status: 'REFUNDING' } })
    await payment.given('r-1', commands.refunded(2, 1, 'ref-r-2'))

    expect((await get('r-1')).body).toMatchObject({ status: 'REFUNDED', refunded: euros(2500) })
  })

  it('gives it back once, however often the same request comes', async () => {
    await payment.given('r-2', ...capturedOf('r-2'))
    const ask = () => post('r-2/refunds', { ...goodwill, amount: euros(500) }, 'once')
    const first = await ask()
    await payment.given('r-2', commands.refunded(1, 1, 'ref-r-2-1'))

    expect(await ask()).toEqual(first)
    expect((await get('r-2')).body).toMatchObject({ status: 'CAPTURED', refunded: euros(500) })
  })

  it('refuses a key that stands for another request', async () => {
    await payment.given('r-3', ...capturedOf('r-3'))
    await post('r-3/refunds', { ...goodwill, amount: euros(500) }, 'k')
    expect(await post('r-3/refunds', goodwill, 'k')).toMatchObject({
      status: 409,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    })
  })

  it('takes the same key for another payment', async () => {
    for (const orderId of ['r-4', 'r-5']) {
      await payment.given(orderId, ...capturedOf(orderId))
      expect(await post(`${orderId}/refunds`, goodwill, 'same')).toMatchObject({ status: 202, body: { orderId } })
    }
  })

  it('refuses more than is left, and says how much that is', async () => {
    await payment.given('r-6', ...capturedOf('r-6'))
    expect(await post('r-6/refunds', { ...goodwill, amount: euros(2501) }, 'k')).toMatchObject({
      status: 422,
      body: { code: 'REFUND_EXCEEDS_CAPTURED', left: euros(2500) },
    })
  })

  it('refuses another currency', async () => {
    await payment.given('r-7', ...capturedOf('r-7'))
    const dollars = { amount: { amount: 1, currency: 'USD' }, ...goodwill }
    expect(await post('r-7/refunds', dollars, 'k')).toMatchObject({ status: 422, body: { code: 'CURRENCY_MISMATCH' } })
  })

  it('refuses to give back what was not taken', async () => {
    await payment.given('r-8', commands.request, commands.authorized('auth-r-8'))
    expect(await post('r-8/refunds', goodwill, 'k')).toMatchObject({ status: 409, body: { code: 'NOTHING_TO_REFUND' } })
  })

  it('refuses a second refund while one is under way', async () => {
    await payment.given('r-9', ...capturedOf('r-9'), commands.refund(500))
    expect(await post('r-9/refunds', goodwill, 'k')).toMatchObject({
      status: 409,
      body: { code: 'MOVEMENT_UNDER_WAY' },
    })
  })

  it('answers 404 for an unknown order', async () => {
    expect(await post('nobodys/refunds', goodwill, 'k')).toMatchObject({
      status: 404,
      body: { code: 'PAYMENT_NOT_FOUND' },
    })
  })

  it.each([
    ['no key', goodwill, undefined],
    ['no reason', {}, 'k'],
    ['an amount of nothing', { ...goodwill, amount: euros(0) }, 'k'],
    ['a negative amount', { ...goodwill, amount: euros(-500) }, 'k'],
    ['an amount without a currency', { ...goodwill, amount: { amount: 500 } }, 'k'],
    ['an unknown field', { ...goodwill, ammount: euros(500) }, 'k'],
  ])('refuses %s, and gives nothing back', async (_, body, key) => {
    await payment.given('r-10', ...((await get('r-10')).status === 404 ? capturedOf('r-10') : []))
    expect(await post('r-10/refunds', body, key)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } })
    expect((await get('r-10')).body).toMatchObject({ status: 'CAPTURED' })
  })
})

describe('POST /api/payments/{orderId}/refunds/retry', () => {
  it('asks for the refused refund again, now', async () => {
    await payment.given('t-1', ...capturedOf('t-1'), commands.refund(), commands.refundRefused())
    const answer = await post('t-1/refunds/retry')
    expect(answer).toMatchObject({ status: 202, body: { status: 'REFUNDING' } })
    expect(answer.body).not.toHaveProperty('retryAt')
  })

  it('refuses when no refund was refused', async () => {
    await payment.given('t-2', ...capturedOf('t-2'))
    expect(await post('t-2/refunds/retry')).toMatchObject({ status: 409, body: { code: 'REFUND_NOT_FAILED' } })
    expect(await post('nobodys/refunds/retry')).toMatchObject({ status: 404, body: { code: 'PAYMENT_NOT_FOUND' } })
  })
})
