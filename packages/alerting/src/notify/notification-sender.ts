import type { Pool } from 'pg'
import type { NotificationPayload } from './notification-payload.ts'
import type { Receiver } from './receiver.ts'

export interface NotificationSenderOptions {
  readonly pool: Pool
  readonly receivers: readonly Receiver[]
  /** Told of each failure; the next attempt comes by itself. */
  readonly onFailure: (failure: NotificationFailure) => void
  /** Notifications of one receiver within a minute, at most. Default 20. */
  readonly maxPerMinute?: number
  /** Wait after the first failure; each later one is twice as long. Milliseconds, default 2,000. */
  readonly initialDelayMs?: number
  /** Longest wait. Milliseconds, default 300,000. */
  readonly maxDelayMs?: number
  /** After this time a notification that cannot be sent is given up. Milliseconds, default 86,400,000: a day. */
  readonly giveUpAfterMs?: number
  /** How long one attempt may take. Milliseconds, default 10,000. */
  readonly timeoutMs?: number
}

export const SENDER_DEFAULTS = {
  maxPerMinute: 20,
  initialDelayMs: 2_000,
  maxDelayMs: 300_000,
  giveUpAfterMs: 86_400_000,
  timeoutMs: 10_000,
} as const

export interface NotificationFailure {
  readonly id: string
  readonly receiver: string
  readonly attempts: number
  readonly reason: string
  readonly givenUp: boolean
}

interface ClaimedRow {
  readonly id: string
  readonly receiver: string
  readonly payload: NotificationPayload
  readonly attempts: number
  readonly created_at: Date
}

/** The oldest of each group only: a receiver hears of things in the order in which they were. */
const CLAIM = `
  update alert_notifications set claimed_until = $2, attempts = attempts + 1
  where id = (
    select id from alert_notifications n
    where sent_at is null and given_up_at is null and next_at <= $1 and (claimed_until is null or claimed_until < $1)
      and receiver = any($3::text[])
      and not exists (
        select 1 from alert_notifications older
        where older.receiver = n.receiver and older.group_key = n.group_key and older.id < n.id
          and older.sent_at is null and older.given_up_at is null)
    order by next_at, id limit 1 for update skip locked)
  returning id, receiver, payload, attempts, created_at`
const SENT = 'update alert_notifications set sent_at = $2, claimed_until = null, last_error = null where id = $1'
const FAILED = `
  update alert_notifications
  set claimed_until = null, last_error = $2, next_at = $3, given_up_at = case when $4 then $5::timestamptz end
  where id = $1`
const OF_LAST_MINUTE = `
  select receiver, count(*)::int as sent from alert_notifications where sent_at > $1 group by receiver`

/** Sends what is stored, and tries again until it is taken: after a restart, too, since every step is in the database. */
export class NotificationSender {
  readonly #options: Required<NotificationSenderOptions>
  readonly #receivers: ReadonlyMap<string, Receiver>

  constructor(options: NotificationSenderOptions) {
    this.#options = { ...SENDER_DEFAULTS, ...options }
    this.#receivers = new Map(options.receivers.map((receiver) => [receiver.name, receiver]))
  }

  /** Sends all that is due; answers how many were taken. */
  async send(now: () => Date, signal: AbortSignal): Promise<number> {
    if (this.#receivers.size === 0) return 0
    const open = await this.#receiversWithRoom(now())
    let sent = 0
    while (!signal.aborted) {
      const allowed = [...open].filter(([, room]) => room > 0).map(([name]) => name)
      const row = allowed.length === 0 ? undefined : await this.#claim(allowed, now())
      if (row === undefined) return sent
      open.set(row.receiver, (open.get(row.receiver) ?? 0) - 1)
      if (await this.#attempt(row, now, signal)) sent += 1
    }
    return sent
  }

  async #receiversWithRoom(now: Date): Promise<Map<string, number>> {
    const { pool, maxPerMinute } = this.#options
    const { rows } = await pool.query<{ receiver: string; sent: number }>(OF_LAST_MINUTE, [
      new Date(now.getTime() - 60_000),
    ])
    const sent = new Map(rows.map((row) => [row.receiver, row.sent]))
    return new Map([...this.#receivers.keys()].map((name) => [name, maxPerMinute - (sent.get(name) ?? 0)]))
  }

  async #claim(receivers: readonly string[], now: Date): Promise<ClaimedRow | undefined> {
    // Longer than an attempt can take: what a dead process had claimed is free again after it.
    const until = new Date(now.getTime() + this.#options.timeoutMs * 2)
    const { rows } = await this.#options.pool.query<ClaimedRow>(CLAIM, [now, until, receivers])
    return rows[0]
  }

  async #attempt(row: ClaimedRow, now: () => Date, signal: AbortSignal): Promise<boolean> {
    const { pool, timeoutMs } = this.#options
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
      await this.#receivers.get(row.receiver)?.send({ id: `alert-${row.id}`, payload: row.payload }, limit)
    } catch (error) {
      await this.#failed(row, error, now())
      return false
    }
    await pool.query(SENT, [row.id, now()])
    return true
  }

  async #failed({ id, receiver, attempts, created_at }: ClaimedRow, error: unknown, now: Date): Promise<void> {
    const { pool, giveUpAfterMs, onFailure } = this.#options
    const givenUp = now.getTime() - created_at.getTime() >= giveUpAfterMs
    const reason = error instanceof Error ? error.message : String(error)
    const nextAt = new Date(now.getTime() + this.#delayMs(attempts))
    await pool.query(FAILED, [id, reason.slice(0, 1_000), nextAt, givenUp, now])
    onFailure({ id, receiver, attempts, reason, givenUp })
  }

  #delayMs(attempts: number): number {
    const { initialDelayMs, maxDelayMs } = this.#options
    return Math.min(maxDelayMs, initialDelayMs * 2 ** Math.min(attempts - 1, 30))
  }
}
