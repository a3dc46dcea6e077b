import { setImmediate as turn } from 'node:timers/promises'
import type { PoolConfig } from 'pg'
import { Client, Pool } from 'pg'
import { CqrsError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { SqlStatement } from '../sql-statement.ts'
import { breaksConnection, toCqrsError } from './failure.ts'
import type { Row } from './pipeline.ts'
import { ConnectionFailure } from './pipeline.ts'
import { Session } from './session.ts'

export interface ConnectionSettings {
  /** Connections for transactions at most. */
  readonly max: number
  /** The server ends a transaction that lasts longer. */
  readonly transactionTimeoutMs: number
}

/**
 * The planner is held to index lookups: statements are planned once per connection, often while the tables are still empty, and a
 * sequential scan or hash join that was right then would be used for the rest of the connection's life.
 * Transactions are kept short because an open one hides later events of the whole cluster from the feed. Locks are waited for less long, so that a
 * statement that waits for one is never taken for one that is too slow: see `locked` and `overtime`.
 */
const sessionSettings = (transactionTimeoutMs: number): ReadonlyMap<string, string> =>
  new Map([
    ['TimeZone', 'UTC'],
    ['DateStyle', 'ISO'],
    ['plan_cache_mode', 'force_generic_plan'],
    ['enable_seqscan', 'off'],
    ['enable_bitmapscan', 'off'],
    ['enable_hashjoin', 'off'],
    ['enable_mergejoin', 'off'],
    ['jit', 'off'],
    ['lock_timeout', String(Math.ceil(transactionTimeoutMs / 2))],
    ['statement_timeout', String(transactionTimeoutMs)],
    ['transaction_timeout', String(transactionTimeoutMs)],
    ['idle_in_transaction_session_timeout', String(transactionTimeoutMs)],
  ])

/** Servers that do not know a setting (transaction_timeout came with 17) do without it. */
const APPLY_SETTINGS = `
  select set_config(wanted.name, wanted.setting, false)
  from unnest($1::text[], $2::text[]) as wanted (name, setting)
  join pg_settings known on lower(known.name) = lower(wanted.name)`

/** The client waits longer than the server works, so that the server's own time-out comes first and says why. */
const CLIENT_PATIENCE = 1.5

/** The connections of the kernel, made from the settings of the service's pool and apart from it. */
export class Connections {
  readonly #config: PoolConfig
  readonly #settings: ConnectionSettings
  readonly #logger: Logger
  readonly #pool: Pool
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #sessions = new WeakMap<object, Session>()
  readonly #lostListeners = new Set<() => void>()

  constructor(pool: Pool, settings: ConnectionSettings, logger: Logger) {
    const { options } = pool
    // The password is not enumerable there.
    this.#config = { connectionTimeoutMillis: 5_000, keepAlive: true, ...options, password: options.password }
    this.#settings = settings
    this.#logger = logger
    this.#pool = new Pool({
      ...this.#config,
      max: settings.max,
      min: 0,
      idleTimeoutMillis: 0,
      maxLifetimeSeconds: 0,
      allowExitOnIdle: true,
      onConnect: (client) => this.#prepareClient(client as unknown as Client),
    })
    this.#pool.on('error', this.#lost)
  }

  /** Runs the statements as one transaction in one round trip, and answers the rows of each. */
  transact(statements: readonly SqlStatement[]): Promise<readonly (readonly Row[])[]> {
    const transaction = this.#transact(statements)
    const ended = (): void => {
      this.#underWay.delete(transaction)
    }
    this.#underWay.add(transaction)
    transaction.then(ended, ended)
    return transaction
  }

  /** Resolves when every transaction that is under way now has ended, and those who wait for it have gone on. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#underWay])
    await turn()
  }

  async #transact(statements: readonly SqlStatement[]): Promise<readonly (readonly Row[])[]> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw new ConnectionFailure(error)
    })
    const session = this.#sessions.get(client) ?? new Session(client as unknown as Client, this.#timeoutMs)
    try {
      const rows = await session.run(statements)
      client.release()
      return rows
    } catch (error) {
      client.release(breaksConnection(error))
      throw error
    }
  }

  /** The same for reads; failures come as CqrsError. */
  async read(doing: string, ...statements: readonly SqlStatement[]): Promise<readonly (readonly Row[])[]> {
    try {
      return await this.transact(statements)
    } catch (error) {
      throw toCqrsError(error, doing)
    }
  }

  /** A connection for one owner, who ends it. `onLost` is called when it breaks. `settings`: of the server, other than the usual ones. */
  async dedicated(onLost: (error: Error) => void, settings: Readonly<Record<string, string>> = {}): Promise<Session> {
    const client = new Client(this.#config)
    client.on('error', onLost)
    try {
      await client.connect()
      await this.#prepareClient(client, settings)
      return new Session(client, this.#timeoutMs)
    } catch (error) {
      await client.end().catch(() => {})
      throw new ConnectionFailure(error)
    }
  }

  /** Called whenever a connection breaks, be it in use or idle. */
  onLost(listener: () => void): void {
    this.#lostListeners.add(listener)
  }

  async close(): Promise<void> {
    if (!this.#pool.ending) await this.#pool.end()
  }

  get closed(): boolean {
    return this.#pool.ending
  }

  get #timeoutMs(): number {
    return this.#settings.transactionTimeoutMs * CLIENT_PATIENCE
  }

  async #prepareClient(client: Client, others: Readonly<Record<string, string>> = {}): Promise<void> {
    client.on('error', this.#lost)
    const settings = new Map([...sessionSettings(this.#settings.transactionTimeoutMs), ...Object.entries(others)])
    await client.query(APPLY_SETTINGS, [[...settings.keys()], [...settings.values()]])
    this.#sessions.set(client, new Session(client, this.#timeoutMs))
  }

  readonly #lost = (error: Error): void => {
    this.#logger.warn({ error: error.message }, 'A connection to PostgreSQL was lost')
    for (const listener of this.#lostListeners) listener()
  }
}

export function requirePool(pool: unknown): Pool {
  if (typeof pool === 'object' && pool !== null && 'options' in pool) return pool as Pool
  throw new CqrsError(
    'INVALID_DEFINITION',
    "'pool' must be a Pool of the package pg: its options say where the database is.",
  )
}
