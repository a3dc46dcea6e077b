import type { PrometheusVersion, Range, SampleWindow } from './sample.ts'

/** The value for one series, or undefined where its samples do not suffice. */
export type RangeFunction = (window: SampleWindow, range: Range, version: PrometheusVersion) => number | undefined

const at = (values: ArrayLike<number>, index: number): number => values[index] as number
const last = (values: ArrayLike<number>): number => at(values, values.length - 1)

/** What a counter rose by between its first and its last sample; a fall is a restart from 0. */
function riseOf({ values }: SampleWindow, isCounter: boolean): number {
  let rise = last(values) - at(values, 0)
  if (!isCounter) return rise
  for (let i = 1; i < values.length; i++) if (at(values, i) < at(values, i - 1)) rise += at(values, i - 1)
  return rise
}

/** How far the slope goes on beyond a sample that is `gap` from the edge: to it, or half a step where the next sample is missing. */
const reach = (gap: number, step: number): number => (gap < step * 1.1 ? gap : step / 2)

/** The samples seldom lie at the edges of the range: their slope is drawn out towards them, but for a counter not below 0. */
function extrapolated(isCounter: boolean): RangeFunction {
  return (window, { startMs, endMs }, version) => {
    const { times, values } = window
    if (times.length < 2) return undefined
    const covered = last(times) - at(times, 0)
    const step = covered / (times.length - 1)
    const rise = riseOf(window, isCounter)
    const toStart = at(times, 0) - startMs
    const toZero = isCounter && rise > 0 && at(values, 0) >= 0 ? covered * (at(values, 0) / rise) : Infinity
    const before = version === 2 ? reach(Math.min(toStart, toZero), step) : Math.min(reach(toStart, step), toZero)
    return rise * ((covered + before + reach(endMs - last(times), step)) / covered)
  }
}

const increase = extrapolated(true)

function perSecond(rise: RangeFunction): RangeFunction {
  return (window, range, version) => {
    const value = rise(window, range, version)
    return value === undefined ? undefined : (value * 1_000) / (range.endMs - range.startMs)
  }
}

/** From the last two samples only. */
const instantRate: RangeFunction = ({ times, values }) => {
  const end = times.length - 1
  if (end < 1) return undefined
  const rise = at(values, end) < at(values, end - 1) ? at(values, end) : at(values, end) - at(values, end - 1)
  return (rise * 1_000) / (at(times, end) - at(times, end - 1))
}

function countSteps(fits: (before: number, after: number) => boolean): RangeFunction {
  return ({ values }) => {
    let count = 0
    for (let i = 1; i < values.length; i++) if (fits(at(values, i - 1), at(values, i))) count += 1
    return count
  }
}

function fold(start: number, step: (sum: number, value: number) => number): RangeFunction {
  return ({ values }) => {
    let result = start
    for (let i = 0; i < values.length; i++) result = step(result, at(values, i))
    return result
  }
}

const sum = fold(0, (total, value) => total + value)

export const RANGE_FUNCTIONS = {
  increase,
  rate: perSecond(increase),
  irate: instantRate,
  delta: extrapolated(false),
  changes: countSteps((before, after) => before !== after && !(Number.isNaN(before) && Number.isNaN(after))),
  resets: countSteps((before, after) => after < before),
  sum_over_time: sum,
  avg_over_time: (window, range, version) => (sum(window, range, version) as number) / window.values.length,
  min_over_time: fold(NaN, (least, value) => (value < least || Number.isNaN(least) ? value : least)),
  max_over_time: fold(NaN, (most, value) => (value > most || Number.isNaN(most) ? value : most)),
  count_over_time: ({ values }) => values.length,
  last_over_time: ({ values }) => last(values),
  present_over_time: () => 1,
} as const satisfies Readonly<Record<string, RangeFunction>>

export type RangeFunctionName = keyof typeof RANGE_FUNCTIONS

/** Functions that tell of the same series, not of something made of it: its name stays. */
export const KEEPS_NAME: ReadonlySet<string> = new Set<RangeFunctionName>(['last_over_time'])
