import type { EventData, EventName } from '@stocker/contracts'
import { send } from '@stocker/cqrs'
import { sagaFixture } from '@stocker/cqrs/testing'
import { describe, expect, test } from 'vitest'
import type { OrderCommands } from '../src/order.ts'
import { order } from '../src/order.ts'
import type { Fulfilment, FulfilmentTimeouts, Wait } from '../src/order-fulfilment-saga.ts'
import { orderFulfilmentSaga } from '../src/order-fulfilment-saga.ts'

const timeouts: FulfilmentTimeouts = {
  payment: 1_000,
  dispatch: 2_000,
  delivery: 3_000,
  capture: 4_000,
  cancellation: 5_000,
  return: 6_000,
  refund: 7_000,
}
const saga = orderFulfilmentSaga(timeouts)

const orderId = 'order-1'
const paymentId = 'payment-1'
const deliveryId = 'delivery-1'
const money = { amount: 2500, currency: 'EUR' }
const lines = [{ sku: 'mug', quantity: 2 }]
const shippingAddress = { name: 'Ada', line1: '1 Main St', city: 'London', postalCode: 'N1', country: 'GB' }
const event = <N extends EventName>(type: N, data: EventData<N>) => ({ type, data })

const created = event('OrderCreatedEvent', {
  orderId,
  customerId: 'ada',
  lines: [{ sku: 'mug', name: 'Mug', quantity: 2, unitPrice: { amount: 1250, currency: 'EUR' } }],
  total: money,
  shippingAddress,
  paymentToken: 'tok_ok',
})
const cancelled = { type: 'OrderCancelledEvent', data: { orderId, reason: 'CUSTOMER_REQUEST' } } as const
const returnRequested = { type: 'OrderReturnRequestedEvent', data: { orderId, reason: 'DOES_NOT_FIT' } } as const
const paid = event('PaymentProcessedEvent', { orderId, paymentId, amount: money, authorizationId: 'a' })
const declined = event('PaymentFailedEvent', { orderId, paymentId, reason: 'DECLINED', message: 'no' })
const captured = event('PaymentCapturedEvent', { orderId, paymentId, amount: money, captureId: 'c' })
const voided = event('PaymentVoidedEvent', { orderId, paymentId, reason: 'STOCK_RELEASED' })
const refund = { orderId, paymentId, amount: money, refundId: 'r', reason: 'DELIVERY_RETURNED', captured: money }
const refunded = event('PaymentRefundedEvent', { ...refund, totalRefunded: money })
const partlyRefunded = event('PaymentRefundedEvent', { ...refund, totalRefunded: { amount: 1, currency: 'EUR' } })
const dispatched = event('OrderDispatchedEvent', { orderId, dispatchId: 'd', lines, shippingAddress })
const outOfStock = event('StockRejectedEvent', { orderId, shortages: [{ sku: 'mug', requested: 2, available: 0 }] })
const released = event('StockReleasedEvent', { orderId, lines, reason: 'CUSTOMER_REQUEST' })
const restocked = event('StockReturnedEvent', { orderId, lines, reason: 'THREE_ATTEMPTS_FAILED' })
const failed = { orderId, deliveryId, reason: 'ABSENT' } as const
const failedOnce = event('DeliveryAttemptFailedEvent', {
  ...failed,
  attempt: 1,
  nextAttemptAt: '2026-01-02T00:00:00.000Z',
})
const failedForGood = event('DeliveryAttemptFailedEvent', { ...failed, attempt: 3 })
const deliveredAt = '2026-01-01T12:00:00.000Z'
const delivered = event('OrderDeliveredEvent', {
  orderId,
  deliveryId,
  deliveredAt,
  proof: { receivedBy: 'Ada', proofId: 'p' },
})
const back = event('DeliveryReturnedEvent', {
  orderId,
  deliveryId,
  reason: 'THREE_ATTEMPTS_FAILED',
  returnedAt: deliveredAt,
})
const lost = event('DeliveryLostEvent', { orderId, deliveryId, reason: 'LOST_BY_COURIER' })

const command = <C extends keyof OrderCommands>(type: C, data: Omit<OrderCommands[C], 'orderId'>) =>
  send(order, orderId, { type, data: { orderId, ...data } } as never)

