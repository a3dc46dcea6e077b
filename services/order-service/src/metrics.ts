import type { MetricDefinition } from '@stocker/service-kit'
import { SLO_OUTCOMES } from './order-slo.ts'

/** What this service measures beside what every service does. */
export const ORDER_METRICS = {
  orders_placed_total: {
    type: 'counter',
    help: 'Orders that were placed',
    labels: [],
  },
  orders_finished_total: {
    type: 'counter',
    help: 'Orders that came to an end, by the end; one that is sent back after its delivery comes to a second one',
    labels: ['status'],
  },
  orders_in_state: {
    type: 'gauge',
    help: 'Orders by their status',
    labels: ['status'],
  },
  order_slo_total: {
    type: 'counter',
    help: `Orders by whether they came to an end within order.slo.delivered-within: ${SLO_OUTCOMES.join(', ')}. Each counts once, when it ends or when that time is over, so one that is stuck counts too`,
    labels: ['outcome'],
  },
  order_completion_seconds: {
    type: 'histogram',
    help: 'Time from placing an order to its delivery',
    labels: [],
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 300, 3_600, 86_400, 604_800],
  },
} as const satisfies Record<string, MetricDefinition>
