import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeliveryOverHttp } from './delivery-over-http.ts'
import { deliveryOverHttp, RETRY_AFTER_MS, SILENCE_MS } from './delivery-over-http.ts'

let delivery: DeliveryOverHttp

beforeAll(async () => {
  delivery = await deliveryOverHttp()
})
afterAll(() => delivery.close())

const get = async (orderId: string) => {
  const response = await delivery.app.inject({ method: 'GET', url: `/api/deliveries/${orderId}` })
  return { status: response.statusCode, body: response.json<Record<string, unknown>>() }
}
const attempt = async (orderId: string, body: object, key?: string) => {
  const response = await delivery.app.inject({
    method: 'POST',
    url: `/api/deliveries/${orderId}/attempts`,
    payload: body,
    ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
  })
  return { status: response.statusCode, body: response.json<Record<string, unknown>>() }
}
const handedOver = { outcome: 'DELIVERED', receivedBy: 'Grace' }

describe('a delivery', () => {
  it('tells courier, tracking number and history, but not the address', async () => {
    await delivery.schedule('o-1')

    expect(await get('o-1')).toEqual({
      status: 200,
      body: {
        orderId: 'o-1',
        deliveryId: 'delivery-o-1',
        status: 'SCHEDULED',
        courier: 'Simulated Courier',
        trackingNumber: expect.stringMatching(/^SC[0-9A-F]{16}$/),
        attempts: [],
        history: [{ status: 'SCHEDULED', at: expect.any(String) }],
      },
    })
  })

  it('is recorded by hand with the name of who took the parcel', async () => {
    await delivery.schedule('o-2')
    const recorded = await attempt('o-2', handedOver)

    expect(recorded).toMatchObject({
      status: 200,
      body: {
        status: 'DELIVERED',
        deliveredAt: expect.any(String),
        proof: { receivedBy: 'Grace', proofId: expect.stringMatching(/^manual-/) },
        history: [{ status: 'SCHEDULED' }, { status: 'OUT_FOR_DELIVERY' }, { status: 'DELIVERED' }],
      },
    })
    expect(await get('o-2')).toEqual(recorded)
  })

  it('is recorded once when the request is repeated with its Idempotency-Key', async () => {
    await delivery.schedule('o-3')
    const first = await attempt('o-3', handedOver, 'k-1')

    expect(first.status).toBe(200)
    expect(await attempt('o-3', handedOver, 'k-1')).toEqual(first)
    expect(await attempt('o-3', { ...handedOver, receivedBy: 'Ada' }, 'k-1')).toMatchObject({
      status: 409,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    })
  })

  it('that is done is not recorded again', async () => {
    await delivery.schedule('o-4')
    await attempt('o-4', handedOver)

    expect(await attempt('o-4', handedOver)).toMatchObject({ status: 409, body: { code: 'ALREADY_DELIVERED' } })
  })
})

