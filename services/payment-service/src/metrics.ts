import type { EventCounter, MetricDefinition } from '@stocker/service-kit'
import type { PaymentEvents } from './payment/payment-state.ts'

/** What this service measures beside what every service does. */
export const PAYMENT_METRICS = {
  payments_total: {
    type: 'counter',
    help: 'What became of payments: authorized, declined, captured, voided, refunded (each refund counts), refund_failed',
    labels: ['outcome'],
  },
} as const satisfies Record<string, MetricDefinition>

export const PAYMENTS_TOTAL: EventCounter = {
  name: 'payments_total',
  definition: PAYMENT_METRICS.payments_total,
  values: {
    PaymentProcessedEvent: 'authorized',
    PaymentFailedEvent: 'declined',
    PaymentCapturedEvent: 'captured',
    PaymentVoidedEvent: 'voided',
    PaymentRefundedEvent: 'refunded',
    PaymentRefundFailedEvent: 'refund_failed',
  } satisfies { readonly [type in keyof PaymentEvents]?: string },
}
