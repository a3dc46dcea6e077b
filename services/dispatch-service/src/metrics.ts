import type { EventCounter, MetricDefinition } from '@stocker/service-kit'
import type { DispatchEvents } from './dispatch.ts'
import { STOCK_LEVELS } from './stock.ts'

/** What this service measures beside what every service does. */
export const DISPATCH_METRICS = {
  stock_skus: {
    type: 'gauge',
    help: `SKUs by the level of their stock: ${STOCK_LEVELS.join(', ')}`,
    labels: ['level'],
  },
  dispatches_total: {
    type: 'counter',
    help: 'What became of the goods of orders: reserved, rejected (too few are there), dispatched, released, returned',
    labels: ['outcome'],
  },
} as const satisfies Record<string, MetricDefinition>

export const DISPATCHES_TOTAL: EventCounter = {
  name: 'dispatches_total',
  definition: DISPATCH_METRICS.dispatches_total,
  values: {
    StockReservedEvent: 'reserved',
    StockRejectedEvent: 'rejected',
    OrderDispatchedEvent: 'dispatched',
    StockReleasedEvent: 'released',
    StockReturnedEvent: 'returned',
  } satisfies { readonly [type in keyof DispatchEvents]?: string },
}
