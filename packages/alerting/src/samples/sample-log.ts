import type { Pool } from 'pg'
import type { Selector } from '../promql/expression.ts'
import { selectorsOf } from '../promql/expression.ts'
import type { Labels } from '../promql/labels.ts'
import { fingerprintOf } from '../promql/labels.ts'
import type { AlertRule } from '../rules/alert-rule.ts'
import type { SampleStore } from './sample-store.ts'

export interface SampleLogOptions {
  readonly pool: Pool
  readonly store: SampleStore
  readonly rules: readonly AlertRule[]
  /** Of each series one sample in so long. Milliseconds, default 60,000. */
  readonly everyMs?: number
  /** Ranges of rules up to this length are soon full again, and not kept. Milliseconds, default 600,000. */
  readonly longerThanMs?: number
}

export const SAMPLE_LOG_DEFAULTS = { everyMs: 60_000, longerThanMs: 600_000 } as const
/** Of the times that something was written. */
const FORGET_EVERY = 60

const SERIES = `
  insert into alert_series (fingerprint, labels) select * from unnest($1::text[], $2::jsonb[]) on conflict do nothing`
const SAMPLES = `
  insert into alert_samples (fingerprint, at, value)
  select * from unnest($1::text[], $2::timestamptz[], $3::float8[]) on conflict do nothing`
const RESTORE = `
  select labels, array_agg((extract(epoch from at) * 1000)::float8 order by at) as times, array_agg(value order by at) as values
  from alert_samples join alert_series using (fingerprint) where at >= $1
  group by fingerprint, labels`
const FORGET = 'delete from alert_samples where at < $1'
const FORGET_SERIES = `
  delete from alert_series s where not exists (select from alert_samples where fingerprint = s.fingerprint)`

/** What the long ranges of the rules look at, thinned out, in the database: a restart takes no hours and days from them. */
export class SampleLog {
  readonly #pool: Pool
  readonly #store: SampleStore
  readonly #everyMs: number
  readonly #selectors: readonly Selector[]
  readonly #keptMs: number
  /** Fingerprints of series whose labels are in the database. */
  readonly #known = new Set<string>()
  #writtenAtMs = -Infinity
  #writes = 0

  constructor(options: SampleLogOptions) {
    const { pool, store, rules, everyMs, longerThanMs } = { ...SAMPLE_LOG_DEFAULTS, ...options }
    this.#pool = pool
    this.#store = store
    this.#everyMs = everyMs
    this.#selectors = longSelectorsOf(rules, longerThanMs)
    // The first sample of a range may be taken a little before its beginning.
    this.#keptMs = everyMs + Math.max(0, ...this.#selectors.map(({ rangeMs, offsetMs }) => rangeMs + offsetMs))
  }

  /** Puts into the store what is in the database; before the first scrape, since a store takes no sample that is older than its newest. */
  async restore(nowMs: number): Promise<number> {
    if (this.#selectors.length === 0) return 0
    const { rows } = await this.#pool.query<{ labels: Labels; times: number[]; values: number[] }>(RESTORE, [
      new Date(nowMs - this.#keptMs),
    ])
    let restored = 0
    for (const { labels, times, values } of rows) {
      const series = this.#store.series(labels)
      if (series === undefined) continue
      for (const [index, atMs] of times.entries()) series.append(Math.round(atMs), values[index] ?? Number.NaN)
      restored += times.length
      this.#writtenAtMs = Math.max(this.#writtenAtMs, times.at(-1) ?? -Infinity)
    }
    return restored
  }

  /** After each scrape; answers how many samples were written. Costs nothing most times. */
  async keep(nowMs: number): Promise<number> {
    if (this.#selectors.length === 0 || nowMs - this.#writtenAtMs < this.#everyMs) return 0
    const found = this.#newest(nowMs)
    const fingerprints = found.map(({ fingerprint }) => fingerprint)
    if (!fingerprints.every((each) => this.#known.has(each))) {
      await this.#pool.query(SERIES, [fingerprints, found.map(({ labels }) => JSON.stringify(labels))])
      for (const each of fingerprints) this.#known.add(each)
    }
    if (found.length > 0) {
      await this.#pool.query(SAMPLES, [
        fingerprints,
        found.map(({ atMs }) => new Date(atMs)),
        found.map(({ value }) => value),
      ])
    }
    this.#writtenAtMs = nowMs
    if (this.#writes % FORGET_EVERY === 0) await this.#forget(nowMs)
    this.#writes += 1
    return found.length
  }

  #newest(nowMs: number) {
    const series = new Set(this.#selectors.flatMap(({ metric, matchers }) => this.#store.select(metric, matchers)))
    return [...series].flatMap((each) => {
      const sample = each.newest(nowMs, this.#everyMs, 3)
      return sample === undefined ? [] : [{ fingerprint: fingerprintOf(each.labels), labels: each.labels, ...sample }]
    })
  }

  async #forget(nowMs: number): Promise<void> {
    await this.#pool.query(FORGET, [new Date(nowMs - this.#keptMs)])
    await this.#pool.query(FORGET_SERIES)
    this.#known.clear()
  }
}

/** Selectors of the rules whose ranges would take long to be full again. */
export const longSelectorsOf = (rules: readonly AlertRule[], longerThanMs: number): readonly Selector[] =>
  rules
    .flatMap(({ expression }) => selectorsOf(expression))
    .filter(({ rangeMs, offsetMs }) => rangeMs + offsetMs > longerThanMs)
