import type { MetricDefinition, Metrics } from '@stocker/service-kit'
import type { Pool } from 'pg'
import type { WatchedService } from './watched-services.ts'

/** A transaction that keeps others out: they wait for it, or it has shut a table to all who write. */
export interface DatabaseLock {
  readonly database: string
  readonly pid: number
  readonly application: string
  /** As PostgreSQL has it: active, idle in transaction … */
  readonly state: string
  /** When it began. ISO 8601. */
  readonly since: string
  readonly query: string
  /** The table that it has shut; null: it holds rows. */
  readonly table: string | null
  readonly waiting: readonly { readonly pid: number; readonly application: string; readonly query: string }[]
}

/** Whoever keeps others out for less is on its way: every transaction does. */
const PATIENCE = "interval '1 second'"

/** Nothing but the views of what runs now. Only of those who wait it is looked up for whom, which costs a moment of the table of locks. */
const LOCKS = `
  with waits as (
    select pid, application_name as application, query, unnest(pg_blocking_pids(pid)) as holder from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'),
  shut as (
    select pid, min(relation::regclass::text) as name from pg_locks
    where granted and locktype = 'relation' and relation >= 16384
      and mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
      and database = (select oid from pg_database where datname = current_database())
    group by pid)
  select current_database() as database, pid, application_name as application, coalesce(state, 'unknown') as state, xact_start as since,
    query, shut.name as table,
    coalesce((select json_agg(json_build_object('pid', pid, 'application', application, 'query', query) order by pid)
      from waits where holder = activity.pid), '[]') as waiting
  from pg_stat_activity activity left join shut using (pid)
  where (shut.pid is not null or pid in (select holder from waits)) and xact_start < now() - ${PATIENCE}
  order by xact_start`

type Row = Omit<DatabaseLock, 'since'> & { readonly since: Date }

/** Who keeps others out, who has done so for longest first. Rejects when the database does not answer. */
export async function readLocks(pool: Pool): Promise<readonly DatabaseLock[]> {
  const { rows } = await pool.query<Row>(LOCKS)
  return rows.map((row) => ({
    ...row,
    since: new Date(row.since).toISOString(),
    query: withoutLiterals(row.query),
    waiting: row.waiting.map((one) => ({ ...one, query: withoutLiterals(one.query) })),
  }))
}

export const holderWords = ({ pid, application, state }: DatabaseLock): string =>
  `process ${pid}${application === '' ? '' : ` (${application})`}, ${state},`

const LITERALS =
  /\$(\w*)\$[\s\S]*?(?:\$\1\$|$)|e?'(?:[^'\\]|''|\\[\s\S])*(?:'|$)|--.*|\/\*[\s\S]*?(?:\*\/|$)|(?<![\w$])\d[\d.]*/gi
const SHOWN = 300

/** What others run may hold personal values. A statement that PostgreSQL cut off may end within one. */
export const withoutLiterals = (query: string): string =>
  query.replaceAll(LITERALS, '…').replaceAll(/\s+/g, ' ').trim().slice(0, SHOWN)

export const LOCK_METRICS = {
  database_lock_held_seconds: {
    type: 'gauge',
    help: 'For how long the oldest transaction that keeps others out of a table or row has done so; 0 when none does for a second',
    labels: ['service', 'database'],
  },
} as const satisfies Record<string, MetricDefinition>

/** Read when the metrics are asked for. A database that does not answer is left out, and the others with it only where they are late, too. */
export function observeLocks(metrics: Metrics, services: readonly WatchedService[]): void {
  metrics.gauge('database_lock_held_seconds', LOCK_METRICS.database_lock_held_seconds, async () => {
    const read = await Promise.allSettled(
      services.map(async ({ name, pool }) => {
        const { rows } = await pool.query<{ database: string; seconds: number }>(HELD)
        return rows.map(({ database, seconds }) => ({ labels: { service: name, database }, value: seconds }))
      }),
    )
    return read.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
  })
}

const HELD = `
  select current_database() as database, coalesce(extract(epoch from now() - min(since)), 0)::float8 as seconds from (${LOCKS}) as locks`
