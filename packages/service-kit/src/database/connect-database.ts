import type { Kysely } from 'kysely'
import type { PoolClient, PoolConfig } from 'pg'
import { Pool } from 'pg'
import { ServiceKitError } from '../errors.ts'
import type { ComponentHealth, HealthRegistry } from '../health.ts'
import { keepTrying, reasonOf } from '../keep-trying.ts'
import type { Logger } from '../logging/create-logger.ts'
import type { Metrics } from '../metrics/create-metrics.ts'
import { lazyKysely } from './lazy-kysely.ts'
import type { Migration } from './migrate.ts'
import { migrate } from './migrate.ts'
import { exactNumbers } from './type-parsers.ts'

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string
  readonly logger: Logger
  /** Registers the component `database`. */
  readonly health?: HealthRegistry
  /** Registers the pool's gauges. */
  readonly metrics?: Metrics
  /** Name of the connections in pg_stat_activity. Default: the driver's. */
  readonly applicationName?: string
  /** Connections at most. Default 8. */
  readonly poolSize?: number
  readonly timeouts?: Partial<DatabaseTimeouts>
  /**
   * Holds the planner to index look-ups. For named statements that find rows by their keys: they are planned once per connection, often while the
   * tables are still empty, and the sequential scan that is right then would be kept. Default false.
   */
  readonly byKeyOnly?: boolean
}

export interface DatabaseTimeouts {
  /** To get a connection, a free one or a new one. Milliseconds, default 3,000. */
  readonly connectTimeoutMs: number
  /** PostgreSQL's statement_timeout. Milliseconds, default 10,000. */
  readonly statementTimeoutMs: number
  /** PostgreSQL's lock_timeout. Milliseconds, default 5,000. */
  readonly lockTimeoutMs: number
  /** PostgreSQL's idle_in_transaction_session_timeout. Milliseconds, default 10,000. */
  readonly idleInTransactionTimeoutMs: number
  /** PostgreSQL's transaction_timeout (from version 17; earlier ones have none). Milliseconds, default 20,000. */
  readonly transactionTimeoutMs: number
}

/** An open transaction anywhere in the cluster holds back every event feed in it, so none may stay open for long. */
export const DATABASE_TIMEOUTS: DatabaseTimeouts = {
  connectTimeoutMs: 3_000,
  statementTimeoutMs: 10_000,
  lockTimeoutMs: 5_000,
  idleInTransactionTimeoutMs: 10_000,
  transactionTimeoutMs: 20_000,
}

/** Tables nobody has described: every name, every column, unknown values. */
export type AnyTables = Record<string, Record<string, unknown>>

export interface Database<Tables = AnyTables> {
  readonly pool: Pool
  /** Query builder on the pool. Kysely itself is loaded by its first use: 250 modules that a service at rest does without. */
  readonly kysely: Kysely<Tables>
  /** `shop at 127.0.0.1:5432`, for people. */
  readonly name: string
  /** Resolves when the database answers; keeps trying until then, and says so. Rejects only with STOPPED. */
  ready(signal?: AbortSignal): Promise<void>
  /** Brings the schema up to date; see {@link migrate}. */
  migrate(migrations: readonly Migration[]): Promise<void>
  /** Waits for the connections in use, then closes all. */
  close(): Promise<void>
}

const SET_TRANSACTION_TIMEOUT = `select set_config(name, $1, false) from pg_settings where name = 'transaction_timeout'`

const INDEX_LOOKUPS_ONLY = `
  select set_config(name, 'off', false)
  from unnest('{enable_seqscan,enable_bitmapscan,enable_hashjoin,enable_mergejoin}'::text[]) as name`

/** Describes the pool; connects nobody yet. */
export function connectDatabase<Tables = AnyTables>(options: DatabaseOptions): Database<Tables> {
  const { logger, metrics } = options
  const timeouts = { ...DATABASE_TIMEOUTS, ...options.timeouts }
  const name = nameOf(options.url)
  const pool = new Pool(poolConfig(options, timeouts))
  pool.on('error', (error) =>
    logger.warn({ reason: reasonOf(error) }, `lost an idle connection to the database ${name}`),
  )
  // A connection that breaks while it is lent out, between two statements, would otherwise end the process.
  pool.on('connect', (client: PoolClient) => client.on('error', () => {}))
  const check = sharedCheck(pool, name)
  const forget = options.health?.add('database', check)
  metrics?.observe('db_client_connection_count', async () => [
    { labels: { db_client_connection_pool_name: name, db_client_connection_state: 'idle' }, value: pool.idleCount },
    {
      labels: { db_client_connection_pool_name: name, db_client_connection_state: 'used' },
      value: pool.totalCount - pool.idleCount,
    },
  ])
  metrics?.observe('db_client_connection_pending_requests', async () => [
    { labels: { db_client_connection_pool_name: name }, value: pool.waitingCount },
  ])

  return {
    pool,
    name,
    kysely: lazyKysely<Tables>(pool),
    ready: async (signal) => {
      await keepTrying(() => pool.query('select 1'), {
        what: `the database ${name}`,
        logger,
        ...(signal && { signal }),
      })
    },
    migrate: (migrations) => migrate({ pool, url: options.url, migrations, logger }),
    close: async () => {
      forget?.()
      await pool.end()
    },
  }
}

function poolConfig(options: DatabaseOptions, timeouts: DatabaseTimeouts): PoolConfig {
  return {
    connectionString: options.url,
    max: options.poolSize ?? 8,
    types: exactNumbers,
    keepAlive: true,
    connectionTimeoutMillis: timeouts.connectTimeoutMs,
    statement_timeout: timeouts.statementTimeoutMs,
    lock_timeout: timeouts.lockTimeoutMs,
    idle_in_transaction_session_timeout: timeouts.idleInTransactionTimeoutMs,
    // The server ends a statement; this ends the waiting for a server that has silently gone.
    query_timeout: timeouts.statementTimeoutMs + 5_000,
    ...(options.applicationName !== undefined && { application_name: options.applicationName }),
    onConnect: async (client) => {
      await client.query(SET_TRANSACTION_TIMEOUT, [String(timeouts.transactionTimeoutMs)])
      if (options.byKeyOnly === true) await client.query(INDEX_LOOKUPS_ONLY)
    },
  }
}

/** Probes that arrive together share one question, so that no number of them can use up the pool. */
function sharedCheck(pool: Pool, name: string): () => Promise<ComponentHealth> {
  let underWay: Promise<ComponentHealth> | undefined
  const ask = async (): Promise<ComponentHealth> => {
    const started = performance.now()
    try {
      await pool.query('select 1')
      return { up: true, detail: `${name} answers in ${Math.ceil(performance.now() - started)} ms` }
    } catch (error) {
      return { up: false, detail: `${name}: ${reasonOf(error)}` }
    } finally {
      underWay = undefined
    }
  }
  return () => {
    underWay ??= ask()
    return underWay
  }
}

function nameOf(url: string): string {
  const parsed = URL.parse(url)
  if (parsed === null || !/^postgres(?:ql)?:$/.test(parsed.protocol)) {
    // The text is not repeated: it holds a password.
    throw new ServiceKitError(
      'INVALID_DATABASE_URL',
      'The database URL must look like postgres://user:password@host:5432/database.',
    )
  }
  return `${decodeURIComponent(parsed.pathname.slice(1))} at ${parsed.hostname}:${parsed.port || '5432'}`
}