const START = Date.parse('2026-01-01T00:00:00.000Z')

/** For what it waits, and until when: so long after the start. */
const waitsFor = (wait: Wait, untilMs: number) => (story: Fulfilment) => {
  expect(story).toMatchObject({ wait, waitUntil: new Date(START + untilMs).toISOString() })
  expect(Date.parse(story.wokenAt)).toBeLessThanOrEqual(START + untilMs)
}

type Event = Parameters<ReturnType<typeof sagaFixture<typeof saga>>['whenPublishing']>[0]
const after = (...events: readonly Event[]) =>
  events.reduce((given, past) => given.givenAPublished(past), sagaFixture(saga).givenAPublished(created))

describe('the good way', () => {
  test('an order waits for its payment', () => {
    sagaFixture(saga)
      .whenPublishing(created)
      .expectNoCommands()
      .expectActiveSagas(1)
      .expectState(orderId, waitsFor('payment', 1_000))
  })

  test('a paid order is confirmed and waits for dispatch', () => {
    after()
      .whenPublishing(paid)
      .expectCommands([command('Confirm', {})])
      .expectState(orderId, waitsFor('dispatch', 2_000))
  })

  test('a dispatched order waits for its delivery', () => {
    after(paid)
      .whenPublishing(dispatched)
      .expectCommands([command('MarkDispatched', {})])
      .expectState(orderId, waitsFor('delivery', 3_000))
  })

  test('a delivered order is at its end when its money is taken', () => {
    after(paid, dispatched)
      .whenPublishing(delivered)
      .expectCommands([command('Complete', { deliveredAt })])
      .expectState(orderId, waitsFor('capture', 4_000))
      .andThen()
      .whenPublishing(captured)
      .expectNoCommands()
      .expectEnded(orderId)
      .expectNoScheduledDeadlines()
  })

  test('a delivery that is reported first completes the order, and what is reported later adds nothing', () => {
    after(captured)
      .whenPublishing(delivered)
      .expectCommands([command('Complete', { deliveredAt })])
      .expectEnded(orderId)
      .andThen()
      .whenPublishing(dispatched)
      .expectNoCommands()
  })

  test('a fact that is known already, or is late, changes nothing', () => {
    after(paid, captured).whenPublishing(paid).expectNoCommands()
    after(paid).whenPublishing(paid).expectNoCommands()
    after(paid, dispatched).whenPublishing(failedOnce).expectNoCommands()
    after(paid, dispatched, captured).whenPublishing(partlyRefunded).expectNoCommands()
  })

  test('an event of an order that nobody placed concerns no saga', () => {
    sagaFixture(saga).whenPublishing(paid).expectNoCommands().expectActiveSagas(0)
  })
})

describe('an order that comes to nothing', () => {
  test('a declined payment cancels it', () => {
    after()
      .whenPublishing(declined)
      .expectCommands([command('Cancel', { reason: 'PAYMENT_DECLINED', detail: 'no' })])
  })

  test('missing stock cancels it, paid or not', () => {
    const cancel = command('Cancel', { reason: 'OUT_OF_STOCK', detail: 'mug' })
    after().whenPublishing(outOfStock).expectCommands([cancel])
    after(paid).whenPublishing(outOfStock).expectCommands([cancel])
  })

  test.each([
    ['the stock first', released, voided],
    ['the money first', voided, released],
    ['a payment that fails after the stock was freed', released, declined],
  ] as const)('a cancellation is finished when stock and money are free: %s', (_, first, second) => {
    after(paid, cancelled)
      .whenPublishing(first)
      .expectNoCommands()
      .expectState(orderId, waitsFor('cancellation', 5_000))
      .andThen()
      .whenPublishing(second)
      .expectCommands([command('FinishCancellation', {})])
      .expectEnded(orderId)
  })

  test('a parcel that had left when the order was cancelled is called back, restocked and refunded', () => {
    after(paid, cancelled, dispatched, captured, back, restocked)
      .whenPublishing(refunded)
      .expectCommands([command('FinishCancellation', {})])
      .expectEnded(orderId)
  })

  test('a parcel that reaches its customer although the order was cancelled is delivered, and paid for', () => {
    after(paid, dispatched, cancelled)
      .whenPublishing(delivered)
      .expectCommands([command('Complete', { deliveredAt })])
      .andThen()
      .whenPublishing(captured)
      .expectEnded(orderId)
  })
})

