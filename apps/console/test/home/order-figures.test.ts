import { createSampleStore } from '@stocker/alerting'
import { expect, it } from 'vitest'
import { figuresAt } from '../../src/home/order-figures.ts'

const NOW = Date.parse('2026-11-27T10:30:00.000Z')

/** A store in which a counter grows evenly by `perMinute` over the last `minutes`, with a sample every 10 s. */
function storeWith(counters: readonly { labels: Record<string, string>; perMinute: number; minutes: number }[]) {
  const store = createSampleStore({ retention: () => 65 * 60_000 })
  for (const { labels, perMinute, minutes } of counters) {
    const series = store.series(labels)
    for (let second = minutes * 60; second >= 0; second -= 10) {
      series?.append(NOW - second * 1_000, ((minutes * 60 - second) / 60) * perMinute)
    }
  }
  return store
}

const bucket = (le: string, perMinute: number) => ({
  labels: { __name__: 'order_completion_seconds_bucket', job: 'order-service', le },
  perMinute,
  minutes: 20,
})

it('the figures of the orders are those of the last minutes', () => {
  const figures = figuresAt(
    storeWith([
      { labels: { __name__: 'orders_placed_total', job: 'order-service' }, perMinute: 12, minutes: 20 },
      bucket('0.1', 6),
      bucket('0.25', 12),
      bucket('+Inf', 12),
      { labels: { __name__: 'order_slo_total', outcome: 'in_time', job: 'order-service' }, perMinute: 99, minutes: 60 },
      { labels: { __name__: 'order_slo_total', outcome: 'expired', job: 'order-service' }, perMinute: 1, minutes: 60 },
    ]),
    NOW,
  )

  expect(figures.perMinute).toBeCloseTo(12, 6)
  expect(figures.course.map((value) => value && Math.round(value))).toEqual(Array(15).fill(12))
  expect(figures.p50Seconds).toBeCloseTo(0.1, 6)
  expect(figures.p95Seconds).toBeCloseTo(0.235, 6)
  expect(figures.judged).toBeCloseTo(6_000, 0)
  expect(figures.missedShare).toBeCloseTo(0.01, 6)
})

it('what was never heard is not known, and no zero', () => {
  expect(figuresAt(storeWith([]), NOW)).toEqual({
    perMinute: null,
    course: Array(15).fill(null),
    p50Seconds: null,
    p95Seconds: null,
    judged: 0,
    missedShare: null,
  })
})
