import { Type } from 'typebox'
import { identifier, Money, OrderId } from './schemas.ts'
import { defineTopic, EVENT_TOPIC } from './topic.ts'

/** Why a payment was not made. Another reason is another version: readers refuse what they do not know. */
export const PAYMENT_FAILURE_REASONS = ['DECLINED', 'INSUFFICIENT_FUNDS', 'GATEWAY_UNAVAILABLE'] as const
export type PaymentFailureReason = (typeof PAYMENT_FAILURE_REASONS)[number]

const PaymentId = identifier('The payment')

export const paymentEvents = defineTopic({
  ...EVENT_TOPIC,
  name: 'payment-events',
  owner: 'payment-service',
  key: 'orderId',
  description: 'What became of the payment of an order',
  defaultType: 'PaymentProcessedEvent',
  readers: ['order-service', 'dispatch-service'],
  events: {
    PaymentProcessedEvent: {
      version: 1,
      description: "The order's total is authorised: it may be shipped",
      data: Type.Object({
        orderId: OrderId,
        paymentId: PaymentId,
        amount: Money,
        authorizationId: identifier("The gateway's number of the authorisation"),
      }),
    },
    PaymentFailedEvent: {
      version: 1,
      description: 'The payment was not made',
      data: Type.Object({
        orderId: OrderId,
        paymentId: PaymentId,
        reason: Type.Enum(PAYMENT_FAILURE_REASONS, { description: 'Why' }),
        message: Type.String({ description: 'What the gateway said, for a reader' }),
      }),
    },
  },
})
