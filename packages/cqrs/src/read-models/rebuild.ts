import { setTimeout as delay } from 'node:timers/promises'
import { DatabaseError } from 'pg'
import { CqrsError } from '../errors.ts'
import { requireWholeNumber } from '../options.ts'
import { decodePosition, feedStatement, lockedFeedStatement } from '../postgres/event-rows.ts'
import { DIVISION_BY_ZERO, failsWith, toCqrsError } from '../postgres/failure.ts'
import type { Row } from '../postgres/pipeline.ts'
import { ConnectionFailure, StatementFailure } from '../postgres/pipeline.ts'
import type { Session } from '../postgres/session.ts'
import type { RowDifference, ShadowedTable } from '../postgres/shadow-tables.ts'
import {
  assertOnlyShadowWritten,
  compareRows,
  createShadow,
  dropShadow,
  exchangeRows,
  qualified,
} from '../postgres/shadow-tables.ts'
import type { SqlStatement } from '../sql-statement.ts'
import type { Engine } from '../store/engine.ts'
import type { FeedPosition } from '../store/event.ts'
import { FEED_START } from '../store/event.ts'
import type { EventStore } from '../store/event-store.ts'
import { engineOf } from '../store/event-store.ts'
import type { InlineProjection } from './projection.ts'
import { StreamReplay } from './stream-replay.ts'

export interface RebuildOptions {
  /** `compare`: only reports. `swap`: gives the live tables the rebuilt rows, all at once. */
  readonly mode: 'compare' | 'swap'
  /** Differing rows that the report shows per table at most. Default 100. */
  readonly maxDifferences?: number
  /** Events that are replayed in one transaction at most. Default 2,000. */
  readonly batchSize?: number
  /** How long writers may be kept waiting; a rebuild that would need longer is given up, and nothing is changed. Milliseconds, default 5,000. */
  readonly maxPauseMs?: number
}

export interface RebuiltTable {
  readonly table: string
  /** Rows that were not as the events say, one side's missing ones included. */
  readonly differing: number
  /** The first of them by key. */
  readonly differences: readonly RowDifference[]
}

export interface RebuildReport {
  readonly projection: string
  /** That were replayed. */
  readonly events: number
  /** As of one moment, in which nothing was written. */
  readonly tables: readonly RebuiltTable[]
  /** Whether the live tables were given the rebuilt rows. */
  readonly swapped: boolean
}

const DEFAULTS = { maxDifferences: 100, batchSize: 2_000, maxPauseMs: 5_000 } as const

/** How often a lock is asked for, each time for a fifth of the pause: who waits for a lock makes others wait behind it. */
const LOCK_TRIES = 5
const LOCK_AGAIN_MS = 200

/**
 * Builds the tables of an inline projection anew from all events, beside the live ones, while the service works; then compares them row by row at one moment, for
 * which writers wait. Throws NOT_REBUILDABLE when the projection is not a function of the events alone, as far as that shows: it reads or writes other
 * tables, or gives other statements for the same changes. What only shows in its rows (e.g. `now()` in its SQL) is in the report.
 */
export async function rebuildProjection(
  store: EventStore,
  projection: InlineProjection,
  options: RebuildOptions,
): Promise<RebuildReport> {
  const settings = { ...DEFAULTS, ...options }
  const { maxDifferences, batchSize, maxPauseMs } = settings
  requireWholeNumber({ maxDifferences, batchSize, maxPauseMs }, 1)
  const { tables } = projection
  if (tables === undefined || tables.length === 0) {
    throw new CqrsError('NOT_REBUILDABLE', `Projection '${projection.name}' does not name its 'tables'.`)
  }
  const engine = engineOf(store)
  const session = await engine.connections
    .dedicated(() => {}, SETTINGS)
    .catch((error: unknown) => {
      throw toCqrsError(error, `rebuilding '${projection.name}'`)
    })
  try {
    return await new Rebuild(engine, session, projection, settings).run(tables)
  } catch (error) {
    throw toCqrsError(failureOf(error), `rebuilding '${projection.name}'`)
  } finally {
    await session.client.end().catch(() => {})
  }
}

