import type { Pool } from 'pg'
import { Client } from 'pg'
import { ServiceKitError } from '../errors.ts'
import { reasonOf } from '../keep-trying.ts'
import type { Logger } from '../logging/create-logger.ts'

export interface Migration {
  /** Unique in the database for ever: what has run is remembered by name. */
  readonly name: string
  /** SQL, one or more statements. */
  readonly up: string
}

export interface MigrateOptions {
  readonly pool: Pool
  readonly url: string
  /** In the order in which they run on an empty database. */
  readonly migrations: readonly Migration[]
  readonly logger: Logger
}

const UNDEFINED_TABLE = '42P01'

/** Any number that no other program locks in this database. */
const LOCK = 7_233_504_129

/**
 * Runs what has not run yet, all of it in one transaction under an advisory lock: of several instances that start together one migrates and the
 * others wait. The order is that of the list and not of the names (as kysely's Migrator has it), because the list is made of several, each of which may
 * grow. A database that has it all costs one query.
 *
 * Throws MIGRATION_FAILED, also when the database has a migration that the list has not (an older version of the service on a newer schema), and
 * DUPLICATE_MIGRATION.
 */
export async function migrate({ pool, url, migrations, logger }: MigrateOptions): Promise<void> {
  const wanted = new Set(migrations.map(({ name }) => name))
  if (wanted.size < migrations.length) {
    const twice = migrations.find(({ name }, index) => migrations.findIndex((other) => other.name === name) !== index)
    throw new ServiceKitError(
      'DUPLICATE_MIGRATION',
      `Two migrations are called "${twice?.name}"; give each its own name.`,
    )
  }
  const done = await alreadyRun(pool)
  if (done.size === wanted.size && migrations.every(({ name }) => done.has(name))) return

  // Of its own, because waiting for another instance's migration must not hit the time-outs of the service's statements.
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query('begin')
    const names = await runPending(client, migrations)
    await client.query('commit')
    if (names.length > 0) logger.info({ migrations: names }, 'database schema migrated')
  } finally {
    // Ends the transaction as well, wherever it stopped.
    await client.end()
  }
}

async function alreadyRun(pool: Pool): Promise<ReadonlySet<string>> {
  try {
    const { rows } = await pool.query<{ name: string }>('select name from schema_migrations')
    return new Set(rows.map(({ name }) => name))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === UNDEFINED_TABLE) return new Set()
    throw error
  }
}

async function runPending(client: Client, migrations: readonly Migration[]): Promise<readonly string[]> {
  await client.query('select pg_advisory_xact_lock($1)', [LOCK])
  await client.query(
    'create table if not exists schema_migrations (name text primary key, executed_at timestamptz not null default now())',
  )
  const { rows } = await client.query<{ name: string }>('select name from schema_migrations')
  const done = new Set(rows.map(({ name }) => name))
  const known = new Set(migrations.map(({ name }) => name))
  const ahead = [...done].filter((name) => !known.has(name))
  if (ahead.length > 0) {
    throw new ServiceKitError(
      'MIGRATION_FAILED',
      `The database has migrations that this version of the service does not know (${ahead.join(', ')}): run the version that made them, or a newer one.`,
    )
  }
  const pending = migrations.filter(({ name }) => !done.has(name))
  for (const { name, up } of pending) {
    try {
      await client.query(up)
    } catch (error) {
      throw new ServiceKitError(
        'MIGRATION_FAILED',
        `The migration "${name}" failed, and nothing was changed: ${reasonOf(error)}`,
        {
          cause: error,
        },
      )
    }
    await client.query('insert into schema_migrations (name) values ($1)', [name])
  }
  return pending.map(({ name }) => name)
}
