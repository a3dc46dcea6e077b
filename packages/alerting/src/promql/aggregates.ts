import type { Labels } from './labels.ts'
import { METRIC_NAME, only, signatureOf, signatureOn, without } from './labels.ts'
import type { Sample } from './sample.ts'

/** Each makes one sample of a group. */
const FOLDS = {
  sum: (values: readonly number[]) => values.reduce((total, value) => total + value, 0),
  avg: (values: readonly number[]) => values.reduce((total, value) => total + value, 0) / values.length,
  min: (values: readonly number[]) => extreme(values, (value, least) => value < least),
  max: (values: readonly number[]) => extreme(values, (value, most) => value > most),
  count: (values: readonly number[]) => values.length,
  group: () => 1,
} as const

/** Each keeps some samples of a group as they are, the first the most wanted. */
const CHOICES = {
  topk: (a: number, b: number) => b - a,
  bottomk: (a: number, b: number) => a - b,
} as const

type FoldName = keyof typeof FOLDS
type ChoiceName = keyof typeof CHOICES
export type AggregateOperator = FoldName | ChoiceName

export const AGGREGATE_OPERATORS: readonly string[] = [...Object.keys(FOLDS), ...Object.keys(CHOICES)]
export const isAggregateOperator = (name: string): name is AggregateOperator => AGGREGATE_OPERATORS.includes(name)
/** Whether it is told how many to keep. */
export const takesParameter = (operator: AggregateOperator): operator is ChoiceName => Object.hasOwn(CHOICES, operator)

/** NaN gives way to any number. */
function extreme(values: readonly number[], better: (value: number, best: number) => boolean): number {
  let best = NaN
  for (const value of values) if (Number.isNaN(best) || better(value, best)) best = value
  return best
}

export interface Grouping {
  readonly without: boolean
  /** Names by which, or without which, samples are grouped. */
  readonly labels: readonly string[]
}

interface Group {
  readonly labels: Labels
  readonly samples: Sample[]
}

export function aggregate(
  operator: AggregateOperator,
  grouping: Grouping,
  samples: readonly Sample[],
  parameter: number,
): readonly Sample[] {
  const groups = groupsOf(samples, grouping)
  if (!takesParameter(operator)) {
    const fold = FOLDS[operator]
    return groups.map((group) => ({ labels: group.labels, value: fold(group.samples.map(({ value }) => value)) }))
  }
  const wanted = CHOICES[operator]
  // NaN is wanted least, whichever end is.
  const order = (a: Sample, b: Sample): number =>
    Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value)) || wanted(a.value, b.value)
  return groups.flatMap((group) => group.samples.toSorted(order).slice(0, Math.max(0, Math.trunc(parameter))))
}

function groupsOf(samples: readonly Sample[], grouping: Grouping): readonly Group[] {
  const groups = new Map<string, Group>()
  const dropped = [METRIC_NAME, ...grouping.labels]
  for (const sample of samples) {
    const rest = grouping.without ? without(sample.labels, dropped) : undefined
    const signature = rest ? signatureOf(rest) : signatureOn(sample.labels, grouping.labels)
    const group = groups.get(signature)
    if (group) group.samples.push(sample)
    else groups.set(signature, { labels: rest ?? only(sample.labels, grouping.labels), samples: [sample] })
  }
  return [...groups.values()]
}
