import { aggregate } from './aggregates.ts'
import { betweenScalars, betweenVectors, setOperation, withScalar } from './binary.ts'
import type { Aggregation, BinaryExpression, Call, Expression, Selector } from './expression.ts'
import type { Value } from './functions.ts'
import { isRangeFunction, isValueFunction, VALUE_FUNCTIONS } from './functions.ts'
import type { Labels } from './labels.ts'
import { METRIC_NAME, withoutName } from './labels.ts'
import type { Matcher } from './matchers.ts'
import { isSetOperator } from './operators.ts'
import { KEEPS_NAME, RANGE_FUNCTIONS } from './range-functions.ts'
import type { PrometheusVersion, Sample, SampleWindow } from './sample.ts'

/** Where an evaluation finds its samples. */
export interface SampleSource {
  select(metric: string | undefined, matchers: readonly Matcher[]): readonly SourceSeries[]
}

export interface SourceSeries {
  readonly labels: Labels
  /** The newest sample not after `atMs` and less than `lookbackMs` old; undefined when there is none, or the series has ended. */
  newest(atMs: number, lookbackMs: number, version: PrometheusVersion): NewestSample | undefined
  /** The samples of the range, without those that only tell that the series has ended. */
  window(startMs: number, endMs: number, version: PrometheusVersion): SampleWindow
}

export interface NewestSample {
  readonly atMs: number
  readonly value: number
}

export interface EvaluationContext {
  readonly source: SampleSource
  /** The time for which it is evaluated. Milliseconds since 1970. */
  readonly atMs: number
  /** How old the newest sample of a series may be. Milliseconds, default 300,000: five minutes, as in Prometheus. */
  readonly lookbackMs?: number
  /** Whose rules hold where they differ. Default 3. */
  readonly version?: PrometheusVersion
}

export const EVALUATION_CONTEXT_DEFAULTS = { lookbackMs: 300_000, version: 3 } as const

type Context = Required<EvaluationContext>

/** What Prometheus would answer to an instant query. A scalar is a sample without labels. */
export function evaluatePromql(expression: Expression, context: EvaluationContext): readonly Sample[] {
  const value = resultOf(expression, { ...EVALUATION_CONTEXT_DEFAULTS, ...context })
  return typeof value === 'number' ? [{ labels: {}, value }] : (value as readonly Sample[])
}

function resultOf(expression: Expression, context: Context): Value {
  switch (expression.kind) {
    case 'number':
    case 'string':
      return expression.value
    case 'selector':
      return instant(expression, context).map(({ labels, newest }) => ({ labels, value: newest.value }))
    case 'negation':
      return negated(resultOf(expression.operand, context))
    case 'binary':
      return binary(expression, context)
    case 'aggregation':
      return aggregation(expression, context)
    case 'call':
      return call(expression, context)
  }
}

const vectorOf = (expression: Expression, context: Context): readonly Sample[] =>
  resultOf(expression, context) as readonly Sample[]

const numberOf = (expression: Expression, context: Context): number => resultOf(expression, context) as number

function instant(selector: Selector, context: Context): { readonly labels: Labels; readonly newest: NewestSample }[] {
  const atMs = context.atMs - selector.offsetMs
  const found = []
  for (const series of context.source.select(selector.metric, selector.matchers)) {
    const newest = series.newest(atMs, context.lookbackMs, context.version)
    if (newest !== undefined) found.push({ labels: series.labels, newest })
  }
  return found
}

function negated(value: Value): Value {
  if (typeof value === 'number') return -value
  return (value as readonly Sample[]).map((sample) => ({ labels: withoutName(sample.labels), value: -sample.value }))
}

function binary(expression: BinaryExpression, context: Context): Value {
  const { left, right } = expression
  if (left.type === 'scalar' && right.type === 'scalar') {
    return betweenScalars(expression, numberOf(left, context), numberOf(right, context))
  }
  if (left.type === 'scalar') return withScalar(expression, vectorOf(right, context), numberOf(left, context), true)
  if (right.type === 'scalar') return withScalar(expression, vectorOf(left, context), numberOf(right, context), false)
  const combine = isSetOperator(expression.operator) ? setOperation : betweenVectors
  return combine(expression, vectorOf(left, context), vectorOf(right, context))
}

function aggregation(expression: Aggregation, context: Context): Value {
  const { operator, operand, parameter } = expression
  const number = parameter === undefined ? NaN : numberOf(parameter, context)
  return aggregate(operator, expression, vectorOf(operand, context), number)
}

function call({ name, args }: Call, context: Context): Value {
  if (isRangeFunction(name)) return overRange(name, args[0] as Selector, context)
  if (isValueFunction(name)) {
    return VALUE_FUNCTIONS[name].apply(
      args.map((arg) => resultOf(arg, context)),
      context.atMs,
    )
  }
  const operand = args[0] as Expression
  switch (name) {
    case 'absent':
      return vectorOf(operand, context).length > 0 ? [] : [{ labels: labelsAskedFor(operand), value: 1 }]
    case 'absent_over_time':
      return overRange('present_over_time', operand as Selector, context).length > 0
        ? []
        : [{ labels: labelsAskedFor(operand), value: 1 }]
    case 'timestamp':
      return timestamps(operand, context)
  }
}

function overRange(
  name: keyof typeof RANGE_FUNCTIONS,
  { metric, matchers, rangeMs, offsetMs }: Selector,
  { source, atMs, version }: Context,
): readonly Sample[] {
  const endMs = atMs - offsetMs
  const startMs = endMs - rangeMs
  const samples: Sample[] = []
  for (const series of source.select(metric, matchers)) {
    const window = series.window(startMs, endMs, version)
    if (window.times.length === 0) continue
    const value = RANGE_FUNCTIONS[name](window, { startMs, endMs }, version)
    const labels = KEEPS_NAME.has(name) ? series.labels : withoutName(series.labels)
    if (value !== undefined) samples.push({ labels, value })
  }
  return samples
}

function timestamps(operand: Expression, context: Context): readonly Sample[] {
  if (operand.kind === 'selector') {
    return instant(operand, context).map(({ labels, newest }) => ({
      labels: withoutName(labels),
      value: newest.atMs / 1_000,
    }))
  }
  return vectorOf(operand, context).map(({ labels }) => ({ labels: withoutName(labels), value: context.atMs / 1_000 }))
}

/** Of what is not there only the labels are known that had to be equal to something. */
function labelsAskedFor(operand: Expression): Labels {
  if (operand.kind !== 'selector') return {}
  const labels: Record<string, string> = {}
  const asked = operand.matchers.map(({ label }) => label)
  for (const { label, operator, value } of operand.matchers) {
    const once = asked.indexOf(label) === asked.lastIndexOf(label)
    if (operator === '=' && once && label !== METRIC_NAME && value !== '') labels[label] = value
  }
  return labels
}
