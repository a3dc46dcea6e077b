import type { ServiceContract } from '@stocker/contracts'

/** Start here: what this service reads, what it writes, its commands and its routes. */
export const contract = {
  service: 'dispatch-service',
  reads: {
    'order-events': ['OrderCreatedEvent', 'OrderCancelledEvent'],
    'payment-events': ['PaymentProcessedEvent'],
    'delivery-events': ['DeliveryReturnedEvent'],
  },
  writes: {
    'dispatch-events': [
      'StockReservedEvent',
      'StockRejectedEvent',
      'StockReleasedEvent',
      'OrderDispatchedEvent',
      'StockReturnedEvent',
    ],
  },
  commands: {
    dispatch: ['Reserve', 'Ship', 'Release', 'Return'],
    stock: ['Open', 'Adjust', 'Allocate', 'Sell', 'Free', 'Return', 'SetThreshold'],
  },
  routes: [
    'GET /api/stock',
    'GET /api/stock/{sku}',
    'GET /api/stock/{sku}/movements',
    'POST /api/stock/{sku}/adjustments',
    'PUT /api/stock/{sku}/threshold',
    'GET /api/dispatches/{orderId}',
  ],
} as const satisfies ServiceContract
