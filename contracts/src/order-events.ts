import { Type } from 'typebox'
import {
  Address,
  CartId,
  CustomerId,
  FreeText,
  Money,
  OrderId,
  OrderLine,
  PaymentToken,
  reasonCode,
  timestamp,
} from './schemas.ts'
import { defineTopic, EVENT_TOPIC } from './topic.ts'

const Reason = reasonCode('PAYMENT_DECLINED')

export const orderEvents = defineTopic({
  ...EVENT_TOPIC,
  name: 'order-events',
  owner: 'order-service',
  key: 'orderId',
  description: 'The life of an order, from its creation to its end',
  defaultType: 'OrderCreatedEvent',
  readers: ['payment-service', 'dispatch-service', 'delivery-service'],
  events: {
    OrderCreatedEvent: {
      version: 1,
      description: 'An order was placed: payment authorises its total, dispatch reserves its stock',
      data: Type.Object({
        orderId: OrderId,
        customerId: CustomerId,
        cartId: Type.Optional(CartId),
        lines: Type.Array(OrderLine, { minItems: 1 }),
        total: Money,
        shippingAddress: Address,
        paymentToken: PaymentToken,
      }),
    },
    OrderConfirmedEvent: {
      version: 1,
      description: 'The order is paid and its stock is reserved: it is going to be dispatched',
      data: Type.Object({ orderId: OrderId }),
    },
    OrderCancelledEvent: {
      version: 1,
      description: 'The order is not to be fulfilled: what was reserved, sent or paid for it goes back',
      data: Type.Object({
        orderId: OrderId,
        reason: Reason,
        detail: Type.Optional(FreeText),
      }),
    },
    OrderReturnRequestedEvent: {
      version: 1,
      description: 'The customer sends the delivered order back: the courier fetches it',
      data: Type.Object({ orderId: OrderId, reason: Reason }),
    },
    OrderReturnedEvent: {
      version: 1,
      description: 'The goods are back in stock and the customer has the money back',
      data: Type.Object({ orderId: OrderId, reason: Reason }),
    },
    OrderCompletedEvent: {
      version: 1,
      description: 'The order reached its customer',
      data: Type.Object({ orderId: OrderId, deliveredAt: timestamp('When the customer got it') }),
    },
  },
})
