import { fixture } from '@stocker/cqrs/testing'
import { describe, expect, it } from 'vitest'
import { payment } from '../src/payment/payment.ts'
import { authorizedPayment, capturedPayment, commands, events } from './payment-story.ts'

const { reverse } = commands
const { requested, failed, captureRequested, captured, reversalNoted, voidRequested, voided } = events
const { refundRequested, refunded, refundFailed } = events

describe('all the money goes back', () => {
  it('nothing, when it was never asked for; and it will never be asked for', () => {
    fixture(payment)
      .given()
      .when(reverse('STOCK_REJECTED'))
      .expectEvents([voided(undefined, 'STOCK_REJECTED')])
      .andThen()
      .when(commands.request)
      .expectNothing()
  })

  it('by a void, when it was authorised', () => {
    fixture(payment)
      .given(...authorizedPayment)
      .when(reverse())
      .expectEvents([voidRequested()])
      .andThen()
      .when(commands.voided())
      .expectEvents([voided('void-1')])
      .expectState(({ status, movements, history }) => {
        expect(status).toBe('VOIDED')
        expect(movements.at(-1)).toMatchObject({ kind: 'VOID', gatewayId: 'void-1', reason: 'STOCK_RELEASED' })
        expect(history.at(-1)).toMatchObject({ status: 'VOIDED', reason: 'STOCK_RELEASED' })
      })
  })

  it('by a refund, when it was captured', () => {
    fixture(payment)
      .given(...capturedPayment)
      .when(reverse('DELIVERY_LOST'))
      .expectEvents([reversalNoted('DELIVERY_LOST'), refundRequested(2500, 1, 1, 'DELIVERY_LOST')])
  })

  it('by a refund of the rest, when a part went back before', () => {
    fixture(payment)
      .given(...capturedPayment, refundRequested(500), refunded(500))
      .when(reverse('DELIVERY_RETURNED'))
      .expectEvents([reversalNoted('DELIVERY_RETURNED'), refundRequested(2000, 2, 1, 'DELIVERY_RETURNED')])
  })

  it.each([
    ['the authorisation', [requested]],
    ['a capture', [...authorizedPayment, captureRequested()]],
    ['a refund', [...capturedPayment, refundRequested(500)]],
    ['a refund that was refused', [...capturedPayment, refundRequested(500), refundFailed(500)]],
  ] as const)('but not while %s is under way: it is noted', (_, history) => {
    fixture(payment)
      .given(...history)
      .when(reverse())
      .expectEvents([reversalNoted()])
  })

  it('as soon as the capture that was under way is there', () => {
    fixture(payment)
      .given(...authorizedPayment, captureRequested(), reversalNoted('DELIVERY_LOST'))
      .when(commands.captured())
      .expectEvents([captured(), refundRequested(2500, 1, 1, 'DELIVERY_LOST')])
  })

  it('as soon as the refund of a part that was under way is there', () => {
    fixture(payment)
      .given(...capturedPayment, refundRequested(500), reversalNoted('DELIVERY_LOST'))
      .when(commands.refunded())
      .expectEvents([refunded(500), refundRequested(2000, 2, 1, 'DELIVERY_LOST')])
  })

  it('and nothing more when the refund that was under way was all of it', () => {
    fixture(payment)
      .given(...capturedPayment, refundRequested(), reversalNoted())
      .when(commands.refunded())
      .expectEvents([refunded()])
  })

  it.each([
    ['failed', [requested, failed]],
    ['being voided', [...authorizedPayment, voidRequested()]],
    ['void', [...authorizedPayment, voidRequested(), voided('void-1')]],
    ['noted to be reversed', [requested, reversalNoted()]],
    ['refunded', [...capturedPayment, refundRequested(), refunded()]],
  ] as const)('once: not when it is %s', (_, history) => {
    fixture(payment)
      .given(...history)
      .when(reverse('DELIVERY_RETURNED'))
      .expectNothing()
  })

  it('with one answer of the void once, and with no other answer', () => {
    const history = [...authorizedPayment, voidRequested(), voided('void-1')]
    fixture(payment)
      .given(...history)
      .when(commands.voided())
      .expectNothing()
    fixture(payment)
      .given(...history)
      .when(commands.voided('void-2'))
      .expectRejection('CONTRADICTORY_ANSWER')
  })
})
