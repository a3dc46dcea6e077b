import type { EventCounter, MetricDefinition } from '@stocker/service-kit'
import type { DeliveryEvents } from './delivery-messages.ts'

/** What this service measures beside what every service does. */
export const DELIVERY_METRICS = {
  deliveries_total: {
    type: 'counter',
    help: 'What became of parcels: scheduled (handed to the courier), attempt_failed, delivered, returned, lost',
    labels: ['outcome'],
  },
} as const satisfies Record<string, MetricDefinition>

export const DELIVERIES_TOTAL: EventCounter = {
  name: 'deliveries_total',
  definition: DELIVERY_METRICS.deliveries_total,
  values: {
    DeliveryScheduledEvent: 'scheduled',
    DeliveryAttemptFailedEvent: 'attempt_failed',
    OrderDeliveredEvent: 'delivered',
    DeliveryReturnedEvent: 'returned',
    DeliveryLostEvent: 'lost',
  } satisfies { readonly [type in keyof DeliveryEvents]?: string },
}
