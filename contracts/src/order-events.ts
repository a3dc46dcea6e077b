import { Type } from 'typebox'
import { Address, CartId, CustomerId, Money, OrderId, OrderLine, PaymentToken, timestamp } from './schemas.ts'
import { defineTopic, EVENT_TOPIC } from './topic.ts'

export const orderEvents = defineTopic({
  ...EVENT_TOPIC,
  name: 'order-events',
  owner: 'order-service',
  key: 'orderId',
  description: 'The life of an order, from its creation to its end',
  defaultType: 'OrderCreatedEvent',
  readers: ['payment-service', 'dispatch-service'],
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
      description: 'The order is paid and its stock is reserved',
      data: Type.Object({ orderId: OrderId }),
    },
    OrderCancelledEvent: {
      version: 1,
      description: 'The order will not be fulfilled',
      data: Type.Object({
        orderId: OrderId,
        reason: Type.String({ minLength: 1, maxLength: 100, description: 'Code, e.g. PAYMENT_DECLINED' }),
        detail: Type.Optional(Type.String({ description: 'More about the reason, for a reader' })),
      }),
    },
    OrderCompletedEvent: {
      version: 1,
      description: 'The order reached its customer',
      data: Type.Object({ orderId: OrderId, deliveredAt: timestamp('When the customer got it') }),
    },
  },
})
