import type { FeedStart } from '../messaging/feed-start.ts'
import { SETTLED } from './event-rows.ts'

/**
 * The place after which to go on, as a query for one row of the columns tx and position. Its parameters start with `$first`.
 *
 * The oldest open transaction is the end of what is settled: everything before it has been seen, and everything of it will be.
 */
export function placeQuery(
  start: FeedStart,
  first: number,
): { readonly query: string; readonly values: readonly unknown[] } {
  if (start === 'start') return { query: `select '0'::xid8 as tx, 0::bigint as position`, values: [] }
  if (start === 'end') {
    return { query: 'select pg_snapshot_xmin(pg_current_snapshot()) as tx, 0::bigint as position', values: [] }
  }
  if ('at' in start) {
    return {
      query: `
        select coalesce(next.tx, pg_snapshot_xmin(pg_current_snapshot())) as tx, coalesce(next.position - 1, 0) as position
        from (select 1) always left join (
          select tx, position from events where occurred_at >= $${first}::timestamptz and ${SETTLED}
          order by tx, position limit 1
        ) next on true`,
      values: [start.at],
    }
  }
  return {
    query: `select $${first}::xid8 as tx, $${first + 1}::bigint as position`,
    values: [start.tx, start.position],
  }
}
