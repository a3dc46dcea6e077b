import { Pool } from 'pg'

/** Reading for people: what takes longer is given up, so that it never burdens the service whose database it is. Milliseconds. */
const STATEMENT_TIMEOUT_MS = 5_000
const CONNECT_TIMEOUT_MS = 2_000
/** A page reads a handful of things at once. Connections that nobody uses are closed. */
const MAX_CONNECTIONS = 4
const IDLE_TIMEOUT_MS = 30_000

/** The way into a service's database: read-only, whatever the role would allow, and lazy. */
export function watchedPool(connectionString: string): Pool {
  const pool = new Pool({
    connectionString,
    max: MAX_CONNECTIONS,
    min: 0,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS * 2,
    application_name: 'console',
    options: '-c default_transaction_read_only=on',
    allowExitOnIdle: true,
  })
  // Whoever reads next hears of it; a connection that breaks while nobody uses it is no news.
  pool.on('error', () => {})
  // A connection that breaks while it is lent out, between two statements, would otherwise end the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}
