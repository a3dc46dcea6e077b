import { randomUUID } from 'node:crypto'
import {
  WEBHOOK_ID_HEADER,
  WEBHOOK_SIGNATURE_HEADER,
  WEBHOOK_TIMESTAMP_HEADER,
  webhookSignature,
} from '@stocker/service-kit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { DeliveryOverHttp } from './delivery-over-http.ts'
import { deliveryOverHttp, SECRET } from './delivery-over-http.ts'

let delivery: DeliveryOverHttp
let orderId: string

beforeAll(async () => {
  delivery = await deliveryOverHttp()
})
beforeEach(async () => {
  orderId = randomUUID()
  await delivery.schedule(orderId)
})
afterAll(() => delivery.close())

const nowInSeconds = (offset = 0) => Math.floor(Date.now() / 1000) + offset
const sign = (body: string, { secret = SECRET, timestamp = nowInSeconds(), id = randomUUID() as string } = {}) => ({
  [WEBHOOK_ID_HEADER]: id,
  [WEBHOOK_TIMESTAMP_HEADER]: String(timestamp),
  [WEBHOOK_SIGNATURE_HEADER]: webhookSignature(secret, { id, timestamp, body: Buffer.from(body) }),
})
const post = async (body: string, headers: Record<string, string>, app = delivery.app) => {
  const response = await app.inject({
    method: 'POST',
    url: '/api/courier/events',
    payload: body,
    headers: { 'content-type': 'application/json', ...headers },
  })
  return { status: response.statusCode, body: response.json<Record<string, unknown>>() }
}
const reported = (event: object) => JSON.stringify({ orderId, ...event })
const report = (event: object, id?: string) => {
  const body = reported(event)
  return post(body, sign(body, { ...(id !== undefined && { id }) }))
}
const view = async () => (await delivery.app.inject(`/api/deliveries/${orderId}`)).json<Record<string, unknown>>()

describe('a courier who reports', () => {
  it('tells the whole way of a parcel', async () => {
    const [failed, handedOver] = ['2026-03-01T12:00:00Z', '2026-03-01T14:30:00+01:00']
    expect(await report({ event: 'PICKED_UP' })).toEqual({ status: 200, body: { orderId, status: 'OUT_FOR_DELIVERY' } })
    await report({ event: 'ATTEMPT_FAILED', reason: 'BAD_ADDRESS', at: failed })
    await report({ event: 'PICKED_UP' })
    await report({ event: 'DELIVERED', receivedBy: 'Grace', proofId: 'P-7', at: handedOver })

    expect(await view()).toMatchObject({
      status: 'DELIVERED',
      attempts: [{ attempt: 1, reason: 'BAD_ADDRESS' }],
      deliveredAt: '2026-03-01T13:30:00.000Z',
      proof: { receivedBy: 'Grace', proofId: 'P-7' },
      history: [
        { status: 'SCHEDULED' },
        { status: 'OUT_FOR_DELIVERY' },
        { status: 'ATTEMPT_FAILED', reason: 'BAD_ADDRESS' },
        { status: 'OUT_FOR_DELIVERY' },
        { status: 'DELIVERED' },
      ],
    })
  })

  it('brings back a parcel that is recalled, and loses one', async () => {
    await delivery.recall(orderId)
    expect(await report({ event: 'RETURNED' })).toMatchObject({ body: { status: 'RETURNED' } })

    orderId = randomUUID()
    await delivery.schedule(orderId)
    expect(await report({ event: 'LOST' })).toMatchObject({ body: { status: 'LOST' } })
  })

  it('may repeat a report: it counts once', async () => {
    await report({ event: 'PICKED_UP' })
    const body = reported({ event: 'ATTEMPT_FAILED', reason: 'ABSENT' })
    const id = randomUUID()
    const headers = sign(body, { id })
    const first = await post(body, headers)
    // Later, copied as it was, and signed anew: another attempt is under way.
    await report({ event: 'PICKED_UP' })

    expect(await post(body, headers)).toEqual(first)
    expect(await post(body, sign(body, { id, timestamp: nowInSeconds(1) }))).toEqual(first)
    expect(await view()).toMatchObject({ status: 'OUT_FOR_DELIVERY', attempts: [{ attempt: 1 }] })
  })

  it('may reply to the request: then it counts once, under whatever id, and not for the next attempt', async () => {
    const idempotencyKey = `delivery-${orderId}`
    const absent = { event: 'ATTEMPT_FAILED', reason: 'ABSENT', idempotencyKey }
    await report({ event: 'PICKED_UP', idempotencyKey })
    await report(absent)
    expect(await report({ event: 'PICKED_UP', idempotencyKey })).toMatchObject({ body: { status: 'ATTEMPT_FAILED' } })
    await report({ event: 'PICKED_UP' })
    expect(await report(absent)).toMatchObject({ status: 200, body: { status: 'OUT_FOR_DELIVERY' } })
    expect(await view()).toMatchObject({ status: 'OUT_FOR_DELIVERY', attempts: [{ attempt: 1 }] })
  })

  it('cannot use the id of a report for another one', async () => {
    const id = randomUUID()
    await report({ event: 'PICKED_UP' }, id)
    expect(await report({ event: 'LOST' }, id)).toMatchObject({
      status: 409,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    })
  })

  it('whose clock is ahead does not put off the next attempt', async () => {
    await report({ event: 'PICKED_UP' })
    await report({ event: 'ATTEMPT_FAILED', reason: 'ABSENT', at: '2999-01-01T00:00:00Z' })
    expect(Date.parse(String((await view()).nextAttemptAt))).toBeLessThan(Date.now() + 3_600_000)
  })
})

