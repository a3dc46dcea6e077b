import type { Pool } from 'pg'
import { ServiceKitError } from '../errors.ts'
import { reasonOf } from '../keep-trying.ts'
import type { Logger } from '../logging/create-logger.ts'

export interface Migration {
  /** Unique in the database for ever: what has run is remembered by name. */
  readonly name: string
  /** SQL, one or more statements, run in one transaction. */
  readonly up: string
}

export interface MigrateOptions {
  readonly pool: Pool
  readonly url: string
  /** In the order in which they run on an empty database. */
  readonly migrations: readonly Migration[]
  readonly logger: Logger
}

const TABLE = 'schema_migrations'

/**
 * Runs what has not run yet, in one transaction under an advisory lock: of several instances that start together one migrates, the others wait.
 * A database that has it all costs one query, and kysely is not even loaded.
 *
 * Throws MIGRATION_FAILED, also when the database has a migration that the list has not (an older version of the service on a newer schema).
 */
export async function migrate({ pool, url, migrations, logger }: MigrateOptions): Promise<void> {
  const order = new Map(migrations.map(({ name }, index) => [name, index]))
  if (order.size < migrations.length) {
    const twice = migrations.find(({ name }, index) => order.get(name) !== index)
    throw new ServiceKitError(
      'DUPLICATE_MIGRATION',
      `Two migrations are called "${twice?.name}"; give each its own name.`,
    )
  }
  if (await hasRunExactly(pool, order)) return

  const { Pool: OwnPool } = await import('pg')
  const { Kysely, PostgresDialect, sql } = await import('kysely')
  const { Migrator } = await import('kysely/migration')
  // Of its own, because waiting for another instance's migration must not hit the time-outs of the service's statements.
  const kysely = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: new OwnPool({ connectionString: url, max: 1 }) }),
  })
  try {
    const provider = {
      getMigrations: async () =>
        Object.fromEntries(
          migrations.map(({ name, up }) => [
            name,
            { up: async (db: typeof kysely) => void (await sql.raw(up).execute(db)) },
          ]),
        ),
    }
    const { error, results } = await new Migrator({
      db: kysely,
      provider,
      migrationTableName: TABLE,
      migrationLockTableName: `${TABLE}_lock`,
      // The list is made of several (kernel, kit, service), each of which may grow.
      allowUnorderedMigrations: true,
      nameComparator: (a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0),
    }).migrateToLatest()
    if (error !== undefined) {
      const failed = results?.find(({ status }) => status === 'Error')
      const which = failed === undefined ? 'The migrations' : `The migration "${failed.migrationName}"`
      throw new ServiceKitError('MIGRATION_FAILED', `${which} failed, and nothing was changed: ${reasonOf(error)}`, {
        cause: error,
      })
    }
    const names = results?.filter(({ status }) => status === 'Success').map(({ migrationName }) => migrationName) ?? []
    if (names.length > 0) logger.info({ migrations: names }, 'database schema migrated')
  } finally {
    await kysely.destroy()
  }
}

async function hasRunExactly(pool: Pool, wanted: ReadonlyMap<string, number>): Promise<boolean> {
  const exists = await pool.query<{ found: boolean }>('select to_regclass($1) is not null as found', [TABLE])
  if (exists.rows[0]?.found !== true) return false
  const { rows } = await pool.query<{ name: string }>(`select name from ${TABLE}`)
  return rows.length === wanted.size && rows.every(({ name }) => wanted.has(name))
}