describe('goods that come back, or do not', () => {
  test('the third attempt in vain turns the parcel round', () => {
    after(paid, dispatched, captured)
      .whenPublishing(failedForGood)
      .expectCommands([command('BeginReturn', { reason: 'DELIVERY_ABSENT' })])
      .expectState(orderId, waitsFor('return', 6_000))
  })

  test('a return is finished when the goods are in stock and the money is back', () => {
    after(paid, dispatched, captured, failedForGood, back, refunded)
      .whenPublishing(restocked)
      .expectCommands([command('FinishReturn', { reason: 'THREE_ATTEMPTS_FAILED' })])
      .expectEnded(orderId)
  })

  test('a customer returns what was delivered, long after its saga was over', () => {
    after(paid, dispatched, captured, delivered, returnRequested, back, restocked)
      .whenPublishing(refunded)
      .expectCommands([command('FinishReturn', { reason: 'THREE_ATTEMPTS_FAILED' })])
      .expectEnded(orderId)
  })

  test('a customer returns what was delivered, even when the saga was forgotten since', () => {
    sagaFixture(saga)
      .givenAPublished(returnRequested)
      .givenAPublished(back)
      .givenAPublished(refunded)
      .whenPublishing(restocked)
      .expectCommands([command('FinishReturn', { reason: 'THREE_ATTEMPTS_FAILED' })])
      .expectEnded(orderId)
  })

  test('a lost parcel is lost at once, and its saga waits until the money is back', () => {
    after(paid, dispatched, captured)
      .whenPublishing(lost)
      .expectCommands([command('MarkLost', { reason: 'LOST_BY_COURIER' })])
      .expectState(orderId, waitsFor('refund', 7_000))
      .andThen()
      .whenPublishing(refunded)
      .expectNoCommands()
      .expectEnded(orderId)
  })
})

describe('what does not come in time', () => {
  test.each([
    ['a payment', [], 1_000, ['wakeUp'], 'PAYMENT_TIMEOUT'],
    // It is woken up by the deadline of the payment, and looks in vain.
    ['the dispatch', [paid], 2_000, ['wakeUp', 'wakeUp'], 'DISPATCH_TIMEOUT'],
  ] as const)('%s: the order is cancelled, and the saga goes on waiting', (_, past, elapsed, woken, reason) => {
    after(...past)
      .whenTimeElapses(elapsed)
      .expectTriggeredDeadlines(woken)
      .expectCommands([command('Cancel', { reason })])
      .andThen()
      .whenPublishing(cancelled)
      .expectState(orderId, waitsFor('cancellation', elapsed + 5_000))
  })

  test('a delivery: people are told, ever less often, and the order goes on', () => {
    const told = command('MarkOverdue', { reason: 'DELIVERY_OVERDUE' })
    after(paid, dispatched)
      .whenTimeElapses(3_000)
      .expectCommands([told])
      .expectScheduledDeadline('wakeUp', { afterMs: 6_000 })
      .andThen()
      .whenTimeElapses(6_000)
      .expectCommands([told])
      .expectScheduledDeadline('wakeUp', { afterMs: 12_000 })
      .andThen()
      .whenPublishing(delivered)
      .expectCommands([command('Complete', { deliveredAt })])
  })

  test('a wait that ends sooner than the last one wakes the saga up sooner', () => {
    after(paid, dispatched)
      .andThenTimeElapses(1_500)
      .whenPublishing(delivered)
      .expectState(orderId, waitsFor('capture', 5_500))
      .expectScheduledDeadline('wakeUp', { at: new Date(START + 3_000).toISOString() })
  })

  test('an order has at most one deadline, and none at its end', () => {
    after(paid, dispatched, captured)
      .andThenTimeElapses(2_500)
      .whenPublishing(delivered)
      .expectEnded(orderId)
      .expectNoScheduledDeadlines()
  })
})
