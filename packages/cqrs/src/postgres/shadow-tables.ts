import type { Client } from 'pg'
import { CqrsError } from '../errors.ts'
import type { TableByMeaning } from '../read-models/projection.ts'
import type { SqlStatement } from '../sql-statement.ts'

/** A table of a projection and its empty twin in the shadow schema. */
export interface ShadowedTable {
  readonly name: string
  /** Qualified and quoted. */
  readonly live: string
  readonly shadow: string
  /** What is compared of each: the tables themselves, or views of what they mean. */
  readonly liveRows: string
  readonly shadowRows: string
  /** Columns that tell the compared rows apart. */
  readonly key: readonly string[]
  /** Columns that can be written. */
  readonly columns: readonly string[]
  readonly byMeaning: boolean
}

export interface RowDifference {
  readonly key: Readonly<Record<string, unknown>>
  /** null: there is no such row. */
  readonly live: Readonly<Record<string, unknown>> | null
  readonly rebuilt: Readonly<Record<string, unknown>> | null
}

const quoted = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`

interface TableDescription {
  readonly schema: string
  readonly key: readonly string[] | null
  readonly columns: readonly string[]
}

const DESCRIBE = `
  select n.nspname as schema,
    (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
     where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
    (select array_agg(a.attname::text order by a.attnum) from pg_index i
     join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey) where i.indrelid = c.oid and i.indisprimary) as key
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = to_regclass($1)`

/** The table as the connection sees it now, qualified and quoted. */
export async function qualified(client: Client, table: string): Promise<string> {
  const { rows } = await client.query<TableDescription>(DESCRIBE, [quoted(table)])
  return `${quoted(rows[0]?.schema ?? '')}.${quoted(table)}`
}

/** Makes the schema anew, with an empty twin of each table. Afterwards unqualified names mean the twins, and nothing else. */
export async function createShadow(
  client: Client,
  schema: string,
  tables: readonly (string | TableByMeaning)[],
): Promise<readonly ShadowedTable[]> {
  await client.query(`drop schema if exists ${quoted(schema)} cascade; create schema ${quoted(schema)}`)
  const shadowed: ShadowedTable[] = []
  for (const table of tables) shadowed.push(await createTwin(client, schema, table))
  await client.query(`set search_path to ${quoted(schema)}`)
  for (const [n, table] of tables.entries()) {
    const twin = shadowed[n]
    if (typeof table !== 'string' && twin) await client.query(`create view ${twin.shadowRows} as ${table.meaning}`)
  }
  return shadowed
}

async function createTwin(client: Client, schema: string, table: string | TableByMeaning): Promise<ShadowedTable> {
  const name = typeof table === 'string' ? table : table.name
  const { rows } = await client.query<TableDescription>(DESCRIBE, [quoted(name)])
  const [description] = rows
  const key = typeof table === 'string' ? description?.key : table.key
  if (description === undefined || key === undefined || key === null) {
    const why = description === undefined ? 'does not exist' : 'has no primary key, and no meaning is given for it'
    throw new CqrsError('NOT_REBUILDABLE', `Table '${name}' ${why}.`)
  }
  const within = (place: string, relation: string): string => `${quoted(place)}.${quoted(relation)}`
  const live = within(description.schema, name)
  const shadow = within(schema, name)
  await client.query(`create table ${shadow} (like ${live} including all)`)
  const { columns } = description
  if (typeof table === 'string') {
    return { name, live, shadow, liveRows: live, shadowRows: shadow, key, columns, byMeaning: false }
  }
  const liveRows = within(schema, `${name} live`)
  const shadowRows = within(schema, `${name} rebuilt`)
  // While names still mean the live tables.
  await client.query(`create view ${liveRows} as ${table.meaning}`)
  return { name, live, shadow, liveRows, shadowRows, key, columns, byMeaning: true }
}

export async function dropShadow(client: Client, schema: string): Promise<void> {
  await client.query(`drop schema if exists ${quoted(schema)} cascade`)
}

/** Fails with division_by_zero when the transaction has written to any table outside of the shadow, e.g. by a qualified name. */
export function assertOnlyShadowWritten(schema: string): SqlStatement {
  return {
    text: `
      select 1 / (case when exists (
        select from pg_stat_xact_user_tables
        where schemaname <> $1 and n_tup_ins + n_tup_upd + n_tup_del > 0
      ) then 0 else 1 end)`,
    values: [schema],
  }
}

/** Rows of which one side lacks something, `limit` at most, and how many there are in all. */
export async function compareRows(
  client: Client,
  { liveRows, shadowRows, key }: ShadowedTable,
  limit: number,
): Promise<{ readonly differing: number; readonly differences: readonly RowDifference[] }> {
  const pairs = key.map((column) => `live.${quoted(column)} = rebuilt.${quoted(column)}`).join(' and ')
  const keyJson = (side: string): string =>
    `json_build_object(${key.map((column) => `'${column.replaceAll("'", "''")}', ${side}.${quoted(column)}`).join(', ')})`
  const order = key.map((column) => `coalesce(live.${quoted(column)}, rebuilt.${quoted(column)})`).join(', ')
  const { rows } = await client.query<RowDifference & { differing: string }>(
    `
    select case when live is null then ${keyJson('rebuilt')} else ${keyJson('live')} end as key,
      row_to_json(live) as live, row_to_json(rebuilt) as rebuilt, count(*) over () as differing
    from ${liveRows} live full join ${shadowRows} rebuilt on ${pairs}
    where live::text is distinct from rebuilt::text
    order by ${order} limit $1`,
    [limit],
  )
  return {
    differing: Number(rows[0]?.differing ?? 0),
    differences: rows.map(({ key: at, live, rebuilt }) => ({ key: at, live, rebuilt })),
  }
}

/** Gives the live table the rows of the shadow, touching only those that differ; readers see the one or the other. */
export async function exchangeRows(client: Client, table: ShadowedTable): Promise<void> {
  const { live, shadow, key, columns, byMeaning } = table
  const list = columns.map(quoted).join(', ')
  const sameKey = key.map((column) => `live.${quoted(column)} = rebuilt.${quoted(column)}`).join(' and ')
  const same = byMeaning ? 'false' : `${sameKey} and live::text = rebuilt::text`
  const there = byMeaning ? 'false' : sameKey
  await client.query(`delete from ${live} live where not exists (select from ${shadow} rebuilt where ${same})`)
  await client.query(`
    insert into ${live} (${list}) overriding system value
    select ${list} from ${shadow} rebuilt where not exists (select from ${live} live where ${there})`)
}
