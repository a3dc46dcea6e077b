import type { Labels } from './labels.ts'

/** The value of one series at the time of the evaluation. */
export interface Sample {
  readonly labels: Labels
  readonly value: number
}

/** Samples of one series within a range, the oldest first; at least one. Times are milliseconds since 1970. */
export interface SampleWindow {
  readonly times: ArrayLike<number>
  readonly values: ArrayLike<number>
}

/** Edges of the range that a window was cut out of. */
export interface Range {
  readonly startMs: number
  readonly endMs: number
}

/**
 * The rules changed between Prometheus 2 and 3: whether a range holds a sample at its very beginning, and how far a counter that began within it is
 * extrapolated to its zero.
 */
export const PROMETHEUS_VERSIONS = [2, 3] as const
export type PrometheusVersion = (typeof PROMETHEUS_VERSIONS)[number]
