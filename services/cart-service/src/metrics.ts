import type { EventCounter, MetricDefinition } from '@stocker/service-kit'
import type { CartEvents } from './cart.ts'

/** What this service measures beside what every service does. */
export const CART_METRICS = {
  carts_total: {
    type: 'counter',
    help: 'What became of carts: created, checked_out, expired',
    labels: ['outcome'],
  },
} as const satisfies Record<string, MetricDefinition>

export const CARTS_TOTAL: EventCounter = {
  name: 'carts_total',
  definition: CART_METRICS.carts_total,
  values: {
    CartCreatedEvent: 'created',
    CartCheckedOutEvent: 'checked_out',
    CartExpiredEvent: 'expired',
  } satisfies { readonly [type in keyof CartEvents]?: string },
}
