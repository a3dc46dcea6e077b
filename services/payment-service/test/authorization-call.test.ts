import { describe, expect, it } from 'vitest'
import { authorizationCallOf, performAuthorization } from '../src/authorization-call.ts'
import type { AuthorizationAnswer, AuthorizationRequest } from '../src/gateway.ts'
import { GatewayError } from '../src/gateway.ts'
import { payment } from '../src/payment.ts'

const requested = {
  data: { orderId: 'o-1', paymentId: 'payment-o-1', amount: { amount: 2500, currency: 'EUR' }, paymentToken: 'tok_ok' },
}
const { key, request } = authorizationCallOf(requested)
const signal = new AbortController().signal

const performed = (authorize: (request: AuthorizationRequest) => Promise<AuthorizationAnswer>) =>
  performAuthorization({ authorize })({ key, request, attempt: 1, signal })

describe('the call to the gateway', () => {
  it('carries the same key for the same order, whoever makes it', () => {
    expect(authorizationCallOf(requested)).toEqual({
      key: 'authorize-o-1',
      request: { orderId: 'o-1', amount: { amount: 2500, currency: 'EUR' }, token: 'tok_ok' },
    })
  })

  it('sends the key with the request', async () => {
    const sent: AuthorizationRequest[] = []
    await performed(async (request) => {
      sent.push(request)
      return { outcome: 'authorized', authorizationId: 'auth-1' }
    })
    expect(sent).toEqual([{ idempotencyKey: 'authorize-o-1', ...request }])
  })

  it('records an authorisation', async () => {
    expect(await performed(async () => ({ outcome: 'authorized', authorizationId: 'auth-1' }))).toEqual({
      aggregate: payment,
      id: 'o-1',
      command: { type: 'RecordAuthorization', data: { orderId: 'o-1', authorizationId: 'auth-1' } },
    })
  })

  it('records a decline', async () => {
    const declined = { outcome: 'declined', reason: 'INSUFFICIENT_FUNDS', message: 'too little' } as const
    expect((await performed(async () => declined)).command).toEqual({
      type: 'RecordDecline',
      data: { orderId: 'o-1', reason: 'INSUFFICIENT_FUNDS', message: 'too little' },
    })
  })

  it('fails without an answer, so that it is repeated instead of recorded', async () => {
    const silence = new GatewayError('GATEWAY_NO_ANSWER', 'nobody is there')
    await expect(performed(() => Promise.reject(silence))).rejects.toBe(silence)
  })
})
