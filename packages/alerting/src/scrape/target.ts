import { AlertingError } from '../errors.ts'
import type { Labels } from '../promql/labels.ts'
import { METRIC_NAME } from '../promql/labels.ts'
import type { SampleStore, StoredSeries } from '../samples/sample-store.ts'
import { parseKey, readExposition } from './exposition.ts'

/** What is scraped: where metrics come from, and the labels that say so. */
export interface TargetOptions {
  /** Label `job`: what it is, the same for all instances. */
  readonly job: string
  /** Label `instance`: which of them, by convention its `host:port`. */
  readonly instance: string
  /** Answers the metrics in Prometheus' text format. */
  readonly read: (signal: AbortSignal) => Promise<string>
}

export interface TargetState {
  readonly job: string
  readonly instance: string
  readonly up: boolean
  /** Why it is not up; undefined when it is, or was not scraped yet. */
  readonly error?: string
  /** The first scrape in a row that failed. Milliseconds since 1970; undefined while it is up. */
  readonly downSinceMs?: number
  readonly scrapedAtMs?: number
  readonly tookMs?: number
}

interface Known {
  readonly series: StoredSeries | undefined
  /** Number of the scrape that it was seen in last. */
  seen: number
}

export interface Target {
  scrape(atMs: number, timeoutMs: number): Promise<void>
  state(): TargetState
}

/** Keeps `up` and `scrape_duration_seconds` beside what the target tells. Series that it tells no more have ended, and all of them when it fails. */
export function createTarget({ job, instance, read }: TargetOptions, store: SampleStore): Target {
  const own = (metric: string): StoredSeries | undefined => store.series({ [METRIC_NAME]: metric, job, instance })
  const known = new Map<string, Known>()
  let scrapes = 0
  let state: TargetState = { job, instance, up: false }

  const endUnseen = (atMs: number): void => {
    for (const [key, { series, seen }] of known) {
      if (seen === scrapes) continue
      series?.end(atMs)
      known.delete(key)
    }
  }

  /** All of an answer or nothing: what is wrong at its end is known before anything is kept. */
  const take = (text: string, atMs: number): void => {
    const samples: [known: Known, value: number][] = []
    readExposition(text, (metric, key, value) => {
      if (!store.keeps(metric)) return
      let entry = known.get(key)
      if (entry === undefined) {
        entry = { series: store.series(labelled(parseKey(key), job, instance)), seen: 0 }
        known.set(key, entry)
      }
      samples.push([entry, value])
    })
    for (const [entry, value] of samples) {
      entry.seen = scrapes
      entry.series?.append(atMs, value)
    }
  }

  return {
    scrape: async (atMs, timeoutMs) => {
      scrapes += 1
      const started = performance.now()
      let error: string | undefined
      try {
        take(await read(AbortSignal.timeout(timeoutMs)), atMs)
      } catch (failure) {
        error = reasonOf(failure, timeoutMs)
      }
      endUnseen(atMs)
      const tookMs = performance.now() - started
      own('up')?.append(atMs, error === undefined ? 1 : 0)
      own('scrape_duration_seconds')?.append(atMs, tookMs / 1_000)
      state = {
        job,
        instance,
        up: error === undefined,
        ...(error !== undefined && { error, downSinceMs: state.downSinceMs ?? atMs }),
        scrapedAtMs: atMs,
        tookMs,
      }
    },
    state: () => state,
  }
}

/** A label of the target's own that has the name of one of ours is kept as `exported_…`, as Prometheus does it. */
function labelled(labels: Labels, job: string, instance: string): Labels {
  const { job: theirJob, instance: theirInstance, ...rest } = labels
  return {
    ...rest,
    ...(theirJob !== undefined && { exported_job: theirJob }),
    ...(theirInstance !== undefined && { exported_instance: theirInstance }),
    job,
    instance,
  }
}

function reasonOf(failure: unknown, timeoutMs: number): string {
  if (!(failure instanceof Error)) return String(failure)
  if (failure.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`
  const { cause } = failure
  const inner = cause instanceof Error ? cause.message || ('code' in cause ? String(cause.code) : '') : ''
  return inner === '' ? failure.message : `${failure.message}: ${inner}`
}

/** An answer larger than this is refused. */
const MAX_BYTES = 16 * 1024 * 1024

/** Reads `/metrics` below a base URL. */
export function httpTarget(job: string, baseUrl: string): TargetOptions {
  const url = new URL('metrics', baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`)
  return {
    job,
    instance: url.host,
    read: async (signal) => {
      const response = await fetch(url, { signal, headers: { accept: 'text/plain;version=0.0.4' } })
      if (!response.ok) {
        await response.body?.cancel()
        throw new AlertingError('EXPOSITION_INVALID', `${url} answered ${response.status}`)
      }
      return boundedText(response)
    },
  }
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MAX_BYTES) throw new AlertingError('EXPOSITION_INVALID', `The answer is larger than ${MAX_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
