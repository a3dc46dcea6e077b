import { randomUUID } from 'node:crypto'
import {
  WEBHOOK_ID_HEADER,
  WEBHOOK_SIGNATURE_HEADER,
  WEBHOOK_TIMESTAMP_HEADER,
  webhookSignature,
} from '@stocker/service-kit'
import { Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TestDatabase } from '../../../test/servers.ts'
import { createTestDatabase } from '../../../test/servers.ts'
import { GATEWAY_WEBHOOK } from '../src/gateway-webhook.ts'
import type { PaymentInstance } from './payment-instance.ts'
import { openPayment } from './payment-instance.ts'
import { commands, total } from './payment-story.ts'

const [SECRET, NEXT_SECRET, OTHER_SECRET] = [
  'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
  'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
] as const

let database: TestDatabase
let payment: PaymentInstance
let rows: Pool
let orderId: string

beforeAll(async () => {
  database = await createTestDatabase()
  payment = await openPayment({
    databaseUrl: database.url,
    properties: { 'gateway.webhook-secret': `${SECRET},${NEXT_SECRET}` },
  })
  rows = new Pool({ connectionString: database.url })
})
beforeEach(async () => {
  orderId = randomUUID()
  await payment.given(orderId, commands.request)
})
afterAll(async () => {
  await rows?.end()
  await payment?.close()
  await database?.drop()
})

const nowInSeconds = (offset = 0) => Math.floor(Date.now() / 1000) + offset
const sign = (
  body: string,
  { secret = SECRET as string, timestamp = nowInSeconds(), id = randomUUID() as string } = {},
) => ({
  [WEBHOOK_ID_HEADER]: id,
  [WEBHOOK_TIMESTAMP_HEADER]: String(timestamp),
  [WEBHOOK_SIGNATURE_HEADER]: webhookSignature(secret, { id, timestamp, body: Buffer.from(body) }),
})
const post = async (body: string, headers: Record<string, string>) => {
  const response = await payment.app.inject({
    method: 'POST',
    url: GATEWAY_WEBHOOK,
    payload: body,
    headers: { 'content-type': 'application/json', ...headers },
  })
  return { status: response.statusCode, body: response.json<Record<string, unknown>>() }
}
const authorized = (more: object = {}) =>
  JSON.stringify({
    event: 'AUTHORIZED',
    orderId,
    idempotencyKey: `authorize-${orderId}`,
    amount: total,
    gatewayId: `auth-${orderId}`,
    ...more,
  })
const report = (body = authorized(), id: string = randomUUID()) => post(body, sign(body, { id }))
const statusNow = async () => (await payment.service.find(orderId))?.status
const openCalls = async () =>
  (await rows.query('select key from outbound_calls where key = $1', [`authorize-${orderId}`])).rowCount

describe('a report of the gateway', () => {
  it('counts like the answer of its call, which is over then', async () => {
    expect(await openCalls()).toBe(1)
    expect(await report()).toEqual({ status: 200, body: { orderId, status: 'AUTHORIZED' } })
    expect(await openCalls()).toBe(0)
    expect(await payment.published(orderId)).toMatchObject([
      { type: 'PaymentProcessedEvent', data: { authorizationId: `auth-${orderId}` } },
    ])
  })

  it('is a harmless repeat after the answer, before it, and when it comes twice under another id', async () => {
    await report()
    await report()
    await payment.given(orderId, commands.authorized(`auth-${orderId}`))
    expect(await report()).toMatchObject({ status: 200 })
    expect(await payment.published(orderId)).toHaveLength(1)
  })

  it('that is sent again with its id is answered as the first time, whatever happened since', async () => {
    const [id, body] = [randomUUID(), authorized()]
    const first = await report(body, id)
    await payment.given(orderId, commands.capture())
    expect(await report(body, id)).toEqual(first)
    expect(await statusNow()).toBe('CAPTURING')
  })

  it('cannot use the id of another one', async () => {
    const id = randomUUID()
    await report(authorized(), id)
    const other = authorized({ gatewayId: 'another' })
    expect(await report(other, id)).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_KEY_REUSED' } })
  })

  it('may be signed by the next secret, or by both, while one takes the place of the other', async () => {
    const body = authorized()
    expect(await post(body, sign(body, { secret: NEXT_SECRET }))).toMatchObject({ status: 200 })
    const [old, next] = [sign(body, { secret: OTHER_SECRET, id: 'm' }), sign(body, { secret: NEXT_SECRET, id: 'm' })]
    const both = `${old[WEBHOOK_SIGNATURE_HEADER]} ${next[WEBHOOK_SIGNATURE_HEADER]}`
    expect(await post(body, { ...next, [WEBHOOK_SIGNATURE_HEADER]: both })).toMatchObject({ status: 200 })
  })

  it('tells that the gateway declined', async () => {
    const { gatewayId: _, ...call } = JSON.parse(authorized())
    const declined = { ...call, event: 'DECLINED', reason: 'INSUFFICIENT_FUNDS', message: 'not enough' }
    expect(await report(JSON.stringify(declined))).toMatchObject({ status: 200, body: { status: 'FAILED' } })
  })
})

