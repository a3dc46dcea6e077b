import type { Expression, Retention, SampleStore } from '@stocker/alerting'
import { evaluatePromql, parsePromql } from '@stocker/alerting'

/** What the order service's metrics say of the last minutes. null: not known, because nothing happened or nothing was heard. */
export interface OrderFigures {
  /** Orders placed in the last minute. */
  readonly perMinute: number | null
  /** The same for each of the last 15 minutes, the oldest first. */
  readonly course: readonly (number | null)[]
  /** From placing to delivery, of those delivered in the last 15 minutes. Seconds. */
  readonly p50Seconds: number | null
  readonly p95Seconds: number | null
  /** Orders whose time ran out or that ended in time, of the last hour. */
  readonly judged: number
  /** Share of them that were late or are stuck, from 0 to 1. */
  readonly missedShare: number | null
}

/** So many of 100 orders may miss their time (docs/runbook.md, the SLO of the orders). Share. */
export const ERROR_BUDGET = 0.01

const KEPT_MS = 65 * 60_000
const MINUTES = 15
const METRICS = ['orders_placed_total', 'order_completion_seconds_bucket', 'order_slo_total']

const EXPRESSIONS = {
  placed: 'sum(increase(orders_placed_total[1m]))',
  p50: 'histogram_quantile(0.5, sum by (le) (increase(order_completion_seconds_bucket[15m])))',
  p95: 'histogram_quantile(0.95, sum by (le) (increase(order_completion_seconds_bucket[15m])))',
  judged: 'sum(increase(order_slo_total[1h]))',
  missed: 'sum(increase(order_slo_total{outcome!="in_time"}[1h]))',
} as const

/** How long the figures need which samples. Milliseconds by metric. */
export const orderFiguresKept: Retention = (metric) => (METRICS.includes(metric) ? KEPT_MS : undefined)

const expressions = Object.fromEntries(
  Object.entries(EXPRESSIONS).map(([name, text]) => [name, parsePromql(text)]),
) as Readonly<Record<keyof typeof EXPRESSIONS, Expression>>

/** Pure, of the samples that there are. */
export function figuresAt(source: Pick<SampleStore, 'select'>, atMs: number): OrderFigures {
  const value = (name: keyof typeof EXPRESSIONS, at = atMs): number | null => {
    const [sample] = evaluatePromql(expressions[name], { source, atMs: at })
    return sample === undefined || Number.isNaN(sample.value) ? null : sample.value
  }
  const judged = value('judged') ?? 0
  return {
    perMinute: value('placed'),
    course: Array.from({ length: MINUTES }, (_, minute) => value('placed', atMs - (MINUTES - 1 - minute) * 60_000)),
    p50Seconds: value('p50'),
    p95Seconds: value('p95'),
    judged,
    missedShare: judged > 0 ? (value('missed') ?? 0) / judged : null,
  }
}
