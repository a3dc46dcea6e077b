import { Type } from 'typebox'
import {
  Address,
  CartId,
  CustomerId,
  Money,
  OrderId,
  OrderLine,
  PaymentToken,
  ProductName,
  Quantity,
  Sku,
} from './schemas.ts'
import { defineTopic, EVENT_TOPIC } from './topic.ts'

export const cartEvents = defineTopic({
  ...EVENT_TOPIC,
  name: 'cart-events',
  owner: 'cart-service',
  key: 'cartId',
  description: 'What happens to a cart until it is checked out',
  defaultType: 'CartCheckedOutEvent',
  readers: ['order-service'],
  events: {
    CartCreatedEvent: {
      version: 1,
      description: 'A customer got an empty cart',
      data: Type.Object({ cartId: CartId, customerId: CustomerId }),
    },
    ItemAddedToCartEvent: {
      version: 1,
      description: 'A product was put into the cart, or more pieces of it',
      data: Type.Object({ cartId: CartId, sku: Sku, name: ProductName, quantity: Quantity, unitPrice: Money }),
    },
    CartItemQuantityChangedEvent: {
      version: 1,
      description: 'The cart now holds this many pieces of the product',
      data: Type.Object({ cartId: CartId, sku: Sku, quantity: Quantity }),
    },
    ItemRemovedFromCartEvent: {
      version: 1,
      description: 'A product was taken out of the cart',
      data: Type.Object({ cartId: CartId, sku: Sku }),
    },
    CartClearedEvent: {
      version: 1,
      description: 'Everything was taken out of the cart',
      data: Type.Object({ cartId: CartId }),
    },
    CartExpiredEvent: {
      version: 1,
      description: 'Nobody touched the cart for so long that it was closed; nothing was ordered',
      data: Type.Object({ cartId: CartId }),
    },
    CartCheckedOutEvent: {
      version: 1,
      description: 'The customer ordered what is in the cart; the order service makes the order of this id',
      data: Type.Object({
        cartId: CartId,
        orderId: OrderId,
        customerId: CustomerId,
        lines: Type.Array(OrderLine, { minItems: 1 }),
        total: Money,
        shippingAddress: Address,
        paymentToken: PaymentToken,
      }),
    },
  },
})
