import type { Database } from './connect-database.ts'
import type { Migration } from './migrate.ts'

/** Migrates at the first call; the others wait for that. What failed, because the database was away, is tried anew by the next call. */
export const migrateOnce = (
  database: Pick<Database, 'migrate'>,
  migrations: readonly Migration[],
): (() => Promise<void>) => {
  let migrated: Promise<void> | undefined
  return () => {
    migrated ??= database.migrate(migrations).catch((error: unknown) => {
      migrated = undefined
      throw error
    })
    return migrated
  }
}
