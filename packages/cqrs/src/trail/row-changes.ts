import { CqrsError } from '../errors.ts'
import type { SqlStatement, TableEffect, TableVerb } from '../sql-statement.ts'
import type { FieldChange } from './field-changes.ts'
import { fieldChanges } from './field-changes.ts'

/** What one event did to one row of a read model. */
export interface RowChange {
  readonly table: string
  readonly verb: TableVerb
  /** Empty for a table whose rows are only summed up. */
  readonly key: Readonly<Record<string, unknown>>
  /** Columns that changed; those of the key are left out. */
  readonly columns: readonly FieldChange[]
}

type Fields = Readonly<Record<string, unknown>>

/** The rows of read models as far as the events tell that were looked at so far. */
export class RowHistory {
  readonly #tables = new Map<string, Map<string, Fields>>()

  apply({ values, effect }: SqlStatement): readonly RowChange[] {
    if (effect === undefined) return []
    const rows = this.#tables.get(effect.table) ?? new Map<string, Fields>()
    this.#tables.set(effect.table, rows)
    return rowsOf(values, effect).map((row) => change(rows, row, effect))
  }

  /** The row as the last event left it; undefined when there is none. */
  row(table: string, key: Fields): Fields | undefined {
    return this.#tables.get(table)?.get(nameOf(key))
  }
}

function change(rows: Map<string, Fields>, row: Fields, { table, verb, key, nullKeeps = [] }: TableEffect): RowChange {
  const named = Object.fromEntries(key.map((column) => [column, row[column]]))
  const others = (fields: Fields): Fields =>
    Object.fromEntries(Object.entries(fields).filter(([column]) => !key.includes(column)))
  if (verb === 'delete') {
    const gone = [...rows].filter(([, before]) => key.every((column) => String(before[column]) === String(row[column])))
    for (const [name] of gone) rows.delete(name)
    // Of several rows at once the key says enough.
    const [before = {}] = gone.length === 1 ? gone.map(([, fields]) => fields) : []
    return { table, verb, key: named, columns: fieldChanges(others(before), {}) }
  }
  const before = key.length === 0 ? undefined : rows.get(nameOf(named))
  const kept = Object.fromEntries(nullKeeps.filter((c) => (row[c] ?? null) === null).map((c) => [c, before?.[c]]))
  const after = { ...before, ...row, ...kept }
  if (key.length > 0) rows.set(nameOf(named), after)
  return { table, verb, key: named, columns: fieldChanges(others(before ?? {}), others(after)) }
}

const nameOf = (key: Fields): string =>
  JSON.stringify(
    Object.entries(key)
      .sort()
      .map(([c, value]) => [c, String(value)]),
  )

/** A value that is no array is the same in every row. */
function rowsOf(values: readonly unknown[], { table, columns, json = [] }: TableEffect): readonly Fields[] {
  if (columns.length !== values.length) {
    throw new CqrsError(
      'INVALID_DEFINITION',
      `A statement on '${table}' has ${values.length} values, its effect names ${columns.length} columns.`,
    )
  }
  const count = Math.max(...values.map((value) => (Array.isArray(value) ? value.length : 0)))
  return Array.from({ length: count }, (_, n) => {
    const row: Record<string, unknown> = {}
    columns.forEach((column, index) => {
      if (column === null) return
      const all = values[index]
      const value = (Array.isArray(all) ? all[n] : all) ?? null
      row[column] = json.includes(column) && typeof value === 'string' ? JSON.parse(value) : value
    })
    return row
  })
}
