import type { ServiceContract } from '@stocker/contracts'

/** Start here: what this service reads, what it writes, its commands and its routes. */
export const contract = {
  service: 'payment-service',
  reads: {
    'order-events': ['OrderCreatedEvent'],
    'dispatch-events': ['OrderDispatchedEvent', 'StockRejectedEvent', 'StockReleasedEvent'],
    'delivery-events': ['DeliveryReturnedEvent', 'DeliveryLostEvent'],
  },
  writes: {
    'payment-events': [
      'PaymentProcessedEvent',
      'PaymentFailedEvent',
      'PaymentCapturedEvent',
      'PaymentVoidedEvent',
      'PaymentRefundedEvent',
      'PaymentRefundFailedEvent',
    ],
  },
  commands: {
    payment: [
      'Request',
      'RecordAuthorization',
      'RecordDecline',
      'Capture',
      'RecordCapture',
      'Reverse',
      'RecordVoid',
      'Refund',
      'RecordRefund',
      'RecordRefundRefusal',
      'RetryRefund',
    ],
  },
  routes: [
    'GET /api/payments/{orderId}',
    'POST /api/payments/{orderId}/refunds',
    'POST /api/payments/{orderId}/refunds/retry',
    'POST /api/payments/webhooks/gateway',
  ],
} as const satisfies ServiceContract
