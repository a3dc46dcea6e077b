import type { Labels } from './labels.ts'
import { METRIC_NAME, signatureOf, without } from './labels.ts'
import type { Sample } from './sample.ts'

const BUCKET = 'le'
/** Differences of neighbouring buckets below this part of them are errors of floating point. */
const TOLERANCE = 1e-12

interface Bucket {
  readonly upperBound: number
  count: number
}

/** The quantile of each histogram among the samples of its buckets (label `le`), interpolated within the bucket that it falls into. */
export function histogramQuantile(quantile: number, samples: readonly Sample[]): readonly Sample[] {
  const histograms = new Map<string, { readonly labels: Labels; readonly buckets: Bucket[] }>()
  for (const { labels, value } of samples) {
    const upperBound = parseBound(labels[BUCKET])
    if (upperBound === undefined) continue
    const rest = without(labels, [METRIC_NAME, BUCKET])
    const signature = signatureOf(rest)
    const histogram = histograms.get(signature) ?? { labels: rest, buckets: [] }
    histograms.set(signature, histogram)
    histogram.buckets.push({ upperBound, count: value })
  }
  return [...histograms.values()].map(({ labels, buckets }) => ({ labels, value: quantileOf(quantile, buckets) }))
}

function parseBound(text: string | undefined): number | undefined {
  if (text === '+Inf' || text === 'Inf') return Infinity
  const bound = text === undefined || text === '' ? NaN : Number(text)
  return Number.isNaN(bound) ? undefined : bound
}

function quantileOf(quantile: number, unordered: readonly Bucket[]): number {
  if (Number.isNaN(quantile)) return NaN
  if (quantile < 0) return -Infinity
  if (quantile > 1) return Infinity
  const buckets = rising(merged(unordered.toSorted((a, b) => a.upperBound - b.upperBound)))
  const highest = buckets.at(-1)
  if (highest === undefined || highest.upperBound !== Infinity || buckets.length < 2) return NaN
  if (highest.count === 0 || Number.isNaN(highest.count)) return NaN
  const rank = quantile * highest.count
  const found = buckets.findIndex(({ count }, index) => count >= rank || index === buckets.length - 1)
  const bucket = buckets[found] as Bucket
  const before = buckets[found - 1]
  // Nothing is known of what lies beyond the last bound, nor of a first bucket that reaches below 0.
  if (bucket === highest) return (before as Bucket).upperBound
  if (before === undefined && bucket.upperBound <= 0) return bucket.upperBound
  const lower = before?.upperBound ?? 0
  const below = before?.count ?? 0
  return lower + (bucket.upperBound - lower) * ((rank - below) / (bucket.count - below))
}

function merged(buckets: readonly Bucket[]): Bucket[] {
  const result: Bucket[] = []
  for (const bucket of buckets) {
    const before = result.at(-1)
    if (before?.upperBound === bucket.upperBound) before.count += bucket.count
    else result.push({ ...bucket })
  }
  return result
}

/** Buckets that were scraped at different moments, or summed up, may fall by a little: a bucket holds all that lower ones hold. */
function rising(buckets: Bucket[]): Bucket[] {
  let most = -Infinity
  for (const bucket of buckets) {
    if (bucket.count < most || Math.abs(bucket.count - most) <= TOLERANCE * bucket.count) bucket.count = most
    most = bucket.count
  }
  return buckets
}
