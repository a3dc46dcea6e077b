import type { EventStore, StreamChange } from '@stocker/cqrs'
import type { BackgroundWork, Logger, Metrics } from '@stocker/service-kit'
import type { Pool } from 'pg'
import { ORDER_METRICS } from './metrics.ts'
import type { HistoryEntry, Order } from './order.ts'
import { order } from './order.ts'
import { readCounts, stepsOf } from './order-counts.ts'
import { firstEnd, SLO_OUTCOMES, sloWatch } from './order-slo.ts'
import { isSettled, SETTLED_STATUSES } from './order-status.ts'

/** What a change did to an order, as far as it is counted. */
export interface OrderProgressed {
  readonly placed: boolean
  /** The ends that it came to. */
  readonly ends: readonly HistoryEntry[]
  /** The first end that the order ever came to, if this is it: milliseconds since it was placed. */
  readonly endedAfterMs: number | undefined
  readonly deliveredAfterMs: number | undefined
}

export const progressedBy = (change: StreamChange): OrderProgressed => {
  const { history } = change.state as Order
  const before = history.length - stepsOf(change)
  const placedAt = Date.parse(history[0]?.at ?? '')
  const after = (entry: HistoryEntry | undefined) => (entry === undefined ? undefined : Date.parse(entry.at) - placedAt)
  const ends = history.filter(
    ({ status }, index) => index >= before && isSettled(status) && history[index - 1]?.status !== status,
  )
  const end = firstEnd(history)
  return {
    placed: before === 0 && history.length > 0,
    ends,
    endedAfterMs: end !== undefined && ends.includes(end) ? after(end) : undefined,
    deliveredAfterMs: after(ends.find(({ status }) => status === 'DELIVERED')),
  }
}

export interface OrderMetricsParts {
  readonly metrics: Metrics
  readonly store: EventStore
  readonly pool: Pool
  readonly objectiveMs: number
  readonly logger: Logger
}

/** Counts what becomes of orders where it is committed. What is returned looks for those to which nothing happens any more. */
export function observeOrders({ metrics, store, pool, objectiveMs, logger }: OrderMetricsParts): BackgroundWork {
  const placed = metrics.ownCounter('orders_placed_total', ORDER_METRICS.orders_placed_total, [{}])
  const finished = metrics.ownCounter(
    'orders_finished_total',
    ORDER_METRICS.orders_finished_total,
    SETTLED_STATUSES.map((status) => ({ status })),
  )
  const slo = metrics.ownCounter(
    'order_slo_total',
    ORDER_METRICS.order_slo_total,
    SLO_OUTCOMES.map((outcome) => ({ outcome })),
  )
  const completion = metrics.ownHistogram('order_completion_seconds', ORDER_METRICS.order_completion_seconds)
  metrics.gauge('orders_in_state', ORDER_METRICS.orders_in_state, async () =>
    Object.entries(await readCounts(pool)).map(([status, value]) => ({ labels: { status }, value })),
  )
  store.onCommitted((changes) => {
    for (const change of changes) {
      if (change.aggregate !== order.name) continue
      const { placed: isNew, ends, endedAfterMs, deliveredAfterMs } = progressedBy(change)
      if (isNew) placed({})
      for (const { status } of ends) finished({ status })
      if (deliveredAfterMs !== undefined) completion(deliveredAfterMs / 1000)
      if (endedAfterMs !== undefined && endedAfterMs <= objectiveMs) slo({ outcome: 'in_time' })
    }
  })
  return sloWatch({ pool, objectiveMs, count: (outcome) => slo({ outcome }), logger })
}
