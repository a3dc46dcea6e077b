import { IN_STREAM_OF_ANOTHER_ID } from '../migrations.ts'
import type { SqlStatement } from '../sql-statement.ts'
import type { FeedPosition, NewEvent, StoredEvent } from '../store/event.ts'
import type { Row } from './pipeline.ts'

const INSERT = `
  insert into events (stream, version, id, type, revision, data, correlation_id, causation_id, traceparent, occurred_at)
  select stream, version, id::uuid, type, revision, data, correlation_id, causation_id, traceparent, $10::timestamptz
  from unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::int[], $6::json[], $7::text[], $8::text[], $9::text[])
    as added (stream, version, id, type, revision, data, correlation_id, causation_id, traceparent)`

/** Rows get their positions in the order of `events`. */
export function insertEvents(events: readonly NewEvent[], occurredAt: string): SqlStatement {
  return {
    text: INSERT,
    values: [
      events.map((event) => event.stream),
      events.map((event) => event.version),
      events.map((event) => event.id),
      events.map((event) => event.type),
      events.map((event) => event.revision),
      events.map((event) => JSON.stringify(event.data)),
      events.map((event) => event.metadata.correlationId),
      events.map((event) => event.metadata.causationId),
      events.map((event) => event.metadata.traceparent),
      occurredAt,
    ],
  }
}

const COLUMNS =
  'tx, position, stream, version, id, type, revision, data, correlation_id, causation_id, traceparent, occurred_at'

export function decodeEvent(row: Row): StoredEvent {
  const [tx, position, stream, version, id, type, revision, data, correlationId, causationId = null, traceparent, at] =
    row
  return {
    id: id as string,
    stream: stream as string,
    version: Number(version),
    type: type as string,
    revision: Number(revision),
    data: JSON.parse(data as string),
    metadata:
      traceparent === null || traceparent === undefined
        ? { correlationId: correlationId as string, causationId }
        : { correlationId: correlationId as string, causationId, traceparent },
    occurredAt: isoTime(at as string),
    position: BigInt(position as string),
    tx: BigInt(tx as string),
  }
}

/** Where a row of one of the statements that read whole events stands in the feed. */
export function decodePosition([tx, position]: Row): FeedPosition {
  return { tx: BigInt(tx as string), position: BigInt(position as string) }
}

/** PostgreSQL's `2026-01-31 12:00:00.12+00` → `2026-01-31T12:00:00.120Z`. Sessions run in UTC. */
export function isoTime(text: string): string {
  const fraction = text.length > 22 ? text.slice(20, -3).padEnd(3, '0').slice(0, 3) : '000'
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction}Z`
}

export function readStreamStatement(stream: string, from = 1, to = 2 ** 31 - 1): SqlStatement {
  return {
    text: `select ${COLUMNS} from events where stream = $1 and version between $2 and $3 order by version`,
    values: [stream, from, to],
  }
}

/** '.' follows '-' in the order of bytes, so the streams of the next aggregate are those after `<name>.`. */
const AGGREGATE = `substr(stream, 1, strpos(stream, '-') - 1)`

/**
 * `with` clauses that end in `found`: these columns of the events of business cases. `ids` and `limit` are SQL. They stand in the streams of the
 * case's id, whatever the aggregate, or in others that an index knows. Each aggregate is found by one step into the index of streams. The streams are
 * an array: of a join the planner, who has no statistics at first, would make a walk through all of them.
 */
export const foundInCases = (columns: string, ids: string, limit: string): string => `
  with recursive aggregates as (
    (select ${AGGREGATE} as name from events order by stream limit 1)
    union all
    select (select ${AGGREGATE} from events where stream > a.name || '.' order by stream limit 1)
    from aggregates a where a.name is not null
  ), found as materialized (
    select ${columns} from events
    where stream = any(array(select a.name || '-' || case_id from aggregates a, unnest(${ids}) as wanted (case_id)))
      and not (${IN_STREAM_OF_ANOTHER_ID})
    union all
    select ${columns} from events where correlation_id = any(${ids}) and ${IN_STREAM_OF_ANOTHER_ID}
    limit ${limit}
  )`

/** In feed order; found first and put in order after that, as an index in feed order would lead through all events. */
export function eventsOfCases(correlationIds: readonly string[], limit: number): SqlStatement {
  return {
    text: `${foundInCases(COLUMNS, '$1::text[]', '$2')} select * from found order by tx, position`,
    values: [correlationIds, limit],
  }
}

/** The events of each stream before a version, each stream in order. */
export function eventsBeforeStatement(streams: readonly string[], versions: readonly number[]): SqlStatement {
  return {
    text: `
      select e.* from unnest($1::text[], $2::int[]) as wanted (stream, version)
        cross join lateral (
          select ${COLUMNS} from events where events.stream = wanted.stream and events.version < wanted.version order by version
        ) e`,
    values: [streams, versions],
  }
}

/**
 * A transaction gets its id at its first write and becomes visible when it commits, so a later reader may see transaction 8 while 7 is
 * still open. Nothing at or after the oldest open transaction is handed out: then no event can appear before one that was read.
 */
export const SETTLED = 'tx < pg_snapshot_xmin(pg_current_snapshot())'

export function feedStatement(after: FeedPosition, limit: number): SqlStatement {
  return pageStatement(after, limit, `and ${SETTLED}`)
}

/** The same while a lock keeps every writer out, so that all there is has been committed. */
export function lockedFeedStatement(after: FeedPosition, limit: number): SqlStatement {
  return pageStatement(after, limit, '')
}

function pageStatement(after: FeedPosition, limit: number, guard: string): SqlStatement {
  return {
    text: `
      select ${COLUMNS} from events
      where (tx, position) > ($1::xid8, $2::bigint) ${guard}
      order by tx, position limit $3`,
    values: [after.tx, after.position, limit],
  }
}

/** One transaction's part of a page of the feed. */
export interface FeedTransaction {
  readonly tx: bigint
  readonly positions: readonly bigint[]
}

/** The transactions of the next page of the feed, without their events. */
export function feedIndexStatement(after: FeedPosition, limit: number): SqlStatement {
  return {
    text: `
      select tx, count(*), min(position),
        case when max(position) - min(position) + 1 = count(*) then null else array_agg(position) end
      from (
        select tx, position from events
        where (tx, position) > ($1::xid8, $2::bigint) and ${SETTLED}
        order by tx, position limit $3
      ) page
      group by tx order by tx`,
    values: [after.tx, after.position, limit],
  }
}

export function decodeFeedIndex([tx, count, first, list]: Row): FeedTransaction {
  const positions =
    list === null || list === undefined
      ? Array.from({ length: Number(count) }, (_, n) => BigInt(first as string) + BigInt(n))
      : list.slice(1, -1).split(',').map(BigInt)
  return { tx: BigInt(tx as string), positions }
}

/** Events after a place up to another one that is known to be settled; of these types only, if they are given. */
export function feedRangeStatement(
  after: FeedPosition,
  end: FeedPosition,
  types: readonly string[] | undefined,
): SqlStatement {
  const ofTypes = types === undefined ? '' : 'and type = any($5::text[])'
  return {
    text: `
      select ${COLUMNS} from events
      where (tx, position) > ($1::xid8, $2::bigint) and (tx, position) <= ($3::xid8, $4::bigint) ${ofTypes}
      order by tx, position`,
    values: [after.tx, after.position, end.tx, end.position, ...(types === undefined ? [] : [types])],
  }
}
