import type { Pool } from 'pg'
import type { DeadLetterState } from './states.ts'
import { DEAD_LETTER_STATES, HOLDING_STATES } from './states.ts'

export interface TrendOptions {
  /** Length of one part. Milliseconds. */
  readonly partMs: number
  readonly parts: number
  /** End of the last part. */
  readonly until: Date
}

/** Another dead letter of the same group, topic, partition and key that is not settled. */
export interface KeyNeighbour {
  readonly id: string
  readonly offset: string
  readonly state: DeadLetterState
  /** Whether it comes before the one that was asked for, and so holds it back; otherwise it is held back by it. */
  readonly before: boolean
}

/** Neither handled nor discarded: somebody has to do something about them. */
const OPEN_STATES = DEAD_LETTER_STATES.filter((state) => state !== 'REDRIVEN' && state !== 'DISCARDED')

/** Counts of the store, and how dead letters stand to each other. */
export class DeadLetterFigures {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /** By fingerprint: how many came in each part of the time, the oldest part first. Fingerprints of which none came are left out. */
  async trends(
    fingerprints: readonly string[],
    { partMs, parts, until }: TrendOptions,
  ): Promise<ReadonlyMap<string, readonly number[]>> {
    const since = new Date(until.getTime() - partMs * parts)
    const { rows } = await this.#pool.query<{ fingerprint: string; part: number; count: number }>(
      `select d.fingerprint, floor(extract(epoch from o.seen_at - $2::timestamptz) * 1000 / $4)::int as part, count(*)::int as count
       from dead_letter_occurrences o join dead_letters d on d.id = o.dead_letter_id
       where d.fingerprint = any($1) and o.seen_at >= $2 and o.seen_at < $3
       group by 1, 2`,
      [fingerprints, since, until, partMs],
    )
    const trends = new Map<string, number[]>()
    for (const { fingerprint, part, count } of rows) {
      const trend = trends.get(fingerprint) ?? new Array<number>(parts).fill(0)
      trends.set(fingerprint, trend)
      if (part >= 0 && part < parts) trend[part] = count
    }
    return trends
  }

  /** In the order of their offsets, at most `limit`. */
  async ofSameKey(id: string, limit: number): Promise<readonly KeyNeighbour[]> {
    const { rows } = await this.#pool.query<KeyNeighbour>(
      `select o.id::text, o.original_offset::text as offset, o.state, o.original_offset < d.original_offset as before
       from dead_letters d join dead_letters o
         on o.consumer_group = d.consumer_group and o.original_topic = d.original_topic
         and o.original_partition = d.original_partition and o.key = d.key
       where d.id = $1 and o.id <> d.id and o.state in (${HOLDING_STATES.map((state) => `'${state}'`).join()})
       order by o.original_offset limit $2`,
      [id, limit],
    )
    return rows
  }

  /** How many came with the causes of a redrive's dead letters since it was ordered. */
  async newSince(redriveId: string): Promise<number> {
    const { rows } = await this.#pool.query<{ count: number }>(
      `select count(*)::int as count from dead_letters
       where first_seen_at > (select created_at from redrives where id = $1)
         and fingerprint in (select d.fingerprint from redrive_items i join dead_letters d on d.id = i.dead_letter_id where i.redrive_id = $1)`,
      [redriveId],
    )
    return rows[0]?.count ?? 0
  }

  /** By group: those that are neither handled nor discarded. Groups that have none are there with 0 if they ever had one. */
  async open(): Promise<readonly { readonly consumerGroup: string; readonly count: number }[]> {
    const { rows } = await this.#pool.query<{ consumerGroup: string; count: number }>(
      `select consumer_group as "consumerGroup", count(*) filter (where state = any($1))::int as count
       from dead_letters group by consumer_group order by consumer_group`,
      [OPEN_STATES],
    )
    return rows
  }

  /** Causes that were first seen since then, the newest first. */
  async causesSince(
    since: Date,
    limit: number,
  ): Promise<readonly { readonly fingerprint: string; readonly consumerGroup: string; readonly firstSeenAt: Date }[]> {
    const { rows } = await this.#pool.query<{ fingerprint: string; consumerGroup: string; firstSeenAt: Date }>(
      `select fingerprint, consumer_group as "consumerGroup", min(first_seen_at) as "firstSeenAt"
       from dead_letters group by fingerprint, consumer_group
       having min(first_seen_at) >= $1 order by min(first_seen_at) desc limit $2`,
      [since, limit],
    )
    return rows
  }
}
