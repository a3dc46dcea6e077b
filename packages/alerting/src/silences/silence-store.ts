import type { Pool } from 'pg'
import { AlertingError } from '../errors.ts'
import type { Matcher } from '../promql/matchers.ts'
import type { Silence, SilenceRequest } from './silence.ts'
import { checkSilence } from './silence.ts'

interface SilenceRow {
  readonly id: string
  readonly matchers: readonly Matcher[]
  readonly starts_at: Date
  readonly ends_at: Date
  readonly created_by: string
  readonly comment: string
  readonly created_at: Date
  readonly expired_by: string | null
}

const CREATE = `
  insert into alert_silences (matchers, starts_at, ends_at, created_by, comment, created_at)
  values ($1, $2, $3, $4, $5, $2) returning *`
const EXPIRE = `
  update alert_silences set ends_at = $2, expired_by = $3 where id = $1 and ends_at > $2 returning *`
const NOT_OVER = 'select * from alert_silences where ends_at > $1 order by ends_at, id'
const NEWEST = 'select * from alert_silences order by created_at desc, id desc limit $1'
const ONE = 'select * from alert_silences where id = $1'
/** Ids are bigints. */
const MAX_ID = 9_223_372_036_854_775_807n

export class SilenceStore {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /** Throws SILENCE_INVALID. */
  async create(request: SilenceRequest, now: Date): Promise<Silence> {
    checkSilence(request, now)
    const { matchers, endsAt, createdBy, comment } = request
    const { rows } = await this.#pool.query<SilenceRow>(CREATE, [
      JSON.stringify(matchers),
      now,
      endsAt,
      createdBy,
      comment,
    ])
    return silenceOf(rows[0] as SilenceRow)
  }

  /** Ends it now; one that is over stays as it is. Throws SILENCE_NOT_FOUND. */
  async expire(id: string, by: string, now: Date): Promise<Silence> {
    if (/^\d{1,19}$/.test(id) && BigInt(id) <= MAX_ID) {
      const { rows } = await this.#pool.query<SilenceRow>(EXPIRE, [id, now, by])
      const [row] = rows.length > 0 ? rows : (await this.#pool.query<SilenceRow>(ONE, [id])).rows
      if (row !== undefined) return silenceOf(row)
    }
    throw new AlertingError('SILENCE_NOT_FOUND', `There is no silence ${id}.`)
  }

  /** Those that hold now, the first to end first. */
  async notOver(now: Date): Promise<readonly Silence[]> {
    return (await this.#pool.query<SilenceRow>(NOT_OVER, [now])).rows.map(silenceOf)
  }

  /** Over or not, the newest first. */
  async newest(limit: number): Promise<readonly Silence[]> {
    return (await this.#pool.query<SilenceRow>(NEWEST, [limit])).rows.map(silenceOf)
  }
}

const silenceOf = (row: SilenceRow): Silence => ({
  id: row.id,
  matchers: row.matchers,
  startsAt: row.starts_at,
  endsAt: row.ends_at,
  createdBy: row.created_by,
  comment: row.comment,
  createdAt: row.created_at,
  expiredBy: row.expired_by,
})
