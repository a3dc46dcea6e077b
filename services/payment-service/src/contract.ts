import type { ServiceContract } from '@stocker/contracts'

/** Start here: what this service reads, what it writes, its commands and its routes. */
export const contract = {
  service: 'payment-service',
  reads: { 'order-events': ['OrderCreatedEvent'] },
  writes: { 'payment-events': ['PaymentProcessedEvent', 'PaymentFailedEvent'] },
  commands: { payment: ['Request', 'RecordAuthorization', 'RecordDecline'] },
  routes: ['GET /api/payments/{orderId}'],
} as const satisfies ServiceContract
