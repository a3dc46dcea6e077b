import type { Row } from '../postgres/pipeline.ts'
import type { SqlStatement } from '../sql-statement.ts'

export interface GateRow {
  readonly key: string
}

/**
 * Lets each key through once. The row is written in the transaction of the effect without looking first; if that fails because
 * another transaction was there before, the next try looks.
 */
export interface Gate<R extends GateRow = GateRow> {
  readonly name: string
  look(keys: readonly string[]): SqlStatement
  /** Which of the keys went through before, from the rows that `look` found. */
  passed(keys: readonly string[], found: readonly Row[]): ReadonlyMap<string, R>
  write(rows: readonly R[]): SqlStatement
  /** SQLSTATE of `write` when a key went through before. */
  readonly conflictsOn: string
  /**
   * Other handlers change the same rows after they have written streams and sagas. Its own are taken after those, too: in one
   * order, so that two transactions never wait for each other. Default: first of all, because what is refused early costs least.
   */
  readonly late?: boolean
}

export const UNIQUE_VIOLATION = '23505'
