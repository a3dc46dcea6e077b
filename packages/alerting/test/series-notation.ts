import type { Labels } from '../src/index.ts'
import { createSampleStore, METRIC_NAME } from '../src/index.ts'
import { parsePromql } from '../src/promql/parse.ts'

export interface InputSeries {
  /** `up{job="a"}` */
  readonly series: string
  /** promtool's notation: `1 2 _ stale 3+1x4 5x2 _x3` */
  readonly values: string
}

type Step = number | 'none' | 'stale'

const TERM = /^(-?[\d.]+(?:e[+-]?\d+)?|-?Inf|NaN)(?:([+-][\d.]+(?:e[+-]?\d+)?)?x(\d+))?$/i

export function parseValues(values: string): readonly Step[] {
  return values
    .trim()
    .split(/\s+/)
    .flatMap((term): readonly Step[] => {
      const gap = /^_(?:x(\d+))?$/.exec(term)
      if (gap) return Array.from({ length: Number(gap[1] ?? 1) }, () => 'none' as const)
      if (term === 'stale') return ['stale']
      const [, start, step = '0', times = '0'] = TERM.exec(term) ?? []
      if (start === undefined) throw new Error(`promtool's notation has no ${term}`)
      return Array.from({ length: Number(times) + 1 }, (_, index) => numberOf(start) + index * Number(step))
    })
}

const numberOf = (text: string): number =>
  /inf/i.test(text) ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text)

export function parseSeries(series: string): Labels {
  const selector = parsePromql(series)
  if (selector.kind !== 'selector') throw new Error(`${series} is no series`)
  return {
    ...(selector.metric !== undefined && { [METRIC_NAME]: selector.metric }),
    ...Object.fromEntries(selector.matchers.map(({ label, value }) => [label, value])),
  }
}

/** The series as a store holds them at their end, all samples at multiples of the interval since 1970. */
export function storeOf(input: readonly InputSeries[], intervalMs: number) {
  const store = createSampleStore({ retention: () => 1_000_000_000 })
  for (const { series, values } of input) {
    const stored = store.series(parseSeries(series))
    for (const [index, step] of parseValues(values).entries()) {
      if (step === 'stale') stored?.end(index * intervalMs)
      else if (step !== 'none') stored?.append(index * intervalMs, step)
    }
  }
  return store
}
