import type { Kysely } from 'kysely'
import type { OrderProgress, OrderTerms } from './order-document.ts'
import type { OrderStatus } from './order-status.ts'

export interface OrdersTable {
  readonly order_id: string
  readonly customer_id: string
  readonly status: OrderStatus
  readonly amount: string
  readonly currency: string
  readonly created_at: Date
  readonly updated_at: Date
  readonly version: number
  readonly terms: OrderTerms
  readonly progress: OrderProgress
}

export interface OrderSummary {
  readonly orderId: string
  readonly customerId: string
  readonly status: OrderStatus
  readonly total: { readonly amount: number; readonly currency: string }
  readonly createdAt: string
  readonly updatedAt: string
}

/** Everything about one order. */
export interface OrderDetail extends Omit<OrderSummary, 'createdAt' | 'updatedAt'>, OrderTerms, OrderProgress {
  /** Number of steps that the order has taken. */
  readonly version: number
}

export interface OrderPage {
  readonly orders: readonly OrderSummary[]
  /** Pass it as `after` for the next page; absent on the last one. */
  readonly next?: string
}

export interface OrderFilter {
  readonly customerId?: string
  readonly status?: OrderStatus
  readonly after?: string
  readonly limit: number
}

export class BadCursorError extends Error {}

const encodeCursor = (row: Pick<OrdersTable, 'created_at' | 'order_id'>): string =>
  Buffer.from(`${row.created_at.toISOString()}|${row.order_id}`).toString('base64url')

const decodeCursor = (cursor: string): { at: Date; orderId: string } => {
  const [time, orderId] = Buffer.from(cursor, 'base64url').toString().split('|')
  const at = new Date(time ?? '')
  if (orderId === undefined || Number.isNaN(at.getTime())) throw new BadCursorError(cursor)
  return { at, orderId }
}

export class OrderQueries {
  readonly #database: Kysely<{ orders: OrdersTable }>

  constructor(database: Kysely<{ orders: OrdersTable }>) {
    this.#database = database
  }

  /** Number of steps that each of the orders has taken; unknown orders are left out. */
  async versions(orderIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (orderIds.length === 0) return new Map()
    const rows = await this.#database
      .selectFrom('orders')
      .select(['order_id', 'version'])
      .where('order_id', 'in', orderIds)
      .execute()
    return new Map(rows.map(({ order_id: id, version }) => [id, version]))
  }

  async find(orderId: string): Promise<OrderDetail | undefined> {
    const row = await this.#database
      .selectFrom('orders')
      .select(['customer_id', 'status', 'amount', 'currency', 'version', 'terms', 'progress'])
      .where('order_id', '=', orderId)
      .executeTakeFirst()
    if (row === undefined) return undefined
    const { customer_id: customerId, status, version, terms, progress } = row
    return { orderId, customerId, status, total: totalOf(row), version, ...terms, ...progress }
  }

  /** Newest first. */
  async list({ customerId, status, after, limit }: OrderFilter): Promise<OrderPage> {
    let query = this.#database
      .selectFrom('orders')
      .select(['order_id', 'customer_id', 'status', 'amount', 'currency', 'created_at', 'updated_at'])
    if (customerId !== undefined) query = query.where('customer_id', '=', customerId)
    if (status !== undefined) query = query.where('status', '=', status)
    if (after !== undefined) {
      const { at, orderId } = decodeCursor(after)
      query = query.where((where) =>
        where.or([
          where('created_at', '<', at),
          where.and([where('created_at', '=', at), where('order_id', '>', orderId)]),
        ]),
      )
    }
    const rows = await query
      .orderBy('created_at', 'desc')
      .orderBy('order_id')
      .limit(limit + 1)
      .execute()
    const page = rows.slice(0, limit)
    const last = page.at(-1)
    return {
      orders: page.map(summaryOf),
      ...(rows.length > limit && last !== undefined ? { next: encodeCursor(last) } : {}),
    }
  }
}

const totalOf = ({ amount, currency }: Pick<OrdersTable, 'amount' | 'currency'>): OrderSummary['total'] => ({
  amount: Number(amount),
  currency,
})

const summaryOf = (row: Omit<OrdersTable, 'version' | 'terms' | 'progress'>): OrderSummary => ({
  orderId: row.order_id,
  customerId: row.customer_id,
  status: row.status,
  total: totalOf(row),
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
})
