import type { BackgroundWork, Logger } from '@stocker/service-kit'
import { inTransaction } from '@stocker/service-kit'
import type { Pool } from 'pg'
import type { HistoryEntry } from './order.ts'
import { isSettled, SETTLED_STATUSES } from './order-status.ts'

/**
 * - in_time: at its end within the objective; counted when it ends.
 * - late: at its end, but only after the objective. Seen when nobody looked at the time at which it was due.
 * - expired: not at its end when the time was over; counted then, whatever becomes of it.
 */
export const SLO_OUTCOMES = ['in_time', 'late', 'expired'] as const
export type SloOutcome = (typeof SLO_OUTCOMES)[number]

/** A commit is visible so long after the time that its events carry, at the latest. */
export const COMMITTED_WITHIN_MS = 2_000

const LOOK_INTERVAL_MS = 5_000
/** After a long absence orders are counted in pieces of so much time, each in a transaction of its own. */
const SLICE_MS = 10_000

export const firstEnd = (history: readonly HistoryEntry[]): HistoryEntry | undefined =>
  history.find(({ status }) => isSettled(status))

/** Of an order whose time is over; null: it was in time, and was counted when it ended. */
export const outcomeWhenOver = (
  history: readonly HistoryEntry[],
  placedAt: Date,
  objectiveMs: number,
): Exclude<SloOutcome, 'in_time'> | null => {
  const end = firstEnd(history)
  if (end === undefined) return 'expired'
  return Date.parse(end.at) <= placedAt.getTime() + objectiveMs ? null : 'late'
}

const NEXT = `
  select counted_until, (select min(created_at) from orders where created_at > counted_until) as next_at from order_slo`
const LOCK = 'select counted_until from order_slo for update'
/** Most are at their end in time: the history of these need not be looked at. */
const OVER = `
  select created_at, coalesce(progress -> 'history', '[]') as history from orders
  where created_at > $1 and created_at <= $2
    and not (status = any($3::text[]) and updated_at <= created_at + $4::float8 * interval '1 millisecond')`
const ADVANCE = 'update order_slo set counted_until = $1'

interface Over {
  readonly created_at: Date
  readonly history: readonly HistoryEntry[]
}

/**
 * Counts the orders whose time is over and that were not in time. How far they are counted is a row of the database: of several instances one counts
 * each order, and none is forgotten while no instance runs. Costs one look into an index as long as no order is due.
 */
export async function countOver(
  pool: Pool,
  { objectiveMs, now, count }: { objectiveMs: number; now: () => Date; count: (outcome: SloOutcome) => void },
): Promise<void> {
  for (;;) {
    const horizon = new Date(now().getTime() - objectiveMs - COMMITTED_WITHIN_MS)
    const { rows } = await pool.query<{ next_at: Date | null }>(NEXT)
    const next = rows[0]?.next_at ?? null
    if (next === null || next > horizon) return
    const until = new Date(Math.min(horizon.getTime(), next.getTime() + SLICE_MS))
    for (const outcome of await claim(pool, until, objectiveMs)) count(outcome)
  }
}

const claim = (pool: Pool, until: Date, objectiveMs: number): Promise<readonly SloOutcome[]> =>
  inTransaction(pool, async (client) => {
    const { rows: place } = await client.query<{ counted_until: Date }>(LOCK)
    const from = place[0]?.counted_until
    // Another instance was here meanwhile.
    if (from === undefined || from >= until) return []
    const { rows } = await client.query<Over>(OVER, [from, until, SETTLED_STATUSES, objectiveMs])
    await client.query(ADVANCE, [until])
    return rows.flatMap(({ history, created_at }) => outcomeWhenOver(history, created_at, objectiveMs) ?? [])
  })

/** Looks every 5 s. */
export function sloWatch(parts: {
  readonly pool: Pool
  readonly objectiveMs: number
  readonly count: (outcome: SloOutcome) => void
  readonly logger: Logger
}): BackgroundWork {
  const { pool, objectiveMs, count, logger } = parts
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> | undefined
  const look = (): void => {
    looking ??= countOver(pool, { objectiveMs, now: () => new Date(), count })
      .catch((error: Error) => logger.warn({ reason: error.message }, 'orders whose time is over were not counted'))
      .finally(() => {
        looking = undefined
      })
  }
  return {
    start: () => {
      look()
      timer = setInterval(look, LOOK_INTERVAL_MS).unref()
    },
    stop: async () => {
      clearInterval(timer)
      await looking
    },
  }
}
