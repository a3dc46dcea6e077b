import { fixture } from '@stocker/cqrs/testing'
import { describe, it } from 'vitest'
import { payment } from '../src/payment.ts'

const orderId = 'o-1'
const paymentId = 'payment-o-1'
const amount = { amount: 2500, currency: 'EUR' }
const request = { type: 'Request', data: { orderId, amount, paymentToken: 'tok_ok' } } as const
const requested = { type: 'PaymentRequested', data: { orderId, paymentId, amount, paymentToken: 'tok_ok' } } as const
const authorize = (authorizationId = 'auth-1') =>
  ({ type: 'RecordAuthorization', data: { orderId, authorizationId } }) as const
const processed = {
  type: 'PaymentProcessedEvent',
  data: { orderId, paymentId, amount, authorizationId: 'auth-1' },
} as const
const decline = (reason: 'DECLINED' | 'INSUFFICIENT_FUNDS' = 'DECLINED') =>
  ({ type: 'RecordDecline', data: { orderId, reason, message: 'the card was declined' } }) as const
const failed = {
  type: 'PaymentFailedEvent',
  data: { orderId, paymentId, reason: 'DECLINED', message: 'the card was declined' },
} as const

describe('a payment', () => {
  it('is requested when its order is created', () => {
    fixture(payment).given().when(request).expectEvents([requested])
  })

  it('is processed when the gateway holds the money', () => {
    fixture(payment).given(requested).when(authorize()).expectEvents([processed])
  })

  it('fails when the gateway declines', () => {
    fixture(payment).given(requested).when(decline()).expectEvents([failed])
  })

  it.each([
    ['requested', [requested]],
    ['processed', [requested, processed]],
    ['failed', [requested, failed]],
  ] as const)('is not requested again when it is %s', (_, history) => {
    fixture(payment)
      .given(...history)
      .when(request)
      .expectEvents([])
  })

  it('records the same answer once', () => {
    fixture(payment).given(requested, processed).when(authorize()).expectEvents([])
    fixture(payment).given(requested, failed).when(decline()).expectEvents([])
  })

  it.each([
    ['a second authorisation', [requested, processed], authorize('auth-2')],
    ['a decline after an authorisation', [requested, processed], decline()],
    ['an authorisation after a decline', [requested, failed], authorize()],
    ['another reason of a decline', [requested, failed], decline('INSUFFICIENT_FUNDS')],
  ] as const)('refuses %s: books and gateway differ', (_, history, answer) => {
    fixture(payment)
      .given(...history)
      .when(answer)
      .expectRejection('CONTRADICTORY_ANSWER')
  })

  it.each([authorize(), decline()])('refuses $type when nothing was asked for', (answer) => {
    fixture(payment).given().when(answer).expectRejection('PAYMENT_NOT_REQUESTED')
  })
})
