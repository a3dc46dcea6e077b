import type { ServiceContract } from '@stocker/contracts'

/** Start here: what this service reads, what it writes, its commands and its routes. */
export const contract = {
  service: 'order-service',
  reads: {
    'cart-events': ['CartCheckedOutEvent'],
    'payment-events': [
      'PaymentProcessedEvent',
      'PaymentFailedEvent',
      'PaymentCapturedEvent',
      'PaymentVoidedEvent',
      'PaymentRefundedEvent',
      'PaymentRefundFailedEvent',
    ],
    'dispatch-events': ['OrderDispatchedEvent', 'StockRejectedEvent', 'StockReleasedEvent', 'StockReturnedEvent'],
    'delivery-events': [
      'DeliveryScheduledEvent',
      'OrderOutForDeliveryEvent',
      'DeliveryAttemptFailedEvent',
      'OrderDeliveredEvent',
      'DeliveryReturnedEvent',
      'DeliveryLostEvent',
    ],
    'catalog-events': ['ProductListedEvent', 'ProductPriceChangedEvent', 'ProductDelistedEvent'],
  },
  writes: {
    'order-events': [
      'OrderCreatedEvent',
      'OrderConfirmedEvent',
      'OrderCancelledEvent',
      'OrderReturnRequestedEvent',
      'OrderReturnedEvent',
      'OrderCompletedEvent',
    ],
  },
  commands: {
    order: [
      'Create',
      'RequestCancellation',
      'RequestReturn',
      'Confirm',
      'MarkDispatched',
      'Complete',
      'Cancel',
      'FinishCancellation',
      'BeginReturn',
      'FinishReturn',
      'MarkLost',
      'MarkOverdue',
      'NotePayment',
      'NoteParcel',
    ],
  },
  routes: [
    'POST /api/orders',
    'GET /api/orders',
    'GET /api/orders/{id}',
    'GET /api/orders/{id}/events',
    'POST /api/orders/{id}/cancel',
    'POST /api/orders/{id}/return',
    'GET /api/dashboard',
    'GET /asyncapi.json',
  ],
} as const satisfies ServiceContract
