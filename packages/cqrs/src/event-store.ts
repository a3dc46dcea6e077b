import type { Pool } from 'pg'
import type { AnyAggregate, StateOf } from './aggregate.ts'
import { CqrsError } from './errors.ts'
import type { FeedPosition, StoredEvent } from './event.ts'
import type { Logger } from './logger.ts'
import type { InlineProjection, StreamChange } from './projection.ts'
import type { UnitOfWork, WorkContext } from './unit-of-work.ts'

export interface EventStoreOptions {
  /** Says where the database is. The store opens connections of its own with this pool's settings, and leaves the pool's connections to the service's queries. */
  readonly pool: Pool
  readonly aggregates: readonly AnyAggregate[]
  readonly projections?: readonly InlineProjection[]
  /** Default: the system's clock. */
  readonly clock?: () => Date
  /** Source of event ids, which must be UUIDs. Default: UUID version 7. */
  readonly ids?: () => string
  /** Streams whose state is kept in memory. Default 10,000. */
  readonly cacheSize?: number
  /** Connections of the store at most; opened when needed. Default 4. */
  readonly connections?: number
  /** Default: silent. */
  readonly logger?: Logger
}

export interface EventStore {
  /** Runs one handler in one transaction. Throws CqrsError; see UnitOfWork for what a handler may do. */
  transact<T>(work: (unit: UnitOfWork) => T, context: WorkContext): Promise<T>
  /** Fresh from the database. */
  load<A extends AnyAggregate>(aggregate: A, id: string): Promise<{ state: StateOf<A>; version: number }>
  /** All events of one stream, in order. */
  readStream(stream: string): Promise<StoredEvent[]>
  /** Committed events after a place, in feed order; never one that an earlier transaction could still precede. */
  feed(after: FeedPosition, limit: number): Promise<StoredEvent[]>
  /** Called after each commit of this process. Returns the function that ends it. */
  onCommitted(listener: (changes: readonly StreamChange[]) => void): () => void
  /** Adds a read model after the store was made; a second one of the same name is refused. */
  addProjection(projection: InlineProjection): void
  /** Closes the store's connections after the transactions under way. */
  close(): Promise<void>
}

export function createEventStore(_options: EventStoreOptions): EventStore {
  throw new CqrsError('CLOSED', 'under construction')
}
