import type { Pool } from 'pg'
import type { Alert } from '../rules/alert-states.ts'
import type { FormerPending } from '../rules/restore-pending.ts'

const READ = 'select fingerprint, active_at, seen_at from alert_pending'
const SYNC = `
  with gone as (delete from alert_pending where fingerprint <> all($1::text[]))
  insert into alert_pending (fingerprint, active_at, seen_at)
  select *, $3::timestamptz from unnest($1::text[], $2::timestamptz[])
  on conflict (fingerprint) do update set active_at = excluded.active_at, seen_at = excluded.seen_at`

/** What is pending, and since when: for the process after this one. */
export class PendingLog {
  readonly #pool: Pool
  /** Whether the table may have rows. */
  #written = true

  constructor(pool: Pool) {
    this.#pool = pool
  }

  async read(): Promise<readonly FormerPending[]> {
    const { rows } = await this.#pool.query<{ fingerprint: string; active_at: Date; seen_at: Date }>(READ)
    return rows.map(({ fingerprint, active_at, seen_at }) => ({
      fingerprint,
      activeAtMs: active_at.getTime(),
      seenAtMs: seen_at.getTime(),
    }))
  }

  /** After each evaluation. Costs no query as long as nothing is pending. */
  async sync(pending: readonly Alert[], atMs: number): Promise<void> {
    if (pending.length === 0 && !this.#written) return
    await this.#pool.query(SYNC, [
      pending.map(({ fingerprint }) => fingerprint),
      pending.map(({ activeAtMs }) => new Date(activeAtMs)),
      new Date(atMs),
    ])
    this.#written = pending.length > 0
  }
}
