import type { SqlStatement } from '../sql-statement.ts'
import type { NewEvent } from '../store/event.ts'

/** What one transaction did to one stream. */
export interface StreamChange {
  /** Name of the aggregate. */
  readonly aggregate: string
  readonly id: string
  readonly stream: string
  /** After the change. */
  readonly version: number
  /** After the change. */
  readonly state: unknown
  /** At least one, in order. */
  readonly events: readonly NewEvent[]
}

/** A table in which several sets of rows mean the same, e.g. rows that are summed up. */
export interface TableByMeaning {
  readonly name: string
  /** A query over the table by its plain name: what its rows mean. Two tables are equal if this is. */
  readonly meaning: string
  /** The columns of the query that tell its rows apart. */
  readonly key: readonly string[]
}

/** A read model that is written in the transaction of the events, so that it is never behind them. */
export interface InlineProjection {
  readonly name: string
  /** Only changes of these aggregates are handed over. Default: all. */
  readonly aggregates?: readonly string[]
  /**
   * Every table that it writes, by plain name; each needs a primary key, or a meaning. Without them it cannot be rebuilt (see `rebuildProjection`).
   */
  readonly tables?: readonly (string | TableByMeaning)[]
  /** Pure: all changes of a transaction → few statements over many rows (see `defineTable`). May run again after a conflict. */
  project(changes: readonly StreamChange[]): readonly SqlStatement[]
}
