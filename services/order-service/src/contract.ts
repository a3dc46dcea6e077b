import type { ServiceContract } from '@stocker/contracts'

/** Start here: what this service reads, what it writes, its commands and its routes. */
export const contract = {
  service: 'order-service',
  reads: {
    'cart-events': ['CartCheckedOutEvent'],
    'payment-events': ['PaymentProcessedEvent', 'PaymentFailedEvent'],
    'dispatch-events': ['OrderDispatchedEvent', 'StockRejectedEvent'],
    'delivery-events': ['OrderDeliveredEvent'],
    'catalog-events': ['ProductListedEvent', 'ProductPriceChangedEvent', 'ProductDelistedEvent'],
  },
  writes: {
    'order-events': ['OrderCreatedEvent', 'OrderConfirmedEvent', 'OrderCancelledEvent', 'OrderCompletedEvent'],
  },
  commands: { order: ['Create', 'Confirm', 'MarkDispatched', 'Complete', 'Cancel'] },
  routes: ['POST /api/orders', 'GET /api/orders', 'GET /api/orders/{id}', 'GET /asyncapi.json'],
} as const satisfies ServiceContract
