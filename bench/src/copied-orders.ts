import { Client } from 'pg'

/** Tables of a service that hold something of every order, with the columns in which ids of orders and events are. */
const TABLES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  order: {
    events: ['stream', 'id', 'data', 'correlation_id', 'causation_id'],
    inbox: ['message_id'],
    sagas: ['id', 'state'],
    orders: ['order_id', 'terms', 'progress'],
  },
  payment: { events: ['stream', 'id', 'data', 'correlation_id', 'causation_id'], inbox: ['message_id'] },
  dispatch: { events: ['stream', 'id', 'data', 'correlation_id', 'causation_id'], inbox: ['message_id'] },
  delivery: { events: ['stream', 'id', 'data', 'correlation_id', 'causation_id'], inbox: ['message_id'] },
}

/** Copies get version 8, so that none has the id of an original. */
const UUID = '([0-9a-f]{8}-[0-9a-f]{4}-)7([0-9a-f]{3}-[89ab][0-9a-f]{3}-)[0-9a-f]{3}([0-9a-f]{9})'

/**
 * Fills the stores with copies of the orders that are in them, until there are so many: the same rows with other ids, as if there had been as many days.
 * The services must be stopped, and must not be started again on these stores: what is copied is taken for published.
 */
export async function copyOrders(
  postgres: (database: string) => string,
  wanted: number,
  log: (line: string) => void,
): Promise<number> {
  const order = new Client({ connectionString: postgres('order') })
  await order.connect()
  const { rows } = await order.query<{ n: number }>('select count(*)::int as n from orders')
  await order.end()
  const there = rows[0]?.n ?? 0
  const copies = Math.min(4_095, Math.max(0, Math.ceil(wanted / there) - 1))
  await Promise.all(Object.entries(TABLES).map(([database, tables]) => copyTables(postgres(database), tables, copies)))
  log(`${there} orders became ${there * (copies + 1)}`)
  return there * (copies + 1)
}

async function copyTables(
  url: string,
  tables: Readonly<Record<string, readonly string[]>>,
  copies: number,
): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('set synchronous_commit = off')
    for (const [table, idColumns] of Object.entries(tables)) {
      const { rows } = await client.query<{ column: string; type: string; identity: string }>(
        `select attname as column, format_type(atttypid, atttypmod) as type, attidentity as identity
         from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped`,
        [table],
      )
      const columns = rows.filter(({ identity }) => identity === '')
      const values = columns.map(({ column, type }) => {
        // Otherwise all copies would be one transaction.
        if (column === 'tx') return `(tx::text::bigint + copy::bigint * 100000000)::text::xid8`
        return idColumns.includes(column)
          ? `regexp_replace(${column}::text, '${UUID}', '\\18\\2' || lpad(to_hex(copy), 3, '0') || '\\3', 'g')::${type}`
          : column
      })
      // Streams that many orders share cannot be copied: their versions are counted through.
      const own = table === 'events' ? `where stream not like 'stock-%' and stream not like 'product-%'` : ''
      await client.query(
        `insert into ${table} (${columns.map(({ column }) => column).join(', ')})
         select ${values.join(', ')} from (select * from ${table} ${own}) original, generate_series(1, $1) copy
         ${table === 'events' ? 'order by copy, tx, position' : ''}`,
        [copies],
      )
    }
    await client.query(`update publications set tx = '9000000000000000000', position = 0`)
    await client.query('vacuum analyze')
  } finally {
    await client.end()
  }
}
