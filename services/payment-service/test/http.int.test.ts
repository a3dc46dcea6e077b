import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PaymentOverHttp } from './payment-over-http.ts'
import { paymentOverHttp } from './payment-over-http.ts'

let payment: PaymentOverHttp

beforeAll(async () => {
  payment = await paymentOverHttp()
})
afterAll(() => payment.close())

const get = async (orderId: string) => {
  const response = await payment.app.inject({ method: 'GET', url: `/api/payments/${orderId}` })
  return { status: response.statusCode, body: response.json<Record<string, unknown>>() }
}
const known = { orderId: 'o-1', paymentId: 'payment-o-1', amount: { amount: 2500, currency: 'EUR' } }
const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)

describe('GET /api/payments/{orderId}', () => {
  it('tells a payment that waits for the gateway', async () => {
    await payment.request('o-1')
    expect(await get('o-1')).toEqual({
      status: 200,
      body: { ...known, status: 'REQUESTED', history: [{ status: 'REQUESTED', at }] },
    })
  })

  it('tells under which number the gateway holds the money', async () => {
    await payment.request('o-2', 'authorized')
    expect(await get('o-2')).toMatchObject({
      status: 200,
      body: {
        status: 'AUTHORIZED',
        authorizationId: 'auth-1',
        history: [{ status: 'REQUESTED' }, { status: 'AUTHORIZED' }],
      },
    })
  })

  it('tells why a payment failed', async () => {
    await payment.request('o-3', 'declined')
    const { body } = await get('o-3')
    expect(body).toMatchObject({
      status: 'FAILED',
      reason: 'INSUFFICIENT_FUNDS',
      message: 'too little',
      history: [{ status: 'REQUESTED' }, { status: 'FAILED', reason: 'INSUFFICIENT_FUNDS' }],
    })
    expect(body).not.toHaveProperty('authorizationId')
  })

  it('never tells the payment token', async () => {
    await payment.request('o-4', 'authorized')
    expect(JSON.stringify(await get('o-4'))).not.toContain('tok_')
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
