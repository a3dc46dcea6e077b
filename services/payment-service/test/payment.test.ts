import { fixture } from '@stocker/cqrs/testing'
import { describe, it } from 'vitest'
import { payment } from '../src/payment/payment.ts'
import { authorizedPayment, commands, events } from './payment-story.ts'

const { request, authorized, declined } = commands
const { requested, processed, failed, captureNoted, captureRequested, reversalNoted, voidRequested } = events

describe('a payment', () => {
  it('is requested when its order is created', () => {
    fixture(payment).given().when(request).expectEvents([requested])
  })

  it('is processed when the gateway holds the money', () => {
    fixture(payment).given(requested).when(authorized()).expectEvents([processed])
  })

  it('fails when the gateway declines', () => {
    fixture(payment).given(requested).when(declined()).expectEvents([failed])
  })

  it.each([
    ['requested', [requested]],
    ['processed', authorizedPayment],
    ['failed', [requested, failed]],
    ['voided before it was asked for', [events.voided()]],
  ] as const)('is not requested again when it is %s', (_, history) => {
    fixture(payment)
      .given(...history)
      .when(request)
      .expectNothing()
  })

  it('records the same answer once', () => {
    fixture(payment)
      .given(...authorizedPayment)
      .when(authorized())
      .expectNothing()
    fixture(payment).given(requested, failed).when(declined()).expectNothing()
  })

  it.each([
    ['a second authorisation', authorizedPayment, authorized('auth-2')],
    ['a decline after an authorisation', authorizedPayment, declined()],
    ['an authorisation after a decline', [requested, failed], authorized()],
    ['another reason of a decline', [requested, failed], declined('INSUFFICIENT_FUNDS')],
  ] as const)('refuses %s: books and gateway differ', (_, history, answer) => {
    fixture(payment)
      .given(...history)
      .when(answer)
      .expectRejection('CONTRADICTORY_ANSWER')
  })

  it.each([
    authorized(),
    declined(),
    commands.captured(),
    commands.voided(),
    commands.refunded(),
    commands.refundRefused(),
  ])('refuses $type when nothing was asked for', (answer) => {
    fixture(payment).given().when(answer).expectRejection('PAYMENT_NOT_REQUESTED')
  })
})

describe('what was noted while the authorisation was under way', () => {
  it('is done with its answer: the order was shipped', () => {
    fixture(payment).given(requested, captureNoted).when(authorized()).expectEvents([processed, captureRequested()])
  })

  it('is done with its answer: the order will not be shipped', () => {
    fixture(payment).given(requested, reversalNoted()).when(authorized()).expectEvents([processed, voidRequested()])
  })

  it('gives the money back when the order was shipped and came back', () => {
    fixture(payment)
      .given(requested, captureNoted, reversalNoted('DELIVERY_RETURNED'))
      .when(authorized())
      .expectEvents([processed, voidRequested('DELIVERY_RETURNED')])
  })

  it('needs nothing when the gateway declines', () => {
    fixture(payment).given(requested, reversalNoted()).when(declined()).expectEvents([failed])
  })
})
