import { evaluatePromql } from '../promql/evaluate.ts'
import type { BinaryExpression, Expression } from '../promql/expression.ts'
import type { Labels } from '../promql/labels.ts'
import { signatureOf, withoutName } from '../promql/labels.ts'
import type { ComparisonOperator } from '../promql/operators.ts'
import { isComparison } from '../promql/operators.ts'
import type { PrometheusVersion } from '../promql/sample.ts'
import type { SampleStore } from '../samples/sample-store.ts'

/** What a rule compares, over time: for a drawing of the value against its threshold. */
export interface RuleChart {
  /** Undefined for a rule that compares with no constant. */
  readonly threshold?: number
  readonly operator?: ComparisonOperator
  /** Milliseconds since 1970. */
  readonly times: readonly number[]
  /** Those with the highest values; a value that is not there is null. */
  readonly series: readonly { readonly labels: Labels; readonly values: readonly (number | null)[] }[]
}

export interface RuleChartOptions {
  readonly startMs: number
  readonly endMs: number
  /** Values of each series. Default 60. */
  readonly points?: number
  /** Series at most. Default 20. */
  readonly maxSeries?: number
  readonly lookbackMs?: number
  readonly version?: PrometheusVersion
}

export const RULE_CHART_DEFAULTS = { points: 60, maxSeries: 20 } as const

/** Evaluates the rule's expression without its threshold at equal distances; as far back as the store has samples. */
export function chartRule(
  expression: Expression,
  source: Pick<SampleStore, 'select'>,
  { startMs, endMs, ...options }: RuleChartOptions,
): RuleChart {
  const { points, maxSeries, lookbackMs, version } = { ...RULE_CHART_DEFAULTS, ...options }
  const settings = { ...(lookbackMs !== undefined && { lookbackMs }), ...(version !== undefined && { version }) }
  const { value, comparison } = compared(expression)
  const threshold =
    comparison?.right.type === 'scalar'
      ? evaluatePromql(comparison.right, { source, atMs: endMs, ...settings })[0]?.value
      : undefined
  const stepMs = Math.max(1, Math.round((endMs - startMs) / Math.max(1, points - 1)))
  const times = Array.from({ length: points }, (_, index) => endMs - (points - 1 - index) * stepMs)
  const series = new Map<string, { readonly labels: Labels; readonly values: (number | null)[] }>()
  for (const [index, atMs] of times.entries()) {
    for (const sample of evaluatePromql(value, { source, atMs, ...settings })) {
      const labels = withoutName(sample.labels)
      const signature = signatureOf(labels)
      const known = series.get(signature) ?? { labels, values: Array<number | null>(points).fill(null) }
      series.set(signature, known)
      known.values[index] = Number.isFinite(sample.value) ? sample.value : null
    }
  }
  const highest = (values: readonly (number | null)[]): number => Math.max(...values.map((each) => each ?? -Infinity))
  return {
    ...(threshold !== undefined && comparison !== undefined && { threshold, operator: comparison.operator }),
    times,
    series: [...series.values()].toSorted((a, b) => highest(b.values) - highest(a.values)).slice(0, maxSeries),
  }
}

type Comparison = BinaryExpression & { readonly operator: ComparisonOperator }

/** The first comparison of a condition; what is joined to it by `and`, `or` and `unless` only narrows it down. */
function compared(expression: Expression): { readonly value: Expression; readonly comparison?: Comparison } {
  if (expression.kind !== 'binary') return { value: expression }
  if (isComparison(expression.operator)) return { value: expression.left, comparison: expression as Comparison }
  return expression.operator === 'and' || expression.operator === 'or' || expression.operator === 'unless'
    ? compared(expression.left)
    : { value: expression }
}
