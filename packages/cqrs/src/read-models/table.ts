import { CqrsError } from '../errors.ts'
import type { SqlStatement, TableEffect, TableVerb } from '../sql-statement.ts'

/** What a column of a PostgreSQL type takes. json: text is taken as JSON, anything else is stringified. */
interface ColumnValues {
  text: string
  int: number
  bigint: bigint | number
  float8: number
  boolean: boolean
  /** ISO 8601 or Date. */
  timestamptz: string | Date
  uuid: string
  json: unknown
}

export type ColumnType = keyof ColumnValues

/** null and undefined are stored as null. */
export type RowOf<C extends Readonly<Record<string, ColumnType>>> = {
  readonly [K in keyof C]: ColumnValues[C[K]] | null | undefined
}

export interface Table<C extends Readonly<Record<string, ColumnType>>, K extends keyof C> {
  /** Fails when a key is there already. */
  insert(rows: readonly RowOf<C>[]): SqlStatement
  /** Replaces rows of the same key. Of several rows of one key the last one is taken. */
  upsert(rows: readonly RowOf<C>[]): SqlStatement
  delete(keys: readonly Pick<RowOf<C>, K>[]): SqlStatement
}

const IDENTIFIER = /^[a-z_][a-z0-9_]*$/

/**
 * A table of a read model, written many rows at a time: one statement and one array per column, whatever the number of rows.
 * The table itself is made by a migration of the service.
 */
export function defineTable<
  const C extends Readonly<Record<string, ColumnType>>,
  K extends keyof C & string,
>(definition: {
  readonly name: string
  /** Columns of the primary key. */
  readonly key: readonly K[]
  readonly columns: C
}): Table<C, K> {
  const { name, key } = definition
  const columns = Object.entries(definition.columns)
  for (const identifier of [name, ...key, ...columns.map(([column]) => column)]) {
    if (IDENTIFIER.test(identifier)) continue
    throw new CqrsError(
      'INVALID_DEFINITION',
      `'${identifier}' of table '${name}' must be a plain lower-case identifier.`,
    )
  }
  const list = columns.map(([column]) => column).join(', ')
  const arrays = columns.map(([, type], n) => `$${n + 1}::${type}[]`).join(', ')
  const insert = `insert into ${name} (${list}) select * from unnest(${arrays})`
  const others = columns.map(([column]) => column).filter((column) => !key.some((part) => part === column))
  const update =
    others.length === 0 ? 'do nothing' : `do update set ${others.map((c) => `${c} = excluded.${c}`).join(', ')}`
  const upsert = `${insert} on conflict (${key.join(', ')}) ${update}`
  const keyArrays = key.map((column, n) => `$${n + 1}::${definition.columns[column]}[]`).join(', ')
  const remove = `delete from ${name} where (${key.join(', ')}) in (select * from unnest(${keyArrays}))`

  const valuesOf = (rows: readonly RowOf<C>[]) => columns.map(([column]) => rows.map((row) => row[column]))
  const keyOf = (row: RowOf<C>): string => JSON.stringify(key.map((column) => String(row[column])))

  const names = columns.map(([column]) => column)
  const json = columns.flatMap(([column, type]) => (type === 'json' ? [column] : []))
  const effect = (verb: TableVerb, written: readonly string[]): TableEffect =>
    Object.freeze({ table: name, verb, key, columns: written, json })
  const [inserted, upserted, deleted] = [effect('insert', names), effect('upsert', names), effect('delete', key)]

  return {
    insert: (rows) => ({ text: insert, values: valuesOf(rows), effect: inserted }),
    upsert: (rows) => {
      const byKey = new Map(rows.map((row) => [keyOf(row), row]))
      // Always in the same order, so that two transactions never wait for each other's rows.
      const sorted = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
      return { text: upsert, values: valuesOf(sorted), effect: upserted }
    },
    delete: (keys) => ({
      text: remove,
      values: key.map((column) => keys.map((row) => row[column])),
      effect: deleted,
    }),
  }
}
