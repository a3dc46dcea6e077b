import type { ServiceContract } from '@stocker/contracts'

/** Start here: what this service reads, what it writes, its commands and its routes. */
export const contract = {
  service: 'delivery-service',
  reads: { 'dispatch-events': ['OrderDispatchedEvent'] },
  writes: { 'delivery-events': ['DeliveryScheduledEvent', 'OrderDeliveredEvent'] },
  commands: { delivery: ['Schedule', 'RecordDelivery'] },
  routes: ['GET /api/deliveries/{orderId}', 'POST /api/deliveries/{orderId}/attempts'],
} as const satisfies ServiceContract
