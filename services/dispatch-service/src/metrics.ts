import type { MetricDefinition } from '@stocker/service-kit'
import { STOCK_LEVELS } from './stock.ts'

/** What this service measures beside what every service does. */
export const DISPATCH_METRICS = {
  stock_skus: {
    type: 'gauge',
    help: `SKUs by the level of their stock: ${STOCK_LEVELS.join(', ')}`,
    labels: ['level'],
  },
} as const satisfies Record<string, MetricDefinition>
