import type { RecordHeader } from '@stocker/kafka-config'
import type { Pool } from 'pg'
import type { StoredHeader } from './dead-letter.ts'
import { readHeaders } from './dead-letter.ts'
import { burstOf, mayStart } from './ramp.ts'
import { itemsFailed, lockRedrivesOf } from './redrive-outcomes.ts'
import type { Sql } from './transaction.ts'
import { inTransaction } from './transaction.ts'

/** A dead letter that this process is to send now. */
export interface ClaimedItem {
  readonly redriveId: string
  readonly deadLetterId: string
  readonly attempt: number
  readonly consumerGroup: string
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly originalMs: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[]
}

export interface ClaimLimits {
  /** Sent and not confirmed, of one redrive. */
  readonly maxInFlight: number
  /** A claim that is not followed by `sent` in this time is another's. Milliseconds. */
  readonly leaseMs: number
}

/** The steps of sending, each a transaction that may be repeated: claim, (send,) sent. */
export class RedriveClaims {
  readonly #pool: Pool
  readonly #limits: ClaimLimits

  constructor(pool: Pool, limits: ClaimLimits) {
    this.#pool = pool
    this.#limits = limits
  }

  /** Redrives with something to send, now or later. */
  async open(): Promise<readonly string[]> {
    const { rows } = await this.#pool.query<{ id: string }>(
      'select id::text from redrives where ended_at is null order by id',
    )
    return rows.map(({ id }) => id)
  }

  /** What may go out now. First what a process claimed and never called sent: whether it was is unknown, so it goes out again. */
  claim(redriveId: string): Promise<readonly ClaimedItem[]> {
    const { maxInFlight, leaseMs } = this.#limits
    return inTransaction(this.#pool, async (sql) => {
      const { rows } = await sql.query<OpenRedrive>(
        'select state, ramp, rate_per_second, next_at <= clock_timestamp() as due from redrives where id = $1 for update',
        [redriveId],
      )
      const redrive = rows[0]
      if (redrive === undefined) return []
      const expired = await sql.query<{ dead_letter_id: string }>(
        `update redrive_items set claimed_until = clock_timestamp() + $2 * interval '1 ms'
         where redrive_id = $1 and state = 'SENDING' and claimed_until < clock_timestamp() returning dead_letter_id::text`,
        [redriveId, leaseMs],
      )
      const again = expired.rows.map((row) => row.dead_letter_id)
      const next =
        redrive.state === 'RUNNING' && redrive.due ? await claimNext(sql, redriveId, redrive, maxInFlight, leaseMs) : []
      return read(sql, redriveId, [...again, ...next])
    })
  }

  /** The broker has them. */
  async sent(items: readonly ClaimedItem[]): Promise<void> {
    if (items.length === 0) return
    await this.#pool.query(
      `update redrive_items i set state = 'SENT', sent_at = clock_timestamp()
       from unnest($1::bigint[], $2::bigint[]) as s (redrive_id, dead_letter_id)
       where i.redrive_id = s.redrive_id and i.dead_letter_id = s.dead_letter_id and i.state = 'SENDING'`,
      [items.map((item) => item.redriveId), items.map((item) => item.deadLetterId)],
    )
  }

  /** The broker will not have it, however often it is sent: it counts as failed again. */
  async refused({ deadLetterId }: ClaimedItem, error: string): Promise<void> {
    await inTransaction(this.#pool, async (sql) => {
      await lockRedrivesOf(sql, [deadLetterId])
      await sql.query(
        `update dead_letters set state = case when redrives_left > 0 then 'NEW' else 'PARKED' end
         where id = $1 and state = 'REDRIVING'`,
        [deadLetterId],
      )
      await itemsFailed(sql, [{ id: deadLetterId, error }])
    })
  }
}

interface OpenRedrive {
  readonly state: string
  readonly ramp: readonly number[]
  readonly rate_per_second: number
  readonly due: boolean
}

/** The next of each key, when the one before it is handled. */
async function claimNext(
  sql: Sql,
  redriveId: string,
  { ramp, rate_per_second: rate }: OpenRedrive,
  maxInFlight: number,
  leaseMs: number,
): Promise<readonly string[]> {
  const { rows: counts } = await sql.query<{ started: number; handled: number; failed: number }>(
    `select count(*) filter (where state not in ('PLANNED', 'RELEASED'))::int as started,
       count(*) filter (where state = 'HANDLED')::int as handled, count(*) filter (where state = 'FAILED')::int as failed
     from redrive_items where redrive_id = $1`,
    [redriveId],
  )
  const [progress] = counts
  const most = progress === undefined ? 0 : Math.min(mayStart(ramp, progress, maxInFlight), burstOf(rate))
  if (most === 0) return []
  const { rows } = await sql.query<{ id: string }>(
    `with next as (
       select dead_letter_id from redrive_items i
       where redrive_id = $1 and state = 'PLANNED' and not exists (
         select from redrive_items e where e.redrive_id = i.redrive_id and e.sequence = i.sequence
           and e.position < i.position and e.state <> 'HANDLED')
       order by position limit $2),
     counted as (
       update dead_letters d set redrives = redrives + 1, redrives_left = redrives_left - 1
       from next where d.id = next.dead_letter_id returning d.id, d.redrives)
     update redrive_items i set state = 'SENDING', attempt = counted.redrives, claimed_until = clock_timestamp() + $3 * interval '1 ms'
     from counted where i.redrive_id = $1 and i.dead_letter_id = counted.id returning i.dead_letter_id::text as id`,
    [redriveId, most, leaseMs],
  )
  await sql.query(
    `update redrives set next_at = greatest(next_at, clock_timestamp() - interval '1 s') + $2 * interval '1 s' where id = $1`,
    [redriveId, rows.length / rate],
  )
  return rows.map(({ id }) => id)
}

async function read(sql: Sql, redriveId: string, ids: readonly string[]): Promise<readonly ClaimedItem[]> {
  if (ids.length === 0) return []
  const { rows } = await sql.query<
    Omit<ClaimedItem, 'offset' | 'headers'> & { readonly offset: string; readonly headers: readonly StoredHeader[] }
  >(
    `select i.redrive_id::text as "redriveId", d.id::text as "deadLetterId", i.attempt, d.consumer_group as "consumerGroup",
       d.original_topic as topic, d.original_partition as partition, d.original_offset::text as offset,
       (extract(epoch from d.original_at) * 1000)::float8 as "originalMs", d.key, d.value, d.headers
     from redrive_items i join dead_letters d on d.id = i.dead_letter_id
     where i.redrive_id = $1 and i.dead_letter_id = any($2::bigint[]) order by i.position`,
    [redriveId, ids],
  )
  return rows.map((row) => ({
    ...row,
    offset: BigInt(row.offset),
    originalMs: Math.round(row.originalMs),
    headers: readHeaders(row.headers),
  }))
}
