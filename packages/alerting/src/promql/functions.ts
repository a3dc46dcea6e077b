import { histogramQuantile } from './histogram-quantile.ts'
import { withoutName } from './labels.ts'
import type { RangeFunctionName } from './range-functions.ts'
import { RANGE_FUNCTIONS } from './range-functions.ts'
import type { Sample } from './sample.ts'
import type { ValueType } from './value-type.ts'

export type Value = number | string | readonly Sample[]

interface FunctionSignature {
  readonly args: readonly ValueType[]
  /** How many of the last arguments may be left out. */
  readonly optional?: number
  readonly returns: ValueType
}

interface ValueFunction extends FunctionSignature {
  readonly apply: (args: readonly Value[], atMs: number) => Value
}

const numberOf = (value: Value | undefined): number => value as number
const samplesOf = (value: Value | undefined): readonly Sample[] => value as readonly Sample[]

/** A function of each value. */
const each = (apply: (value: number, ...rest: readonly number[]) => number, further = 0, optional = 0) =>
  ({
    args: ['vector', ...Array.from({ length: further }, () => 'scalar' as const)],
    optional,
    returns: 'vector',
    apply: ([samples, ...rest]) =>
      samplesOf(samples).map(({ labels, value }) => ({
        labels: withoutName(labels),
        value: apply(value, ...rest.map(numberOf)),
      })),
  }) satisfies ValueFunction

const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, value))

/** Half is rounded up, as Prometheus does. */
const round = (value: number, to = 1): number => Math.floor(value / to + 0.5) * to

/** Functions of values; those of ranges are in range-functions.ts. */
export const VALUE_FUNCTIONS = {
  time: { args: [], returns: 'scalar', apply: (_, atMs) => atMs / 1_000 },
  vector: { args: ['scalar'], returns: 'vector', apply: ([value]) => [{ labels: {}, value: numberOf(value) }] },
  scalar: {
    args: ['vector'],
    returns: 'scalar',
    apply: ([samples]) => {
      const [sample, another] = samplesOf(samples)
      return sample === undefined || another !== undefined ? NaN : sample.value
    },
  },
  abs: each(Math.abs),
  ceil: each(Math.ceil),
  floor: each(Math.floor),
  sgn: each(Math.sign),
  round: each(round, 1, 1),
  clamp: each((value, least = NaN, most = NaN) => clamp(value, least, most), 2),
  clamp_min: each((value, least = NaN) => Math.max(least, value), 1),
  clamp_max: each((value, most = NaN) => Math.min(most, value), 1),
  histogram_quantile: {
    args: ['scalar', 'vector'],
    returns: 'vector',
    apply: ([quantile, samples]) => histogramQuantile(numberOf(quantile), samplesOf(samples)),
  },
} as const satisfies Readonly<Record<string, ValueFunction>>

export type ValueFunctionName = keyof typeof VALUE_FUNCTIONS

/** Functions that look at their selector, too: the labels of what is absent are those that were asked for. */
export const SELECTOR_FUNCTIONS = ['absent', 'absent_over_time', 'timestamp'] as const
export type SelectorFunctionName = (typeof SELECTOR_FUNCTIONS)[number]

export type FunctionName = ValueFunctionName | RangeFunctionName | SelectorFunctionName

export const isRangeFunction = (name: string): name is RangeFunctionName => Object.hasOwn(RANGE_FUNCTIONS, name)
export const isValueFunction = (name: string): name is ValueFunctionName => Object.hasOwn(VALUE_FUNCTIONS, name)
export const isSelectorFunction = (name: string): name is SelectorFunctionName =>
  (SELECTOR_FUNCTIONS as readonly string[]).includes(name)

export const FUNCTION_NAMES: readonly string[] = [
  ...Object.keys(RANGE_FUNCTIONS),
  ...Object.keys(VALUE_FUNCTIONS),
  ...SELECTOR_FUNCTIONS,
].sort()

/** Undefined for a function that is not known here. */
export function signatureOfFunction(name: string): FunctionSignature | undefined {
  if (isRangeFunction(name)) return { args: ['matrix'], returns: 'vector' }
  if (isValueFunction(name)) return VALUE_FUNCTIONS[name]
  if (isSelectorFunction(name)) {
    return { args: [name === 'absent_over_time' ? 'matrix' : 'vector'], returns: 'vector' }
  }
  return undefined
}
