import type { ServiceContract } from '@stocker/contracts'

/** Start here: what this service reads, what it writes, its commands and its routes. */
export const contract = {
  service: 'delivery-service',
  reads: {
    'dispatch-events': ['OrderDispatchedEvent'],
    'order-events': ['OrderCancelledEvent', 'OrderReturnRequestedEvent'],
  },
  writes: {
    'delivery-events': [
      'DeliveryScheduledEvent',
      'OrderOutForDeliveryEvent',
      'OrderDeliveredEvent',
      'DeliveryAttemptFailedEvent',
      'DeliveryReturnedEvent',
      'DeliveryLostEvent',
    ],
  },
  commands: { delivery: ['Schedule', 'Report', 'Recall', 'RequestReturn', 'RequestAttempt', 'AskCourier'] },
  routes: ['GET /api/deliveries/{orderId}', 'POST /api/deliveries/{orderId}/attempts', 'POST /api/courier/events'],
} as const satisfies ServiceContract
