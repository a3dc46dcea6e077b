import { randomUUIDv7 } from 'node:crypto'
import type { Pool } from 'pg'
import type { AnyAggregate, StateOf } from '../aggregates/aggregate.ts'
import { streamName } from '../aggregates/aggregate.ts'
import { CqrsError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { silentLogger } from '../logger.ts'
import { requireWholeNumber } from '../options.ts'
import { Connections, requirePool } from '../postgres/connections.ts'
import { decodePosition, feedStatement, readStreamStatement } from '../postgres/event-rows.ts'
import type { InlineProjection, StreamChange } from '../read-models/projection.ts'
import type { AnySaga, SagaStateOf } from '../sagas/saga.ts'
import type { SagaFigures } from '../sagas/saga-figures.ts'
import { readSagaFigures } from '../sagas/saga-figures.ts'
import type { SagaQuery, StoredSaga } from '../sagas/saga-reader.ts'
import { findSaga, findSagas } from '../sagas/saga-reader.ts'
import type { SagaSteps } from './commit-listeners.ts'
import { Engine } from './engine.ts'
import type { FeedPosition, StoredEvent } from './event.ts'
import { forgetOld, startRetention } from './retention.ts'
import { StateCache } from './state-cache.ts'
import { createStreamReader } from './stream-reader.ts'
import type { UnitOfWork, WorkContext } from './unit-of-work.ts'
import { versionToken } from './version-token.ts'
import { requireSynchronous } from './work.ts'

export interface EventStoreOptions {
  /**
   * Says where the database is. The store opens connections of its own with this pool's settings and leaves the pool's
   * connections to the service's queries: a slow list never delays a command.
   */
  readonly pool: Pool
  readonly aggregates: readonly AnyAggregate[]
  /** They get every event of these aggregates and every message of an inbox, in its transaction. */
  readonly sagas?: readonly AnySaga[]
  readonly projections?: readonly InlineProjection[]
  /** Default: the system's clock. */
  readonly clock?: () => Date
  /** Source of event ids, which must be UUIDs. Default: UUID version 7. */
  readonly ids?: () => string
  /** Streams and instances of sagas whose state is kept in memory at most; 0 keeps none. Default 10,000. */
  readonly cacheSize?: number
  /** Connections for transactions at most, opened when needed. Default 4. */
  readonly connections?: number
  /** The server ends a transaction that lasts longer; an open one hides later events of the whole cluster from the feed. Default 10,000. */
  readonly transactionTimeoutMs?: number
  /** How long message ids, idempotency keys and sagas that have ended are remembered. Default 604,800,000 (7 days). */
  readonly retentionMs?: number
  /** Default: silent. */
  readonly logger?: Logger
}

export interface EventStore {
  /** Runs one handler in one transaction. Throws CqrsError; see UnitOfWork for what a handler may do. */
  transact<T>(work: (unit: UnitOfWork) => T, context: WorkContext): Promise<T>
  /** Fresh from the database. Loads that are asked for at the same time share a query. */
  load<A extends AnyAggregate>(aggregate: A, id: string): Promise<{ state: StateOf<A>; version: number }>
  /** The events of one stream, in order. `range`: only those whose version lies between `from` and `to`, both included. */
  readStream(stream: string, range?: { readonly from?: number; readonly to?: number }): Promise<readonly StoredEvent[]>
  /** Committed events after a place, in feed order; never one that an earlier transaction could still precede. */
  feed(after: FeedPosition, limit: number): Promise<readonly StoredEvent[]>
  /** One instance, fresh from the database; undefined when there is none. */
  saga<S extends AnySaga>(saga: S, id: string): Promise<StoredSaga<SagaStateOf<S>> | undefined>
  /** Instances in the order of their ids, page by page. */
  sagas<S extends AnySaga>(query: SagaQuery<S>): Promise<readonly StoredSaga<SagaStateOf<S>>[]>
  /** Stands for all that this process has written so far, for `reached` of a tracking processor; as `token` of an accepted command. */
  versionToken(): string
  /** Called after each commit of this process. Returns the function that ends it. */
  onCommitted(listener: (changes: readonly StreamChange[]) => void): () => void
  /** Called after each commit of this process that moved sagas on, with the number of steps by saga. Returns the function that ends it. */
  onSagasMoved(listener: (steps: SagaSteps) => void): () => void
  /** How many instances of the store's sagas live, and for how long they have been in their stages. */
  sagaFigures(): Promise<readonly SagaFigures[]>
  /** Adds a read model after the store was made; a second one of the same name is refused. */
  addProjection(projection: InlineProjection): void
  /** Forgets message ids, idempotency keys and ended sagas older than `retentionMs` and answers how many. The store does so itself every ten minutes. */
  forgetOld(): Promise<number>
  /** Closes the store's connections after the transactions under way. */
  close(): Promise<void>
}

const DEFAULTS = {
  cacheSize: 10_000,
  connections: 4,
  transactionTimeoutMs: 10_000,
  retentionMs: 7 * 24 * 3600 * 1000,
} as const

const engines = new WeakMap<EventStore, Engine>()

export function createEventStore(options: EventStoreOptions): EventStore {
  const { cacheSize, connections: max, transactionTimeoutMs, retentionMs } = { ...DEFAULTS, ...options }
  requireWholeNumber({ cacheSize }, 0)
  requireWholeNumber({ connections: max, transactionTimeoutMs, retentionMs }, 1)
  const logger = options.logger ?? silentLogger
  const clock = options.clock ?? (() => new Date())
  const connections = new Connections(requirePool(options.pool), { max, transactionTimeoutMs }, logger)
  const engine = new Engine({
    connections,
    aggregates: options.aggregates,
    sagas: options.sagas ?? [],
    cache: new StateCache(cacheSize),
    clock,
    ids: options.ids ?? randomUUIDv7,
    logger,
  })
  for (const projection of options.projections ?? []) engine.addProjection(projection)
  const reader = createStreamReader((streams) => engine.readHistories(streams))
  const stopRetention = startRetention({ connections, retentionMs, clock, logger })

  const store: EventStore = {
    async transact(work, context) {
      let result: { readonly value: ReturnType<typeof work> } | undefined
      const [outcome] = await engine.run([
        {
          context,
          run: (unit) => {
            result = { value: requireSynchronous(work(unit), 'The handler') }
            return undefined
          },
        },
      ])
      if (outcome?.status === 'failed') throw outcome.error
      if (result === undefined) throw new CqrsError('HANDLER_FAILED', 'The handler was not run.')
      return result.value
    },
    load: (aggregate, id) => reader.load(aggregate, streamName(aggregate, id)),
    async readStream(stream, { from, to } = {}) {
      const [rows = []] = await connections.read(`reading stream '${stream}'`, readStreamStatement(stream, from, to))
      return engine.decodeEvents(rows)
    },
    async feed(after, limit) {
      for (let from = after; ; ) {
        const [rows = []] = await connections.read('reading the feed', feedStatement(from, limit))
        const events = engine.decodeEvents(rows)
        const last = rows.at(-1)
        // A page of which upcasters leave nothing must not look like the end.
        if (events.length > 0 || last === undefined) return events
        from = decodePosition(last)
      }
    },
    saga: (saga, id) => findSaga(connections, saga, id),
    sagas: (query) => findSagas(connections, query),
    versionToken: () => versionToken(engine.newestTx),
    onCommitted: (listener) => engine.listeners.onCommitted(listener),
    onSagasMoved: (listener) => engine.listeners.onSagasMoved(listener),
    sagaFigures: () => readSagaFigures(connections, engine.sagas.all, clock()),
    addProjection: (projection) => engine.addProjection(projection),
    forgetOld: () => forgetOld(connections, retentionMs, clock()),
    async close() {
      stopRetention()
      await connections.close()
    },
  }
  engines.set(store, engine)
  return store
}

/** For the other parts of this package. */
export function engineOf(store: EventStore): Engine {
  const engine = engines.get(store)
  if (engine === undefined) throw new CqrsError('INVALID_DEFINITION', "'store' must come from createEventStore.")
  return engine
}