/** Whole tables are read and compared, which the kernel's statements never do. */
const SETTINGS = {
  plan_cache_mode: 'auto',
  enable_seqscan: 'on',
  enable_bitmapscan: 'on',
  enable_hashjoin: 'on',
  enable_mergejoin: 'on',
  statement_timeout: '0',
  transaction_timeout: '0',
}

class Rebuild {
  readonly #engine: Engine
  readonly #session: Session
  readonly #projection: InlineProjection
  readonly #settings: Required<RebuildOptions>
  readonly #schema: string
  readonly #replay: StreamReplay
  /** Qualified, because unqualified names will mean the shadow. */
  #eventsTable = 'events'
  #place: FeedPosition = FEED_START
  #events = 0

  constructor(engine: Engine, session: Session, projection: InlineProjection, settings: Required<RebuildOptions>) {
    this.#engine = engine
    this.#session = session
    this.#projection = projection
    this.#settings = settings
    this.#schema = `rebuild ${projection.name}`.slice(0, 60)
    this.#replay = new StreamReplay(engine, projection.aggregates)
  }

  async run(tables: NonNullable<InlineProjection['tables']>): Promise<RebuildReport> {
    const { client } = this.#session
    await this.#claim()
    this.#eventsTable = await qualified(client, 'events')
    try {
      const shadowed = await createShadow(client, this.#schema, tables)
      await this.#catchUp()
      await client.query(`analyze ${shadowed.map(({ shadow }) => shadow).join(', ')}`)
      await this.#catchUp()
      const report = await this.#compare(shadowed)
      const swapped = this.#settings.mode === 'swap'
      if (swapped) {
        await this.#catchUp()
        await this.#swap(shadowed)
      }
      return { projection: this.#projection.name, events: this.#events, tables: report, swapped }
    } finally {
      await client.query('rollback').catch(() => {})
      await dropShadow(client, this.#schema).catch(() => {})
    }
  }

  /** Until the connection ends. What a rebuild that died has left is dropped when its schema is made again. */
  async #claim(): Promise<void> {
    const { rows } = await this.#session.client.query<{ mine: boolean }>(
      `select pg_try_advisory_lock(hashtextextended('cqrs rebuild ' || $1, 0)) as mine`,
      [this.#projection.name],
    )
    if (rows[0]?.mine === true) return
    throw new CqrsError('REBUILD_RUNNING', `Projection '${this.#projection.name}' is being rebuilt already.`)
  }

  /** All that is settled. */
  async #catchUp(): Promise<void> {
    const { batchSize } = this.#settings
    while ((await this.#page(feedStatement(this.#place, batchSize))) === batchSize);
  }

  /** All that there is, while writers wait. */
  async #level(): Promise<void> {
    const { batchSize } = this.#settings
    while ((await this.#page(lockedFeedStatement(this.#place, batchSize))) === batchSize);
  }

  /** Rows read. */
  async #page(statement: SqlStatement): Promise<number> {
    const [rows = []] = await this.#engine.connections.read('reading the feed', statement)
    const last = rows.at(-1)
    if (last === undefined) return 0
    await this.#write(await this.#statements(rows))
    this.#place = decodePosition(last)
    this.#events += rows.length
    return rows.length
  }

  async #statements(rows: readonly Row[]): Promise<readonly SqlStatement[]> {
    const projection = this.#projection
    try {
      const changes = await this.#replay.changes(this.#engine.decodeEvents(rows))
      if (changes.length === 0) return []
      const statements = projection.project(changes)
      if (JSON.stringify(statements, plain) === JSON.stringify(projection.project(changes), plain)) return statements
    } catch (error) {
      throw toCqrsError(error, `replaying events for '${projection.name}'`)
    }
    throw this.#notRebuildable('gives other statements when it is asked twice about the same changes')
  }

  async #write(statements: readonly SqlStatement[]): Promise<void> {
    if (statements.length === 0) return
    try {
      await this.#session.run([...statements, assertOnlyShadowWritten(this.#schema)])
    } catch (error) {
      if (failsWith(error, UNDEFINED_TABLE)) {
        throw this.#notRebuildable(`uses a table that is not among its 'tables' (${(error as Error).message})`, error)
      }
      if (!failsWith(error, DIVISION_BY_ZERO, statements.length)) throw error
      throw this.#notRebuildable("writes to a table that is not among its 'tables'", error)
    }
  }

  #notRebuildable(why: string, cause?: unknown): CqrsError {
    return new CqrsError('NOT_REBUILDABLE', `Projection '${this.#projection.name}' ${why}.`, { cause })
  }

