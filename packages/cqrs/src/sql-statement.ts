/**
 * One SQL statement of a transaction. Statements of the same `text` are prepared once per connection.
 * Values are what `pg` accepts; a `Buffer` is sent in PostgreSQL's binary format (see `table.ts` for arrays of rows).
 */
export interface SqlStatement {
  /** Name of the prepared statement, ≤ 63 bytes, one text per name. Default: derived from the text. */
  readonly name?: string
  readonly text: string
  readonly values: readonly unknown[]
  /** What it does to a read model, for whoever explains an event: see `effectsOf`. */
  readonly effect?: TableEffect
}

export const TABLE_VERBS = ['insert', 'upsert', 'delete'] as const
export type TableVerb = (typeof TABLE_VERBS)[number]

/** Says in words of the table what a statement over arrays of rows does; nothing is copied, and nothing done, for it when it is run. */
export interface TableEffect {
  readonly table: string
  readonly verb: TableVerb
  /** Columns that name a row; none for a table whose rows are only summed up. For `delete` maybe fewer than the primary key has. */
  readonly key: readonly string[]
  /** For each of the statement's values the column that it goes to; null for a value that goes to none. Arrays hold one element per row. */
  readonly columns: readonly (string | null)[]
  /** Columns of JSON text. Default: none. */
  readonly json?: readonly string[]
  /** Columns where null leaves what is there. Default: none. */
  readonly nullKeeps?: readonly string[]
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
