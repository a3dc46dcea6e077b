import { eventOf, shippingAddress } from './running-order.ts'

const EUR = (amount: number) => ({ amount, currency: 'EUR' })
const lines = [{ sku: 'mug', quantity: 2 }]

/** What the other services say about an order of two mugs, as they publish it. */
export const participantEvents = (orderId: string) => {
  const ofPayment = (eventType: string, data: object) =>
    eventOf(eventType, orderId, { orderId, paymentId: `payment-${orderId}`, ...data })
  const ofDispatch = (eventType: string, data: object) => eventOf(eventType, orderId, { orderId, ...data })
  const ofDelivery = (eventType: string, data: object) =>
    eventOf(eventType, orderId, { orderId, deliveryId: `delivery-${orderId}`, ...data })
  return {
    paid: ofPayment('PaymentProcessedEvent', { amount: EUR(2500), authorizationId: 'auth-1' }),
    declined: ofPayment('PaymentFailedEvent', { reason: 'DECLINED', message: 'the card was declined' }),
    captured: ofPayment('PaymentCapturedEvent', { amount: EUR(2500), captureId: 'cap-1' }),
    voided: ofPayment('PaymentVoidedEvent', { reason: 'STOCK_RELEASED' }),
    refunded: ofPayment('PaymentRefundedEvent', {
      amount: EUR(2500),
      refundId: 'ref-1',
      reason: 'DELIVERY_RETURNED',
      captured: EUR(2500),
      totalRefunded: EUR(2500),
    }),
    partlyRefunded: ofPayment('PaymentRefundedEvent', {
      amount: EUR(500),
      refundId: 'ref-0',
      reason: 'SCRATCHED',
      captured: EUR(2500),
      totalRefunded: EUR(500),
    }),
    dispatched: ofDispatch('OrderDispatchedEvent', { dispatchId: `dispatch-${orderId}`, lines, shippingAddress }),
    outOfStock: ofDispatch('StockRejectedEvent', { shortages: [{ sku: 'mug', requested: 2, available: 0 }] }),
    released: ofDispatch('StockReleasedEvent', { lines, reason: 'CUSTOMER_REQUEST' }),
    restocked: ofDispatch('StockReturnedEvent', { lines, reason: 'THREE_ATTEMPTS_FAILED' }),
    scheduled: ofDelivery('DeliveryScheduledEvent', { courier: 'Courier', trackingNumber: 'T-1' }),
    outForDelivery: ofDelivery('OrderOutForDeliveryEvent', { attempt: 1 }),
    nobodyThere: ofDelivery('DeliveryAttemptFailedEvent', { attempt: 3, reason: 'ABSENT' }),
    delivered: ofDelivery('OrderDeliveredEvent', {
      deliveredAt: '2026-03-02T09:00:00.000Z',
      proof: { receivedBy: 'Ada', proofId: 'proof-1' },
    }),
    returned: ofDelivery('DeliveryReturnedEvent', {
      reason: 'THREE_ATTEMPTS_FAILED',
      returnedAt: '2026-03-04T09:00:00.000Z',
    }),
    lost: ofDelivery('DeliveryLostEvent', { reason: 'LOST_BY_COURIER' }),
  }
}
