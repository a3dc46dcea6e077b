import type { Pool } from 'pg'
import { AlertingError } from '../errors.ts'
import type { Labels } from '../promql/labels.ts'
import type { Alert } from '../rules/alert-states.ts'
import type { FormerAlert } from '../rules/rule-engine.ts'
import { inTransaction } from './transaction.ts'

/** One time that an alert fired. */
export interface AlertEpisode {
  readonly id: string
  readonly fingerprint: string
  readonly labels: Labels
  readonly annotations: Labels
  /** When it began to fire. */
  readonly value: number
  readonly activeAt: Date
  readonly firedAt: Date
  /** Null while it fires. */
  readonly resolvedAt: Date | null
  readonly acknowledgement: Acknowledgement | null
}

/** Somebody is at it. */
export interface Acknowledgement {
  readonly by: string
  readonly at: Date
  readonly note: string
}

interface EpisodeRow {
  readonly id: string
  readonly fingerprint: string
  readonly labels: Labels
  readonly annotations: Labels
  readonly value: number
  readonly active_at: Date
  readonly fired_at: Date
  readonly resolved_at: Date | null
  readonly acknowledged_by: string | null
  readonly acknowledged_at: Date | null
  readonly note: string | null
}

const OPEN = 'select * from alert_episodes where resolved_at is null order by fired_at, id'
const BEGIN = `
  insert into alert_episodes (fingerprint, labels, annotations, value, active_at, fired_at)
  select * from unnest($1::text[], $2::jsonb[], $3::jsonb[], $4::float8[], $5::timestamptz[], $6::timestamptz[])
  on conflict (fingerprint) where resolved_at is null do nothing`
const END = `
  update alert_episodes set resolved_at = greatest($2, fired_at)
  where resolved_at is null and fingerprint <> all($1::text[])`
const ACKNOWLEDGE = `
  update alert_episodes set acknowledged_by = $2, acknowledged_at = $3, note = $4
  where fingerprint = $1 and resolved_at is null
  returning *`
const HISTORY = `
  select * from alert_episodes
  where ($1::timestamptz is null or fired_at < $1) and ($2::text is null or labels ->> 'alertname' = $2)
  order by fired_at desc, id desc limit $3`
const FORGET = 'delete from alert_episodes where resolved_at < $1'

/** What has fired, since when, who is at it: in the database, so that it outlives the process. */
export class AlertLog {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /** Open episodes, the oldest first. */
  async open(): Promise<readonly AlertEpisode[]> {
    const { rows } = await this.#pool.query<EpisodeRow>(OPEN)
    return rows.map(episodeOf)
  }

  /** Brings the open episodes in line with what fires now; the same again changes nothing. */
  async sync(firing: readonly Alert[], atMs: number): Promise<readonly AlertEpisode[]> {
    await inTransaction(this.#pool, async (sql) => {
      await sql.query(END, [firing.map(({ fingerprint }) => fingerprint), new Date(atMs)])
      await sql.query(BEGIN, [
        firing.map(({ fingerprint }) => fingerprint),
        firing.map(({ labels }) => JSON.stringify(labels)),
        firing.map(({ annotations }) => JSON.stringify(annotations)),
        firing.map(({ value }) => value),
        firing.map(({ activeAtMs }) => new Date(activeAtMs)),
        firing.map(({ firedAtMs = atMs }) => new Date(firedAtMs)),
      ])
    })
    return this.open()
  }

  /** Throws ALERT_NOT_FOUND. A second one takes the place of the first. */
  async acknowledge(fingerprint: string, by: string, note: string, at: Date): Promise<AlertEpisode> {
    const { rows } = await this.#pool.query<EpisodeRow>(ACKNOWLEDGE, [fingerprint, by, at, note])
    const [row] = rows
    if (row === undefined) {
      throw new AlertingError(
        'ALERT_NOT_FOUND',
        `No alert with the fingerprint ${fingerprint} is firing; it may have been resolved meanwhile.`,
      )
    }
    return episodeOf(row)
  }

  /** The newest first. */
  async history(page: {
    readonly before?: Date
    readonly alertname?: string
    readonly limit: number
  }): Promise<readonly AlertEpisode[]> {
    const { rows } = await this.#pool.query<EpisodeRow>(HISTORY, [
      page.before ?? null,
      page.alertname ?? null,
      page.limit,
    ])
    return rows.map(episodeOf)
  }

  /** Deletes episodes that ended before. */
  async forget(before: Date): Promise<void> {
    await this.#pool.query(FORGET, [before])
  }
}

/** For the rule engine of the next process. */
export const formerAlert = ({
  fingerprint,
  labels,
  annotations,
  value,
  activeAt,
  firedAt,
}: AlertEpisode): FormerAlert => ({
  fingerprint,
  labels,
  annotations,
  value,
  activeAtMs: activeAt.getTime(),
  firedAtMs: firedAt.getTime(),
})

function episodeOf(row: EpisodeRow): AlertEpisode {
  const { acknowledged_by: by, acknowledged_at: at } = row
  return {
    id: row.id,
    fingerprint: row.fingerprint,
    labels: row.labels,
    annotations: row.annotations,
    value: row.value,
    activeAt: row.active_at,
    firedAt: row.fired_at,
    resolvedAt: row.resolved_at,
    acknowledgement: by === null || at === null ? null : { by, at, note: row.note ?? '' },
  }
}