describe('who is not the courier', () => {
  const body = () => reported({ event: 'LOST' })
  const without = (name: string, headers: Record<string, string>) =>
    Object.fromEntries(Object.entries(headers).filter(([header]) => header !== name))

  it.each([
    ['no signature', () => ({})],
    ['no id', (text: string) => without(WEBHOOK_ID_HEADER, sign(text))],
    ['no time', (text: string) => without(WEBHOOK_TIMESTAMP_HEADER, sign(text))],
    ['another secret', (text: string) => sign(text, { secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD' })],
    ['the signature of another body', () => sign(reported({ event: 'RETURNED' }))],
    ['the signature of another report', (text: string) => ({ ...sign(text), [WEBHOOK_ID_HEADER]: randomUUID() })],
    ['a copy that is too old', (text: string) => sign(text, { timestamp: nowInSeconds(-301) })],
    ['a time to come', (text: string) => sign(text, { timestamp: nowInSeconds(400) })],
  ] as const)('is refused: %s', async (_, headersOf) => {
    const text = body()
    expect(await post(text, headersOf(text))).toMatchObject({ status: 401, body: { code: 'SIGNATURE_REFUSED' } })
    expect((await view()).status).toBe('SCHEDULED')
  })

  it('does not learn what a report looks like', async () => {
    expect(await post('{}', sign('[]'))).toMatchObject({ status: 401 })
  })

  it('is refused when no secret is agreed', async () => {
    const open = await deliveryOverHttp(null)
    const text = body()
    expect(await post(text, sign(text), open.app)).toMatchObject({
      status: 403,
      body: { code: 'WEBHOOK_OFF' },
    })
    await open.close()
  })
})

describe('a report that cannot be', () => {
  it.each([
    [{ event: 'RETURNED' }, 409, 'REPORT_OUT_OF_PLACE'],
    [{ event: 'PICKED_UP', orderId: 'nobodys' }, 404, 'DELIVERY_NOT_FOUND'],
    [{ event: 'PICKED_UP', trackingNumber: 'SC-of-another' }, 404, 'UNKNOWN_PARCEL'],
    [{ event: 'PICKED_UP', idempotencyKey: 'delivery-of-another' }, 404, 'UNKNOWN_REQUEST'],
    [{ event: 'DELIVERED' }, 422, 'RECEIVER_MISSING'],
    [{ event: 'ATTEMPT_FAILED' }, 422, 'REASON_MISSING'],
    [{ event: 'STOLEN' }, 400, 'VALIDATION_FAILED'],
    [{ event: 'PICKED_UP', at: 'yesterday' }, 400, 'VALIDATION_FAILED'],
    [{ event: 'PICKED_UP', eventId: 'e-1' }, 400, 'VALIDATION_FAILED'],
  ])('%o is answered with %i %s', async (event, status, code) => {
    expect(await report(event)).toMatchObject({ status, body: { code } })
    expect((await view()).status).toBe('SCHEDULED')
  })

  it('does not use up its id: it counts as soon as it can be', async () => {
    const id = randomUUID()
    expect(await report({ event: 'RETURNED' }, id)).toMatchObject({ status: 409 })
    await delivery.recall(orderId)
    expect(await report({ event: 'RETURNED' }, id)).toMatchObject({ status: 200, body: { status: 'RETURNED' } })
  })
})
