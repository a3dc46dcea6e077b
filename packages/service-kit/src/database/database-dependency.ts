import { CqrsError } from '@stocker/cqrs'
import type { Dependency } from '@stocker/kafka-config'
import type { Pool } from 'pg'
import { reasonOf } from '../keep-trying.ts'

/**
 * A service's database, as its listener waits for it. What ran into somebody's lock is never the event's fault; what took too long may be. The probe finds
 * out whether everybody waits: it takes, for a moment, the locks that writing takes, on every table of the service, and waits for none of them.
 */
export const databaseDependency = (pool: Pool): Dependency => ({
  name: 'database',
  isAway: (error) => codeOf(error) === 'DATABASE_UNAVAILABLE',
  doubt: (error) => {
    const code = codeOf(error)
    if (code === 'DATABASE_LOCKED') return 'waits'
    return code === 'TRANSACTION_TIMEOUT' ? 'suspects' : undefined
  },
  probe: async () => {
    try {
      await pool.query(MAY_WRITE)
    } catch (error) {
      throw (await heldBy(pool, error)) ?? error
    }
  },
})

const codeOf = (error: unknown): string | undefined => (error instanceof CqrsError ? error.code : undefined)

const MAY_WRITE = `
  do $$
  declare tables text;
  begin
    select string_agg(oid::regclass::text, ', ') into tables from pg_class
    where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and not relispartition
      and has_table_privilege(oid, 'insert');
    if tables is not null then execute format('lock table %s in row exclusive mode nowait', tables); end if;
  end $$`

const HOLDER = `
  select held.relation::regclass::text as name, pid, application_name, coalesce(state, 'unknown') as state
  from pg_locks held join pg_stat_activity using (pid)
  where granted and locktype = 'relation' and relation::regclass::text = $1
    and mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    and held.database = (select oid from pg_database where datname = current_database())
  order by xact_start limit 1`

interface Holder {
  readonly name: string
  readonly pid: number
  readonly application_name: string
  readonly state: string
}

/** "could not obtain lock on relation "inbox"" does not say who has it. */
async function heldBy(pool: Pool, error: unknown): Promise<Error | undefined> {
  const table = /^could not obtain lock on relation "(.*)"$/.exec(reasonOf(error))?.[1]
  if (table === undefined) return undefined
  const { rows } = await pool.query<Holder>(HOLDER, [table])
  const [holder] = rows
  if (holder === undefined) return undefined
  const who = holder.application_name === '' ? '' : ` (${holder.application_name})`
  return new Error(`process ${holder.pid}${who}, ${holder.state}, holds a lock on ${holder.name}`)
}
