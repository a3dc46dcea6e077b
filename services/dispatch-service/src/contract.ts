import type { ServiceContract } from '@stocker/contracts'

/** Start here: what this service reads, what it writes, its commands and its routes. */
export const contract = {
  service: 'dispatch-service',
  reads: {
    'order-events': ['OrderCreatedEvent', 'OrderCancelledEvent'],
    'payment-events': ['PaymentProcessedEvent'],
  },
  writes: {
    'dispatch-events': ['StockReservedEvent', 'StockRejectedEvent', 'StockReleasedEvent', 'OrderDispatchedEvent'],
  },
  commands: {
    dispatch: ['Reserve', 'Ship', 'Release'],
    stock: ['Open', 'Adjust', 'Allocate', 'Sell', 'Free'],
  },
  routes: [
    'GET /api/stock',
    'GET /api/stock/{sku}',
    'POST /api/stock/{sku}/adjustments',
    'GET /api/dispatches/{orderId}',
  ],
} as const satisfies ServiceContract
