import pg from 'pg'
import { PlatformError } from './errors.ts'

/** A machine that starts seven processes at once is slow to answer. */
const CONNECT_TIMEOUT_MS = 30_000
/** Somebody else created it in the meantime; the second code when both did at the same moment. */
const EXISTS_NOW: ReadonlySet<string> = new Set(['42P04', '23505'])

/**
 * Creates the databases that are missing, over one connection.
 * @throws PlatformError START_FAILED when the server is not reachable or the user may not create databases
 */
export async function createDatabases(serverUrl: string, names: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  try {
    await client.connect()
    const { rows } = await client.query<{ datname: string }>('select datname from pg_database')
    const present = new Set(rows.map((row) => row.datname))
    for (const name of names.filter((wanted) => !present.has(wanted))) {
      await client.query(`create database ${client.escapeIdentifier(name)}`).catch((error: { code?: string }) => {
        if (!EXISTS_NOW.has(error.code ?? '')) throw error
      })
    }
  } catch (error) {
    const { host, pathname } = new URL(serverUrl)
    const reason = error instanceof Error ? error.message || String((error as { code?: string }).code) : String(error)
    throw new PlatformError(
      'START_FAILED',
      `the databases ${names.join(', ')} cannot be created at ${host}${pathname}: ${reason}; check the address, and that the user may create databases`,
      error,
    )
  } finally {
    await client.end().catch(() => {})
  }
}

/** The URL of another database on the same server. */
export function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${encodeURIComponent(database)}`
  return url.href
}
