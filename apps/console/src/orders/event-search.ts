import type { Pool } from 'pg'

/** A search must not burden the service whose database it reads. Events. */
const MAX_SCANNED = 200_000

/** When an id of version 7 was made, in milliseconds since 1970; undefined for other ids. */
export function timeOfId(id: string): number | undefined {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)
    ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
    : undefined
}

/** An event is stored in the moment in which its id is made; what an id of somebody else was noted in may come a little later. Milliseconds. */
const BEFORE_MS = 2_000
const AFTER_MS = 30_000

/**
 * The orders of the events that have this id, or name it in their data. There is no index on either, since every event would pay for it; but the id says when it was
 * made, and events lie in the order of time.
 */
export async function ordersByIdInEvents(pool: Pool, id: string): Promise<readonly string[]> {
  const time = timeOfId(id)
  if (time === undefined) return []
  const from = await transactionAt(pool, time - BEFORE_MS)
  const until = await transactionAt(pool, time + AFTER_MS)
  const { rows } = await pool.query<{ order_id: string }>(
    `select distinct ${ORDER_ID} as order_id from (
       select id, stream, data from events where tx >= $1::xid8 and tx <= $2::xid8 order by tx, position limit ${MAX_SCANNED}
     ) near where id = $3::uuid or data::text like '%' || $3 || '%' limit 10`,
    [from, until, id],
  )
  return rows.map(({ order_id: found }) => found)
}

/** The orders of the newest events that carry this trace. */
export async function ordersByTrace(pool: Pool, traceId: string): Promise<readonly string[]> {
  const { rows } = await pool.query<{ order_id: string }>(
    `select distinct ${ORDER_ID} as order_id from (
       select stream, data, traceparent from events order by tx desc, position desc limit ${MAX_SCANNED}
     ) newest where traceparent like '__-' || $1 || '-%' limit 10`,
    [traceId],
  )
  return rows.map(({ order_id: found }) => found)
}

/** What an event of a cart or of a product's stock is about is in its data; others are of the order's own streams. */
const ORDER_ID = `coalesce(data->>'orderId', substr(stream, strpos(stream, '-') + 1))`

/** The first transaction with events at or after a time. By halving: there is no index on the time, and none is needed. */
async function transactionAt(pool: Pool, ms: number): Promise<string> {
  const { rows } = await pool.query<{ low: string; high: string }>(
    `select coalesce((select tx from events order by tx limit 1), '0')::text as low,
       coalesce((select tx from events order by tx desc limit 1), '0')::text as high`,
  )
  let low = BigInt(rows[0]?.low ?? 0)
  let high = BigInt(rows[0]?.high ?? 0)
  while (low < high) {
    const middle = (low + high) / 2n
    const { rows: found } = await pool.query<{ tx: string; at: Date }>(
      'select tx::text, occurred_at as at from events where tx >= $1::xid8 order by tx, position limit 1',
      [String(middle)],
    )
    const [event] = found
    if (event === undefined || new Date(event.at).getTime() >= ms) high = middle
    else low = BigInt(event.tx) + 1n
  }
  return String(low)
}
