import type { SampleSource } from '../promql/evaluate.ts'
import type { Labels } from '../promql/labels.ts'
import { METRIC_NAME, signatureOf } from '../promql/labels.ts'
import { compileMatchers, formatMatcher } from '../promql/matchers.ts'
import { Series } from './series.ts'

/** How long the samples of a metric are kept. Milliseconds; undefined: it is not kept at all. */
export type Retention = (metric: string) => number | undefined

export interface SampleStoreOptions {
  readonly retention: Retention
  /** Series at most; further ones are refused and counted. Default 20,000. */
  readonly maxSeries?: number
  /** Samples of one series at most, the newest. Default 65,536: three days of one every 5 s, and 1 MiB. */
  readonly maxSamplesPerSeries?: number
}

export const SAMPLE_STORE_DEFAULTS = { maxSeries: 20_000, maxSamplesPerSeries: 65_536 } as const

export interface SampleStore extends SampleSource {
  /** The series with these labels, made where there is none yet; undefined when the metric is not kept, or there are too many. */
  series(labels: Labels): StoredSeries | undefined
  keeps(metric: string): boolean
  /** Lets go of series that have had no sample for as long as theirs are kept. */
  prune(nowMs: number): void
  stats(): SampleStoreStats
}

export interface StoredSeries {
  readonly labels: Labels
  append(atMs: number, value: number): void
  /** It was there and is not any more. */
  end(atMs: number): void
}

export interface SampleStoreStats {
  readonly series: number
  readonly samples: number
  /** Memory of the samples; labels come on top, about 0.5 KiB for each series. */
  readonly bytes: number
  /** Series that were refused because there were too many. */
  readonly refused: number
}

interface Entry {
  readonly samples: Series
  readonly retentionMs: number
  readonly stored: StoredSeries
}

/** Samples in memory, by series. They are lost with the process. */
export function createSampleStore(options: SampleStoreOptions): SampleStore {
  const { retention, maxSeries, maxSamplesPerSeries } = { ...SAMPLE_STORE_DEFAULTS, ...options }
  const entries = new Map<string, Entry>()
  const byMetric = new Map<string, Entry[]>()
  /** What selectors have chosen; made anew when a series comes or goes. */
  const chosen = new Map<string, readonly Series[]>()
  let refused = 0

  const register = (signature: string, entry: Entry): void => {
    entries.set(signature, entry)
    const metric = entry.samples.labels[METRIC_NAME] ?? ''
    byMetric.set(metric, [...(byMetric.get(metric) ?? []), entry])
    chosen.clear()
  }

  const add = (signature: string, labels: Labels, retentionMs: number): StoredSeries => {
    const samples = new Series(labels, maxSamplesPerSeries)
    const entry: Entry = {
      samples,
      retentionMs,
      stored: {
        labels,
        append: (atMs, value) => {
          // It may have been let go of meanwhile, after a sleep of the whole machine for example.
          if (!entries.has(signature)) register(signature, entry)
          samples.append(atMs, value, atMs - retentionMs)
        },
        end: (atMs) => samples.end(atMs, atMs - retentionMs),
      },
    }
    register(signature, entry)
    return entry.stored
  }

  return {
    keeps: (metric) => retention(metric) !== undefined,
    series: (labels) => {
      const retentionMs = retention(labels[METRIC_NAME] ?? '')
      if (retentionMs === undefined) return undefined
      const signature = signatureOf(labels)
      const known = entries.get(signature)
      if (known) return known.stored
      if (entries.size >= maxSeries) {
        refused += 1
        return undefined
      }
      return add(signature, labels, retentionMs)
    },
    select: (metric, matchers) => {
      const selector = `${metric ?? ''}{${matchers.map(formatMatcher).join()}}`
      const known = chosen.get(selector)
      if (known) return known
      const fits = compileMatchers(matchers)
      const candidates = metric === undefined ? [...entries.values()] : (byMetric.get(metric) ?? [])
      const found = candidates.map(({ samples }) => samples).filter(({ labels }) => fits(labels))
      chosen.set(selector, found)
      return found
    },
    prune: (nowMs) => {
      for (const [signature, { samples, retentionMs }] of entries) {
        if (samples.newestAtMs >= nowMs - retentionMs) continue
        entries.delete(signature)
        const metric = samples.labels[METRIC_NAME] ?? ''
        const left = (byMetric.get(metric) ?? []).filter((entry) => entry.samples !== samples)
        if (left.length === 0) byMetric.delete(metric)
        else byMetric.set(metric, left)
        chosen.clear()
      }
    },
    stats: () => {
      let samples = 0
      let bytes = 0
      for (const entry of entries.values()) {
        samples += entry.samples.length
        bytes += entry.samples.bytes
      }
      return { series: entries.size, samples, bytes, refused }
    },
  }
}
