import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeliveryOverHttp } from './delivery-over-http.ts'
import { deliveryOverHttp } from './delivery-over-http.ts'

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
        history: [{ status: 'SCHEDULED' }, { status: 'DELIVERED' }],
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

describe('bad input', () => {
  it('an unknown order has no delivery', async () => {
    const notFound = { status: 404, body: { code: 'DELIVERY_NOT_FOUND' } }
    expect(await get('nobodys')).toMatchObject(notFound)
    expect(await attempt('nobodys', handedOver)).toMatchObject(notFound)
  })

  it.each(['FAILED', 'LOST', 'delivered'])(
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

  it.each([
    ['no outcome', { receivedBy: 'Grace' }],
    ['an empty name', { outcome: 'DELIVERED', receivedBy: '' }],
    ['a number as name', { outcome: 'DELIVERED', receivedBy: 7 }],
    ['an unknown property', { ...handedOver, proofId: 'P-1' }],
  ])('%s is refused', async (_, body) => {
    await delivery.schedule('o-7')
    expect(await attempt('o-7', body)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } })
    expect((await get('o-7')).body.status).toBe('SCHEDULED')
  })
})
