import { fixture } from '@stocker/cqrs/testing'
import { describe, expect, it } from 'vitest'
import { payment } from '../src/payment/payment.ts'
import { authorizedPayment, capturedPayment, commands, euros, events, orderId, retryAt } from './payment-story.ts'

const { refund } = commands
const { requested, failed, captureRequested, refundRequested, refunded, refundFailed } = events

describe('an operator gives captured money back', () => {
  it('all that is left, unless an amount is said', () => {
    fixture(payment)
      .given(...capturedPayment)
      .when(refund())
      .expectEvents([refundRequested()])
      .andThen()
      .when(commands.refunded())
      .expectEvents([refunded()])
      .expectState(({ status }) => expect(status).toBe('REFUNDED'))
  })

  it('in parts, each under a number of its own; the payment is CAPTURED until nothing is left', () => {
    fixture(payment)
      .given(...capturedPayment)
      .when(refund(500))
      .expectEvents([refundRequested(500)])
      .andThen()
      .when(commands.refunded())
      .expectEvents([refunded(500)])
      .expectState(({ status, refunded }) =>
        expect({ status, refunded }).toEqual({ status: 'CAPTURED', refunded: 500 }),
      )
      .andThen()
      .when(refund())
      .expectEvents([refundRequested(2000, 2)])
      .andThen()
      .when(commands.refunded(2))
      .expectEvents([refunded(2000, 2500, 'ref-2')])
      .expectState(({ status }) => expect(status).toBe('REFUNDED'))
  })

  it('never more, in all, than was captured', () => {
    fixture(payment)
      .given(...capturedPayment, refundRequested(500), refunded(500))
      .when(refund(2001))
      .expectRejection('REFUND_EXCEEDS_CAPTURED', { orderId, left: euros(2000) })
  })

  it('in the currency in which it was paid', () => {
    fixture(payment)
      .given(...capturedPayment)
      .when({ type: 'Refund', data: { orderId, reason: 'GOODWILL', amount: { amount: 1, currency: 'USD' } } })
      .expectRejection('CURRENCY_MISMATCH', { orderId, currency: 'EUR' })
  })

  it.each([
    ['requested', [requested]],
    ['authorised only', authorizedPayment],
    ['failed', [requested, failed]],
    ['refunded', [...capturedPayment, refundRequested(), refunded()]],
  ] as const)('but not when it is %s', (_, history) => {
    fixture(payment)
      .given(...history)
      .when(refund())
      .expectRejection('NOTHING_TO_REFUND')
  })

  it.each([
    ['a capture is', [...authorizedPayment, captureRequested()]],
    ['another refund is', [...capturedPayment, refundRequested(500)]],
    ['a refused refund is', [...capturedPayment, refundRequested(500), refundFailed(500)]],
  ] as const)('but not while %s under way', (_, history) => {
    fixture(payment)
      .given(...history)
      .when(refund())
      .expectRejection('MOVEMENT_UNDER_WAY')
  })
})

it('of an order without a payment there is nothing to give back, and nothing to ask for again', () => {
  for (const command of [refund(), commands.retryRefund])
    fixture(payment).given().when(command).expectRejection('PAYMENT_NOT_FOUND', { orderId })
})

describe('a refund that the gateway refuses', () => {
  const refused = [...capturedPayment, refundRequested(), refundFailed()] as const

  it('is published, with the time at which it is asked for again', () => {
    fixture(payment)
      .given(...capturedPayment, refundRequested())
      .when(commands.refundRefused())
      .expectEvents([refundFailed()])
      .expectState((state) => {
        expect(state.history.at(-1)).toMatchObject({ status: 'REFUND_FAILED', reason: 'not now' })
        expect(payment.deadlines?.(state)).toEqual({ RetryRefund: { at: retryAt, data: { orderId } } })
      })
  })

  it('is asked for again as the next attempt at the same refund', () => {
    fixture(payment)
      .given(...refused)
      .when(commands.retryRefund)
      .expectEvents([refundRequested(2500, 1, 2)])
      .expectState((state) => expect(payment.deadlines?.(state)).toEqual({}))
      .andThen()
      .when(commands.refunded(1, 2))
      .expectEvents([refunded()])
  })

  it('is asked for once by those who ask at the same time', () => {
    fixture(payment)
      .given(...refused, refundRequested(2500, 1, 2))
      .when(commands.retryRefund)
      .expectNothing()
  })

  it('is the only one that can be asked for again', () => {
    for (const history of [authorizedPayment, capturedPayment, [...capturedPayment, refundRequested(), refunded()]])
      fixture(payment)
        .given(...history)
        .when(commands.retryRefund)
        .expectRejection('REFUND_NOT_FAILED')
  })

  it('is recorded once for each attempt', () => {
    const again = [...refused, refundRequested(2500, 1, 2)] as const
    fixture(payment)
      .given(...refused)
      .when(commands.refundRefused())
      .expectNothing()
    fixture(payment)
      .given(...again)
      .when(commands.refundRefused())
      .expectNothing()
    fixture(payment)
      .given(...again)
      .when(commands.refundRefused(1, 2))
      .expectEvents([refundFailed(2500, 2)])
  })

  it('contradicts the books when it was granted, or never asked for', () => {
    fixture(payment)
      .given(...capturedPayment, refundRequested(), refunded())
      .when(commands.refundRefused())
      .expectRejection('CONTRADICTORY_ANSWER')
    fixture(payment)
      .given(...refused)
      .when(commands.refundRefused(1, 2))
      .expectRejection('CONTRADICTORY_ANSWER')
  })
})

describe('the answer to a refund', () => {
  it('is recorded once', () => {
    fixture(payment)
      .given(...capturedPayment, refundRequested(), refunded())
      .when(commands.refunded())
      .expectNothing()
  })

  it('that belongs to no refund under way contradicts the books', () => {
    fixture(payment)
      .given(...capturedPayment, refundRequested(500))
      .when(commands.refunded(2))
      .expectRejection('CONTRADICTORY_ANSWER')
    fixture(payment)
      .given(...capturedPayment)
      .when(commands.refunded())
      .expectRejection('CONTRADICTORY_ANSWER')
  })
})
