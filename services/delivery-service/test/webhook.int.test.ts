import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SIGNATURE_HEADER, signatureOf, TIMESTAMP_HEADER } from '../src/webhook-signature.ts'
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

const nowInSeconds = (offset = 0) => String(Math.floor(Date.now() / 1000) + offset)
const sign = (body: string, { secret = SECRET, timestamp = nowInSeconds() } = {}) => ({
  [TIMESTAMP_HEADER]: timestamp,
  [SIGNATURE_HEADER]: signatureOf(secret, timestamp, Buffer.from(body)),
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
const reported = (event: object) => JSON.stringify({ eventId: randomUUID(), orderId, ...event })
const report = (event: object) => {
  const body = reported(event)
  return post(body, sign(body))
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
    const first = await post(body, sign(body))
    // Later, and signed anew: another attempt is under way.
    await report({ event: 'PICKED_UP' })

    expect(await post(body, sign(body, { timestamp: nowInSeconds(1) }))).toEqual(first)
    expect(await view()).toMatchObject({ status: 'OUT_FOR_DELIVERY', attempts: [{ attempt: 1 }] })
  })

  it('cannot use the id of a report for another one', async () => {
    const eventId = randomUUID()
    await report({ eventId, event: 'PICKED_UP' })
    expect(await report({ eventId, event: 'LOST' })).toMatchObject({
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

  it.each([
    ['no signature', () => ({})],
    ['no time', (text: string) => ({ [SIGNATURE_HEADER]: sign(text)[SIGNATURE_HEADER] ?? '' })],
    ['a time that is none', (text: string) => sign(text, { timestamp: 'today' })],
    ['another secret', (text: string) => sign(text, { secret: 'a-secret-of-somebody-else' })],
    ['the signature of another body', () => sign(reported({ event: 'LOST' }))],
    ['the signature of another time', (text: string) => ({ ...sign(text), [TIMESTAMP_HEADER]: nowInSeconds(-1) })],
    ['a signature that is cut off', (text: string) => ({ ...sign(text), [SIGNATURE_HEADER]: 'sha256=' })],
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

  it('is refused even with an empty secret when none is agreed', async () => {
    const open = await deliveryOverHttp(null)
    const text = body()
    expect(await post(text, sign(text, { secret: '' }), open.app)).toMatchObject({
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
    [{ event: 'DELIVERED' }, 422, 'RECEIVER_MISSING'],
    [{ event: 'ATTEMPT_FAILED' }, 422, 'REASON_MISSING'],
    [{ event: 'STOLEN' }, 400, 'VALIDATION_FAILED'],
    [{ event: 'PICKED_UP', at: 'yesterday' }, 400, 'VALIDATION_FAILED'],
    [{ event: 'PICKED_UP', eventId: '' }, 400, 'VALIDATION_FAILED'],
  ])('%o is answered with %i %s', async (event, status, code) => {
    expect(await report(event)).toMatchObject({ status, body: { code } })
    expect((await view()).status).toBe('SCHEDULED')
  })

  it('does not use up its id: it counts as soon as it can be', async () => {
    const body = reported({ event: 'RETURNED' })
    expect(await post(body, sign(body))).toMatchObject({ status: 409 })
    await delivery.recall(orderId)
    expect(await post(body, sign(body))).toMatchObject({ status: 200, body: { status: 'RETURNED' } })
  })
})
