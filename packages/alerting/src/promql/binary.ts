import { AlertingError } from '../errors.ts'
import type { BinaryExpression, Matching } from './expression.ts'
import type { Labels } from './labels.ts'
import { formatLabels, METRIC_NAME, only, signatureOf, signatureOn, without } from './labels.ts'
import { ARITHMETIC, COMPARISON, isArithmetic, isComparison } from './operators.ts'
import type { Sample } from './sample.ts'

type Operation = Pick<BinaryExpression, 'operator' | 'bool' | 'matching'>

/** The value of an operator between two numbers; undefined where a comparison leaves the left one out. */
function resultOf({ operator, bool }: Operation, left: number, right: number): number | undefined {
  if (isArithmetic(operator)) return ARITHMETIC[operator](left, right)
  if (!isComparison(operator)) return undefined
  const fits = COMPARISON[operator](left, right)
  if (bool) return fits ? 1 : 0
  return fits ? left : undefined
}

/** A comparison that filters tells of the same series; everything else makes a new one, without a name. */
const keepsName = ({ operator, bool }: Operation): boolean => isComparison(operator) && !bool

export function betweenScalars(operation: Operation, left: number, right: number): number {
  return resultOf({ ...operation, bool: true }, left, right) as number
}

/** `samples > 5`, `5 < samples`: a filter keeps the value of the sample, whichever side it is on. */
export function withScalar(
  operation: Operation,
  samples: readonly Sample[],
  scalar: number,
  scalarIsLeft: boolean,
): readonly Sample[] {
  return samples.flatMap(({ labels, value }) => {
    const result = scalarIsLeft ? resultOf(operation, scalar, value) : resultOf(operation, value, scalar)
    if (result === undefined) return []
    const kept = keepsName(operation)
    return [{ labels: kept ? labels : without(labels, [METRIC_NAME]), value: kept ? value : result }]
  })
}

export function matchKey({ on, labels }: Matching): (of: Labels) => string {
  if (on) return (of) => signatureOn(of, labels)
  const dropped = [METRIC_NAME, ...labels]
  return (of) => signatureOf(without(of, dropped))
}

export function setOperation(
  { operator, matching }: Operation,
  left: readonly Sample[],
  right: readonly Sample[],
): readonly Sample[] {
  const key = matchKey(matching)
  const keysOf = (samples: readonly Sample[]): ReadonlySet<string> => new Set(samples.map(({ labels }) => key(labels)))
  if (operator === 'or') {
    const taken = keysOf(left)
    return [...left, ...right.filter(({ labels }) => !taken.has(key(labels)))]
  }
  const there = keysOf(right)
  return left.filter(({ labels }) => there.has(key(labels)) === (operator === 'and'))
}

export function betweenVectors(
  operation: Operation,
  left: readonly Sample[],
  right: readonly Sample[],
): readonly Sample[] {
  const { matching } = operation
  const manyIsRight = matching.many === 'right'
  const [many, one] = manyIsRight ? [right, left] : [left, right]
  const key = matchKey(matching)
  const ones = new Map<string, Sample>()
  for (const sample of one) {
    const signature = key(sample.labels)
    const other = ones.get(signature)
    if (other) throw tooMany(manyIsRight ? 'left' : 'right', other, sample)
    ones.set(signature, sample)
  }
  const seen = new Map<string, Sample>()
  const results: Sample[] = []
  for (const sample of many) {
    const partner = ones.get(key(sample.labels))
    if (partner === undefined) continue
    const [leftValue, rightValue] = manyIsRight ? [partner.value, sample.value] : [sample.value, partner.value]
    const value = resultOf(operation, leftValue, rightValue)
    const labels = resultLabels(operation, sample.labels, partner.labels)
    const signature = matching.many === undefined ? key(sample.labels) : signatureOf(labels)
    const other = seen.get(signature)
    if (value === undefined) continue
    if (other) throw tooMany(manyIsRight ? 'right' : 'left', other, sample)
    seen.set(signature, sample)
    results.push({ labels, value })
  }
  return results
}

function resultLabels(operation: Operation, many: Labels, one: Labels): Labels {
  const { matching } = operation
  const named = keepsName(operation) ? many : without(many, [METRIC_NAME])
  if (matching.many === undefined) return matching.on ? only(named, matching.labels) : without(named, matching.labels)
  if (matching.include.length === 0) return named
  const rest = without(named, matching.include)
  return { ...rest, ...only(one, matching.include) }
}

function tooMany(side: 'left' | 'right', first: Sample, second: Sample): AlertingError {
  return new AlertingError(
    'PROMQL_MATCHING',
    `${formatLabels(first.labels)} and ${formatLabels(second.labels)} on the ${side} side match the same series of the other side. ` +
      'Match on more labels, aggregate them away, or say group_left or group_right.',
  )
}
