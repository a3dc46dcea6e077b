import type { Pool } from 'pg'

/** One line of the list. Read from the order service's own list (its table `orders`), which is never behind its events. */
export interface OrderLine {
  readonly orderId: string
  readonly customerId: string
  readonly status: string
  /** Minor units. */
  readonly amount: number
  readonly currency: string
  readonly createdAt: string
  readonly updatedAt: string
}

export interface OrderPage {
  readonly orders: readonly OrderLine[]
  /** `after` of the next page; null on the last one. */
  readonly next: string | null
}

interface Row {
  readonly order_id: string
  readonly customer_id: string
  readonly status: string
  readonly amount: string
  readonly currency: string
  readonly created_at: Date
  readonly updated_at: Date
}

const COLUMNS = 'order_id, customer_id, status, amount, currency, created_at, updated_at'

/** The newest first. */
export async function listOrders(
  pool: Pool,
  {
    status,
    after,
    limit,
  }: { readonly status?: string | undefined; readonly after?: string | undefined; readonly limit: number },
): Promise<OrderPage> {
  const [time = null, orderId = null] = after === undefined ? [] : after.split('|')
  const { rows } = await pool.query<Row>(
    `select ${COLUMNS} from orders
     where ($1::text is null or status = $1) and ($2::timestamptz is null or created_at < $2 or (created_at = $2 and order_id > $3))
     order by created_at desc, order_id limit $4`,
    [status ?? null, time, orderId, limit + 1],
  )
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return {
    orders: page.map(lineOf),
    next: rows.length > limit && last !== undefined ? `${exactly(last.created_at)}|${last.order_id}` : null,
  }
}

/** In the order of the ids; what is not known is left out. */
export async function ordersById(pool: Pool, ids: readonly string[]): Promise<readonly OrderLine[]> {
  if (ids.length === 0) return []
  const { rows } = await pool.query<Row>(`select ${COLUMNS} from orders where order_id = any($1::text[])`, [ids])
  const byId = new Map(rows.map((row) => [row.order_id, lineOf(row)]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

const exactly = (time: Date): string => new Date(time).toISOString()

const lineOf = (row: Row): OrderLine => ({
  orderId: row.order_id,
  customerId: row.customer_id,
  status: row.status,
  amount: Number(row.amount),
  currency: row.currency,
  createdAt: exactly(row.created_at),
  updatedAt: exactly(row.updated_at),
})
