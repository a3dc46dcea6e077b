import { isDeepStrictEqual } from 'node:util'
import type { AnyAggregate, InlineProjection, RowChange, StoredEvent } from '@stocker/cqrs'
import { effectsOf } from '@stocker/cqrs'
import type { Difference } from './difference.ts'

/** All rows of one table of a read model, as JSON. */
export interface TableRows {
  readonly table: string
  readonly rows: readonly Fields[]
}

type Fields = Readonly<Record<string, unknown>>

interface Expected {
  readonly key: Fields
  /** The other columns, put together from what each event changed. */
  columns: Fields
}

/** Rows that are not as the last event left them, rows that no event made, and rows that should be there. */
export const effectDifferences = (store: {
  readonly contract: { readonly service: string }
  readonly aggregates: readonly AnyAggregate[]
  readonly projections: readonly InlineProjection[]
  readonly events: readonly StoredEvent[]
  readonly tables: readonly TableRows[]
}): readonly Difference[] => {
  const changes = effectsOf(store.aggregates, store.projections, store.events).flatMap(({ rows }) => rows)
  return store.tables.flatMap(({ table, rows }) =>
    differencesOf(
      `${store.contract.service} ${table}`,
      rows,
      expectedRows(changes.filter((change) => change.table === table)),
    ),
  )
}

const expectedRows = (changes: readonly RowChange[]): readonly Expected[] => {
  const expected = new Map<string, Expected>()
  for (const { verb, key, columns } of changes) {
    if (verb === 'delete') {
      for (const [name, row] of expected) if (hasKey(row.key, key)) expected.delete(name)
      continue
    }
    const row = expected.get(JSON.stringify(key)) ?? { key, columns: {} }
    expected.set(JSON.stringify(key), row)
    for (const { field, after } of columns) row.columns = withValue(row.columns, field.split('.'), after)
  }
  return [...expected.values()]
}

const withValue = (fields: Fields, [name = '', ...rest]: readonly string[], value: unknown): Fields => ({
  ...fields,
  [name]: rest.length === 0 ? value : withValue((fields[name] ?? {}) as Fields, rest, value),
})

const hasKey = (row: Fields, key: Fields): boolean =>
  Object.entries(key).every(([column, value]) => String(row[column]) === String(value))

const differencesOf = (about: string, rows: readonly Fields[], expected: readonly Expected[]): Difference[] => {
  const found: Difference[] = []
  const columns = Object.keys(expected[0]?.key ?? {})
  const nameOf = (row: Fields) => JSON.stringify(columns.map((column) => String(row[column])))
  const left = new Map(rows.map((row) => [nameOf(row), row]))
  for (const { key, columns: made } of expected) {
    const row = left.get(nameOf(key))
    left.delete(nameOf(key))
    const place = `${about} ${Object.values(key).join(' ')}`
    if (row === undefined) {
      found.push({ kind: 'TRAIL_EFFECT', about: place, text: 'an event made the row, and it is not there' })
      continue
    }
    for (const [column, after] of Object.entries(made)) {
      if (isDeepStrictEqual(plain(row[column]), plain(after))) continue
      const text = `${column} is ${JSON.stringify(row[column])}, the events made it ${JSON.stringify(plain(after))}`
      found.push({ kind: 'TRAIL_EFFECT', about: place, text })
    }
  }
  for (const row of left.values())
    found.push({ kind: 'TRAIL_EFFECT', about, text: `no event made the row ${JSON.stringify(row)}` })
  return found
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/

/** PostgreSQL's JSON writes times and large numbers in its own way; what is absent is null. */
const plain = (value: unknown): unknown => {
  if (typeof value === 'string' && TIME.test(value)) return new Date(value).toISOString()
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value ?? null
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) => (each === undefined ? [] : [[name, plain(each)]])),
  )
}
