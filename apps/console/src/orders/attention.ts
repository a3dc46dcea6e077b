import type { Pool } from 'pg'
import type { WatchedService } from '../watched-services.ts'

/** Why an order is worth a look, the worst first. */
export const ATTENTION_REASONS = ['dead-letter', 'overdue', 'failing', 'call-failing', 'late'] as const
export type AttentionReason = (typeof ATTENTION_REASONS)[number]

export interface Attention {
  readonly orderId: string
  readonly reason: AttentionReason
  /** ISO 8601. */
  readonly since: string
}

interface Row {
  readonly order_id: string
  readonly since: Date
}

/** More of them at once are one fault and no matter of single orders. */
export const MAX_ATTENTION = 500

/** Failing now: the next try is about to come, or has come just now. */
const FAILING = `
  select key as order_id, min(at) as since from handling_attempts
  where at > now() - interval '2 minutes' and outcome = 'failed' and next_attempt_at > now() - interval '15 seconds' and key is not null
  group by key limit ${MAX_ATTENTION}`

const OVERDUE = `
  select id as order_id, due_at as since from deadlines
  where due_at < now() - interval '5 seconds' and scope not in ('aggregate:cart', 'aggregate:stock')
  order by due_at limit ${MAX_ATTENTION}`

/** The key of a call holds the order's id. */
const CALLS = `
  select substring(key from '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}') as order_id, requested_at as since
  from outbound_calls where attempts >= 3 order by requested_at limit ${MAX_ATTENTION}`

/** Waits that the platform itself ends, within seconds when all is well; the others depend on people. */
const QUICK_WAITS = ['payment', 'dispatch', 'capture']

/** Of the orders that are not at their end, which an index of their own holds. */
const LATE = `
  select id as order_id, updated_at as since
  from (select id, state, updated_at from sagas where saga = 'orderFulfilment' and ended_at is null order by stage, stage_since limit 20000) live
  where (state->>'wait' = any($1::text[]) and updated_at < now() - make_interval(secs => $2)) or (state->>'overdue')::int > 0
  order by updated_at limit ${MAX_ATTENTION}`

const DEAD_LETTERS = `
  select convert_from(key, 'UTF8') as order_id, min(first_seen_at) as since from dead_letters
  where state in ('NEW', 'PARKED') and key is not null and consumer_group = any($1::text[])
  group by key order by min(first_seen_at) limit ${MAX_ATTENTION}`

export interface AttentionParts {
  readonly services: readonly WatchedService[]
  /** Of the console: dead letters. */
  readonly pool: Pool
  /** An order that waits for the platform itself for longer is late. Milliseconds. */
  readonly lateAfterMs: number
}

/** Orders that somebody should look at, the worst and oldest first. A database that does not answer is passed over: the system's page says so. */
export async function ordersInNeed({ services, pool, lateAfterMs }: AttentionParts): Promise<readonly Attention[]> {
  const order = services.find(({ name }) => name === 'order-service')
  const everywhere = (reason: AttentionReason, text: string): readonly Promise<readonly Attention[]>[] =>
    services.map((service) => ask(service.pool, reason, text, []))
  const found = await Promise.all([
    ask(pool, 'dead-letter', DEAD_LETTERS, [services.map(({ consumerGroup }) => consumerGroup)]),
    ...everywhere('overdue', OVERDUE),
    ...everywhere('failing', FAILING),
    ...everywhere('call-failing', CALLS),
    ...(order === undefined ? [] : [ask(order.pool, 'late', LATE, [QUICK_WAITS, lateAfterMs / 1_000])]),
  ])
  const worst = new Map<string, Attention>()
  for (const one of found.flat().sort(byUrgency)) if (!worst.has(one.orderId)) worst.set(one.orderId, one)
  return [...worst.values()].slice(0, MAX_ATTENTION)
}

const byUrgency = (a: Attention, b: Attention): number =>
  ATTENTION_REASONS.indexOf(a.reason) - ATTENTION_REASONS.indexOf(b.reason) || a.since.localeCompare(b.since)

async function ask(
  pool: Pool,
  reason: AttentionReason,
  text: string,
  values: readonly unknown[],
): Promise<readonly Attention[]> {
  try {
    const { rows } = await pool.query<Row>(text, [...values])
    return rows.flatMap(({ order_id: orderId, since }) =>
      orderId === null ? [] : [{ orderId, reason, since: new Date(since).toISOString() }],
    )
  } catch {
    return []
  }
}
