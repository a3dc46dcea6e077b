/**
 * One SQL statement of a transaction. Statements of the same `text` are prepared once per connection.
 * Values are what `pg` accepts; a `Buffer` is sent in PostgreSQL's binary format (see `table.ts` for arrays of rows).
 */
export interface SqlStatement {
  /** Name of the prepared statement, ≤ 63 bytes, one text per name. Default: derived from the text. */
  readonly name?: string
  readonly text: string
  readonly values: readonly unknown[]
}

/**
 * Collects rows of many messages or commands of one transaction and writes them together, so that a group of 500 costs
 * the statements of one. Identity matters: use one writer object, not one per call.
 */
export interface RowWriter<R> {
  readonly name: string
  /** Called once per transaction with all rows, in the order in which they were added. */
  statements(rows: readonly R[]): readonly SqlStatement[]
}
