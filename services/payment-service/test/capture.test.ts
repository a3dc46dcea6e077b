import { fixture } from '@stocker/cqrs/testing'
import { describe, expect, it } from 'vitest'
import { payment } from '../src/payment/payment.ts'
import { isShippedUnpaid } from '../src/payment/payment-state.ts'
import { authorizedPayment, capturedPayment, commands, euros, events, orderId } from './payment-story.ts'

const { capture } = commands
const { requested, processed, failed, captureNoted, captureRequested, captured } = events

describe('money is taken when the order is shipped', () => {
  it('all that is authorised', () => {
    fixture(payment)
      .given(...authorizedPayment)
      .when(capture())
      .expectEvents([captureRequested()])
  })

  it('once, however often it is said that the order was shipped', () => {
    for (const history of [[...authorizedPayment, captureRequested()], capturedPayment])
      fixture(payment)
        .given(...history)
        .when(capture())
        .expectNothing()
  })

  it('and recorded under the number of the gateway', () => {
    fixture(payment)
      .given(...authorizedPayment, captureRequested())
      .when(commands.captured())
      .expectEvents([captured()])
      .expectState(({ status, captured, movements }) => {
        expect({ status, captured }).toEqual({ status: 'CAPTURED', captured: 2500 })
        expect(movements).toMatchObject([{ kind: 'AUTHORIZATION' }, { kind: 'CAPTURE', gatewayId: 'cap-1' }])
      })
  })

  it('as soon as it is authorised when the order was shipped before', () => {
    for (const history of [[], [requested]])
      fixture(payment)
        .given(...history)
        .when(capture())
        .expectEvents([captureNoted])
        .andThen()
        .when(capture())
        .expectNothing()
  })

  it('but not from a payment that failed; it is noted that goods are gone unpaid, in either order', () => {
    for (const history of [
      [requested, failed, captureNoted],
      [requested, captureNoted, failed],
    ])
      fixture(payment)
        .given(...history)
        .when(capture())
        .expectNothing()
        .expectState((state) => expect(isShippedUnpaid(state)).toBe(true))
    fixture(payment).given(requested, failed).when(capture()).expectEvents([captureNoted])
  })

  it('but not when it went back before: the parcel returned before it was heard that it was sent', () => {
    const voiding = [...authorizedPayment, events.voidRequested('DELIVERY_RETURNED')]
    const refunded = [...capturedPayment, events.refundRequested(), events.refunded()]
    for (const history of [[events.voided()], voiding, [...voiding, events.voided('void-1')], refunded])
      fixture(payment)
        .given(...history)
        .when(capture())
        .expectNothing()
  })

  it('with one answer once, and with no other answer', () => {
    fixture(payment)
      .given(...capturedPayment)
      .when(commands.captured())
      .expectNothing()
    fixture(payment)
      .given(...capturedPayment)
      .when(commands.captured('cap-2'))
      .expectRejection('CONTRADICTORY_ANSWER', { orderId, status: 'CAPTURED' })
  })
})

describe('money is taken in parts', () => {
  const firstPart = [requested, processed, captureRequested(1000), captured(1000)] as const

  it('each under a number of its own, until nothing is left', () => {
    fixture(payment)
      .given(...authorizedPayment)
      .when(capture(1000))
      .expectEvents([captureRequested(1000)])
    fixture(payment)
      .given(...firstPart)
      .when(capture())
      .expectEvents([captureRequested(1500, 2)])
      .andThen()
      .when(commands.captured('cap-2'))
      .expectEvents([captured(1500, 'cap-2')])
      .expectState(({ captured }) => expect(captured).toBe(2500))
      .andThen()
      .when(capture())
      .expectNothing()
  })

  it('never more, in all, than is authorised', () => {
    fixture(payment)
      .given(...authorizedPayment)
      .when(capture(2501))
      .expectRejection('CAPTURE_EXCEEDS_AUTHORIZED', { orderId, left: euros(2500) })
    fixture(payment)
      .given(...firstPart)
      .when(capture(1501))
      .expectRejection('CAPTURE_EXCEEDS_AUTHORIZED', { orderId, left: euros(1500) })
  })

  it('one after the other', () => {
    fixture(payment)
      .given(requested, processed, captureRequested(1000))
      .when(capture())
      .expectRejection('MOVEMENT_UNDER_WAY')
  })

  it('in its own currency', () => {
    fixture(payment)
      .given(...authorizedPayment)
      .when({ type: 'Capture', data: { orderId, amount: { amount: 1000, currency: 'USD' } } })
      .expectRejection('CURRENCY_MISMATCH')
  })

  it('only once it is authorised', () => {
    fixture(payment).given(requested).when(capture(1000)).expectRejection('CAPTURE_NOT_AUTHORIZED')
  })
})
