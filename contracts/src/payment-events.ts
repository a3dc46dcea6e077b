import { Type } from 'typebox'
import { identifier, Money, OrderId, reasonCode, timestamp } from './schemas.ts'
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
    PaymentCapturedEvent: {
      version: 1,
      description: 'The money was taken: never more, in all, than was authorised',
      data: Type.Object({
        orderId: OrderId,
        paymentId: PaymentId,
        amount: Money,
        captureId: identifier("The gateway's number of the capture"),
      }),
    },
    PaymentVoidedEvent: {
      version: 1,
      description: 'Nothing was taken and nothing will be: the authorisation was given up, or never made',
      data: Type.Object({
        orderId: OrderId,
        paymentId: PaymentId,
        reason: reasonCode('STOCK_RELEASED'),
        voidId: Type.Optional(identifier("The gateway's number of the void; absent when nothing was authorised")),
      }),
    },
    PaymentRefundedEvent: {
      version: 1,
      description: 'Money went back to the customer; all of it when `totalRefunded` is `captured`',
      data: Type.Object({
        orderId: OrderId,
        paymentId: PaymentId,
        amount: Money,
        refundId: identifier("The gateway's number of the refund"),
        reason: reasonCode('DELIVERY_RETURNED'),
        captured: Money,
        totalRefunded: Money,
      }),
    },
    PaymentRefundFailedEvent: {
      version: 1,
      description: 'The gateway refused to give money back; it is asked again',
      data: Type.Object({
        orderId: OrderId,
        paymentId: PaymentId,
        amount: Money,
        attempt: Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'How often it was asked' }),
        message: Type.String({ description: 'What the gateway said, for a reader' }),
        retryAt: timestamp('When it is asked again'),
      }),
    },
  },
})