  /** The lock is had by a connection of its own, so that the tail is committed, and the moment of the comparison fixed, while writers still wait. */
  async #compare(tables: readonly ShadowedTable[]): Promise<readonly RebuiltTable[]> {
    const { client } = this.#session
    const { maxDifferences } = this.#settings
    const guard = await this.#engine.connections.dedicated(() => {}, this.#pauseSettings())
    try {
      await this.#lock(guard, `lock table ${this.#eventsTable} in share mode`)
      await this.#level()
      await client.query('begin isolation level repeatable read read only')
      await client.query('select 1')
      // Fails if the server ended the pause before.
      await guard.client.query('commit')
    } finally {
      await guard.client.end().catch(() => {})
    }
    const report: RebuiltTable[] = []
    for (const table of tables) {
      report.push({ table: table.name, ...(await compareRows(client, table, maxDifferences)) })
    }
    await client.query('commit')
    return report
  }

  async #swap(tables: readonly ShadowedTable[]): Promise<void> {
    const { client } = this.#session
    for (const [name, setting] of Object.entries(this.#pauseSettings())) {
      await client.query('select set_config(name, $2, false) from pg_settings where name = $1', [name, setting])
    }
    const live = tables.map(({ live }) => live).join(', ')
    await this.#lock(
      this.#session,
      `lock table ${this.#eventsTable} in share mode; lock table ${live} in share row exclusive mode`,
    )
    await this.#level()
    for (const table of tables) await exchangeRows(client, table)
    await client.query('commit')
  }

  #pauseSettings(): Readonly<Record<string, string>> {
    const { maxPauseMs } = this.#settings
    return {
      lock_timeout: String(Math.ceil(maxPauseMs / LOCK_TRIES)),
      statement_timeout: String(maxPauseMs),
      transaction_timeout: String(maxPauseMs),
      idle_in_transaction_session_timeout: String(maxPauseMs),
    }
  }

  async #lock({ client }: Session, locks: string): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      await client.query('begin')
      try {
        await client.query(locks)
        return
      } catch (error) {
        await client.query('rollback')
        if (!(error instanceof Error && 'code' in error && LOCKED_BY_OTHERS.has(String(error.code)))) throw error
        if (tries === LOCK_TRIES) {
          throw new CqrsError(
            'REBUILD_RUNNING',
            `Others did not let go of the tables of projection '${this.#projection.name}' in time.`,
            { cause: error },
          )
        }
        await delay(LOCK_AGAIN_MS)
      }
    }
  }
}

/** What the connection throws by itself, as the kernel's statements would. */
function failureOf(error: unknown): unknown {
  if (error instanceof DatabaseError) return new StatementFailure(0, error)
  return error instanceof CqrsError || error instanceof StatementFailure ? error : new ConnectionFailure(error)
}

const UNDEFINED_TABLE = '42P01'

/** Lock not available, deadlock. */
const LOCKED_BY_OTHERS: ReadonlySet<string> = new Set(['55P03', '40P01'])

const plain = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value)