describe('what is recorded by hand', () => {
  it('covers the whole way of a parcel that nobody takes', async () => {
    // given a parcel whose first attempt fails
    await delivery.schedule('o-8')
    expect(await attempt('o-8', { outcome: 'FAILED', reason: 'ABSENT' })).toMatchObject({
      status: 200,
      body: {
        status: 'ATTEMPT_FAILED',
        attempts: [{ attempt: 1, reason: 'ABSENT', at: expect.any(String) }],
        nextAttemptAt: expect.any(String),
      },
    })
    // when the time for the next attempts comes, and they fail as well
    await delivery.elapse(RETRY_AFTER_MS)
    expect((await get('o-8')).body.status).toBe('SCHEDULED')
    await attempt('o-8', { outcome: 'PICKED_UP' })
    await attempt('o-8', { outcome: 'FAILED', reason: 'ABSENT' })
    await delivery.elapse(RETRY_AFTER_MS)
    const third = await attempt('o-8', { outcome: 'FAILED', reason: 'REFUSED' })
    // then it goes back, and the courier was asked for each step
    expect(third.body).toMatchObject({ status: 'RETURNING', returnReason: 'THREE_ATTEMPTS_FAILED' })
    expect(third.body).not.toHaveProperty('nextAttemptAt')
    expect(delivery.asked('o-8').map(({ key }) => key)).toEqual([
      'delivery-o-8',
      'delivery-o-8-attempt-2',
      'delivery-o-8-attempt-3',
      'delivery-o-8-bringBack',
    ])
    expect(await attempt('o-8', { outcome: 'RETURNED' })).toMatchObject({
      body: {
        status: 'RETURNED',
        attempts: [{ reason: 'ABSENT' }, { reason: 'ABSENT' }, { reason: 'REFUSED' }],
        history: expect.arrayContaining([
          { status: 'RETURNED', at: expect.any(String), reason: 'THREE_ATTEMPTS_FAILED' },
        ]),
      },
    })
  })

  it('is a loss', async () => {
    await delivery.schedule('o-9')
    expect(await attempt('o-9', { outcome: 'LOST' })).toMatchObject({ status: 200, body: { status: 'LOST' } })
    expect(await attempt('o-9', handedOver)).toMatchObject({ status: 409, body: { code: 'REPORT_OUT_OF_PLACE' } })
  })

  it('is a parcel that its customer sends back', async () => {
    await delivery.schedule('o-10')
    await attempt('o-10', handedOver)
    await delivery.requestReturn('o-10')
    expect((await get('o-10')).body).toMatchObject({ status: 'RETURNING', returnReason: 'DID_NOT_LIKE_IT' })
    expect(delivery.asked('o-10').at(-1)).toMatchObject({ key: 'delivery-o-10-fetch', request: { request: 'fetch' } })
    expect(await attempt('o-10', { outcome: 'RETURNED' })).toMatchObject({ body: { status: 'RETURNED' } })
  })
})

describe('a courier who says nothing', () => {
  it('is asked again and again for the parcel that was picked up', async () => {
    await delivery.schedule('o-11')
    await attempt('o-11', { outcome: 'PICKED_UP' })
    const asked = () => delivery.asked('o-11').length

    await delivery.elapse(SILENCE_MS - 60_000)
    expect(asked()).toBe(1)
    await delivery.elapse(60_000)
    expect(asked()).toBe(2)
    await delivery.service.report({ orderId: 'o-11', reports: [], answers: 'delivery-o-11' })
    await delivery.elapse(SILENCE_MS)
    expect(delivery.asked('o-11').map(({ key }) => key)).toEqual(Array(3).fill('delivery-o-11'))
  })
})

describe('bad input', () => {
  it('an unknown order has no delivery', async () => {
    const notFound = { status: 404, body: { code: 'DELIVERY_NOT_FOUND' } }
    expect(await get('nobodys')).toMatchObject(notFound)
    expect(await attempt('nobodys', handedOver)).toMatchObject(notFound)
  })

  it.each(['STOLEN', 'OUT_FOR_DELIVERY', 'delivered'])(
    'the outcome %s is not recorded, and the answer says which are',
    async (outcome) => {
      await delivery.schedule('o-5')

      expect(await attempt('o-5', { outcome })).toMatchObject({
        status: 422,
        body: { code: 'OUTCOME_NOT_SUPPORTED', detail: expect.stringContaining('DELIVERED') },
      })
      expect((await get('o-5')).body.status).toBe('SCHEDULED')
    },
  )

  it('a delivery needs somebody who took the parcel', async () => {
    await delivery.schedule('o-6')
    expect(await attempt('o-6', { outcome: 'DELIVERED' })).toMatchObject({
      status: 422,
      body: { code: 'RECEIVER_MISSING' },
    })
  })

  it('a failed attempt needs its reason', async () => {
    await delivery.schedule('o-12')
    expect(await attempt('o-12', { outcome: 'FAILED' })).toMatchObject({
      status: 422,
      body: { code: 'REASON_MISSING' },
    })
  })

  it.each([
    ['no outcome', { receivedBy: 'Grace' }],
    ['an empty name', { outcome: 'DELIVERED', receivedBy: '' }],
    ['a number as name', { outcome: 'DELIVERED', receivedBy: 7 }],
    ['a reason that is none', { outcome: 'FAILED', reason: 'RAIN' }],
    ['an unknown property', { ...handedOver, proofId: 'P-1' }],
  ])('%s is refused', async (_, body) => {
    await delivery.schedule('o-7')
    expect(await attempt('o-7', body)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } })
    expect((await get('o-7')).body.status).toBe('SCHEDULED')
  })
})