describe('who is not the gateway', () => {
  it.each([
    ['no signature', () => ({})],
    ['another secret', (text: string) => sign(text, { secret: OTHER_SECRET })],
    ['the signature of another body', () => sign(authorized({ gatewayId: 'another' }))],
    ['a copy that is too old', (text: string) => sign(text, { timestamp: nowInSeconds(-301) })],
    ['a time to come', (text: string) => sign(text, { timestamp: nowInSeconds(400) })],
  ] as const)('is refused: %s', async (_, headersOf) => {
    const text = authorized()
    expect(await post(text, headersOf(text))).toMatchObject({ status: 401, body: { code: 'SIGNATURE_REFUSED' } })
    expect(await statusNow()).toBe('REQUESTED')
  })

  it('is not read at length', async () => {
    const text = authorized({ gatewayId: 'x'.repeat(20_000) })
    expect(await post(text, sign(text))).toMatchObject({ status: 413 })
  })
})

describe('a report that cannot be', () => {
  it.each([
    ['another amount', { amount: { amount: 1, currency: 'EUR' } }, 409, 'OTHER_AMOUNT'],
    ['another currency', { amount: { ...total, currency: 'USD' } }, 409, 'OTHER_AMOUNT'],
    ['a call that was never made', { idempotencyKey: 'authorize-nobodys' }, 404, 'UNKNOWN_CALL'],
    ['a call of another kind', { event: 'CAPTURED' }, 404, 'UNKNOWN_CALL'],
    ['an unknown order', { orderId: 'nobodys', idempotencyKey: 'authorize-nobodys' }, 404, 'PAYMENT_NOT_REQUESTED'],
    ['an unknown event', { event: 'CHARGED_BACK' }, 400, 'VALIDATION_FAILED'],
    ['an unknown field', { cardNumber: '4111' }, 400, 'VALIDATION_FAILED'],
  ])('because of %s is answered so and changes nothing: the call goes on', async (_, more, status, code) => {
    expect(await report(authorized(more))).toMatchObject({ status, body: { code } })
    expect(await statusNow()).toBe('REQUESTED')
    expect(await openCalls()).toBe(1)
  })

  it('because it contradicts what is recorded changes nothing', async () => {
    await report()
    const another = authorized({ gatewayId: 'another' })
    expect(await report(another)).toMatchObject({ status: 409, body: { code: 'CONTRADICTORY_ANSWER' } })
    await payment.given(orderId, commands.capture())
    const capture = { event: 'CAPTURED', idempotencyKey: `capture-${orderId}-2`, gatewayId: 'cap' }
    expect(await report(authorized(capture))).toMatchObject({ status: 409, body: { code: 'CONTRADICTORY_ANSWER' } })
    expect(await statusNow()).toBe('CAPTURING')
  })
})
