import type { AnyAggregate } from '../aggregates/aggregate.ts'
import type { SqlStatement } from '../sql-statement.ts'
import { isoTime } from './event-rows.ts'
import type { Row } from './pipeline.ts'

/** One event as `evolve` needs it, or (type null) a snapshot. */
export interface HistoryEntry {
  readonly stream: string
  readonly version: number
  readonly type: string | null
  readonly revision: number
  readonly data: object
  readonly occurredAt: string
}

const HISTORY = `
  select stream, version, type, revision, data, occurred_at from events where stream = any($1::text[]) order by stream, version`

/** One statement, because the snapshot and the events after it must be of one moment; lateral, so that the index finds these events. */
const HISTORY_FROM_SNAPSHOTS = `
  select wanted.stream, history.version, history.type, history.revision, history.data, history.occurred_at
  from unnest($1::text[], $2::int[]) as wanted (stream, revision)
    left join snapshots s on s.stream = wanted.stream and s.revision = wanted.revision
    cross join lateral (
      select s.version, null as type, s.revision, s.state as data, null::timestamptz as occurred_at where s.version is not null
      union all
      select e.version, e.type, e.revision, e.data, e.occurred_at
      from events e where e.stream = wanted.stream and e.version > coalesce(s.version, 0)
    ) history
  order by history.version`

/** Everything that is needed to fold these streams; within each stream ordered by version. */
export function historyStatements(
  streams: ReadonlyMap<string, { readonly aggregate: AnyAggregate }>,
): readonly SqlStatement[] {
  const plain: string[] = []
  const snapshotted: string[] = []
  const revisions: number[] = []
  for (const [stream, { aggregate }] of streams) {
    if (aggregate.snapshotEvery === undefined) {
      plain.push(stream)
    } else {
      snapshotted.push(stream)
      revisions.push(snapshotRevision(aggregate))
    }
  }
  const statements: SqlStatement[] = []
  if (plain.length > 0) statements.push({ text: HISTORY, values: [plain] })
  if (snapshotted.length > 0) statements.push({ text: HISTORY_FROM_SNAPSHOTS, values: [snapshotted, revisions] })
  return statements
}

/** The events of each stream before a version. */
export function historyBeforeStatement(streams: readonly string[], versions: readonly number[]): SqlStatement {
  return {
    text: `
      select e.stream, e.version, e.type, e.revision, e.data, e.occurred_at
      from unnest($1::text[], $2::int[]) as wanted (stream, version)
        cross join lateral (
          select * from events e where e.stream = wanted.stream and e.version < wanted.version order by e.version
        ) e`,
    values: [streams, versions],
  }
}

export function decodeHistory([stream, version, type = null, revision, data, at]: Row): HistoryEntry {
  return {
    stream: stream as string,
    version: Number(version),
    type,
    revision: Number(revision),
    data: JSON.parse(data as string),
    occurredAt: at === null ? '' : isoTime(at as string),
  }
}

export const snapshotRevision = (aggregate: AnyAggregate): number => aggregate.snapshotRevision ?? 1

export interface SnapshotRow {
  readonly stream: string
  readonly version: number
  readonly revision: number
  readonly state: unknown
}

const UPSERT_SNAPSHOTS = `
  insert into snapshots (stream, version, revision, state)
  select * from unnest($1::text[], $2::int[], $3::int[], $4::json[])
  on conflict (stream) do update
    set version = excluded.version, revision = excluded.revision, state = excluded.state
    where snapshots.revision < excluded.revision
      or (snapshots.revision = excluded.revision and snapshots.version < excluded.version)`

export function upsertSnapshots(rows: readonly SnapshotRow[]): SqlStatement {
  return {
    text: UPSERT_SNAPSHOTS,
    values: [
      rows.map((row) => row.stream),
      rows.map((row) => row.version),
      rows.map((row) => row.revision),
      rows.map((row) => JSON.stringify(row.state)),
    ],
  }
}

/**
 * Fails with division_by_zero when one of the streams has gone on since. It guards decisions that took a stream's state from memory and
 * added nothing to it, so that no unique (stream, version) would notice.
 */
export function assertVersions(streams: readonly string[], versions: readonly number[]): SqlStatement {
  return {
    text: `
      select 1 / (case when exists (
        select from unnest($1::text[], $2::int[]) as seen (stream, version)
        join events e on e.stream = seen.stream and e.version = seen.version + 1
      ) then 0 else 1 end)`,
    values: [streams, versions],
  }
}

export const VERSION_HAS_MOVED_ON = '22012'
