import type { Pool } from 'pg'

export interface DatabaseState {
  /** Whose it is. */
  readonly service: string
  readonly up: boolean
  /** Version of the server, or why it does not answer. */
  readonly detail: string
  readonly database: string | null
  readonly bytes: number | null
  readonly connections: number | null
  /** How many migrations it has had, and the last one. */
  readonly migrations: number | null
  readonly lastMigration: string | null
}

const TIMEOUT_MS = 2_000

const QUESTION = `
  select current_database() as database,
         split_part(version(), ' ', 2) as version,
         pg_database_size(current_database())::float8 as bytes,
         (select count(*)::int from pg_stat_activity where datname = current_database()) as connections,
         (select count(*)::int from schema_migrations) as migrations,
         (select name from schema_migrations order by executed_at desc, ctid desc limit 1) as last_migration`

interface Row {
  readonly database: string
  readonly version: string
  readonly bytes: number
  readonly connections: number
  readonly migrations: number
  readonly last_migration: string | null
}

/** Never throws: not to answer is an answer. */
export async function readDatabaseState(service: string, pool: Pool): Promise<DatabaseState> {
  try {
    const row = await within(TIMEOUT_MS, pool.query<Row>(QUESTION)).then(({ rows }) => rows[0])
    if (row === undefined) throw new Error('it answered nothing')
    const { version, last_migration: lastMigration, ...rest } = row
    return { service, up: true, detail: `PostgreSQL ${version}`, ...rest, lastMigration }
  } catch (error) {
    return {
      service,
      up: false,
      detail: error instanceof Error ? error.message : String(error),
      ...{ database: null, bytes: null, connections: null, migrations: null, lastMigration: null },
    }
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  })
  // Whoever loses the race may fail later, when nobody waits for it any more.
  work.catch(() => {})
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
