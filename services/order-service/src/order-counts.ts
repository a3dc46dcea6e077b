import type { InlineProjection, StreamChange, TableEffect } from '@stocker/cqrs'
import type { BackgroundWork, Logger } from '@stocker/service-kit'
import type { Pool } from 'pg'
import type { Order } from './order.ts'
import { order } from './order.ts'
import type { OrderStatus } from './order-status.ts'
import { ORDER_STATUSES } from './order-status.ts'

const ADD = 'insert into order_counts (status, orders) select * from unnest($1::text[], $2::int[])'
const ADDED: TableEffect = { table: 'order_counts', verb: 'insert', key: [], columns: ['status', 'orders'] }
const COUNT = 'select status, sum(orders)::int as orders from order_counts group by status'
const MERGE = `
  with merged as (delete from order_counts returning status, orders)
  insert into order_counts (status, orders)
  select status, sum(orders) from merged group by status having sum(orders) <> 0`

const MERGE_INTERVAL_MS = 60_000

/**
 * How many orders are in each state. Transactions only add rows, of what they changed, so none ever waits for another's count; the sum of the rows is
 * the count, and now and then rows are merged.
 */
export const orderCounts: InlineProjection = {
  name: 'order-counts',
  aggregates: [order.name],
  tables: [
    {
      name: 'order_counts',
      meaning: 'select status, sum(orders) as orders from order_counts group by status having sum(orders) <> 0',
      key: ['status'],
    },
  ],
  project: (changes) => {
    const deltas = new Map<OrderStatus, number>()
    const add = (status: Order['status'], orders: number): void => {
      if (status !== 'NONE') deltas.set(status, (deltas.get(status) ?? 0) + orders)
    }
    for (const change of changes) {
      const before = statusBefore(change)
      const { status } = change.state as Order
      if (before === status) continue
      add(before, -1)
      add(status, 1)
    }
    const moved = [...deltas].filter(([, orders]) => orders !== 0)
    if (moved.length === 0) return []
    const values = [moved.map(([status]) => status), moved.map(([, n]) => n)]
    return [{ name: 'order-counts-add', text: ADD, values, effect: ADDED }]
  },
}

/** Each of these adds one entry to the history. */
const NOTES: ReadonlySet<string> = new Set(['PaymentNoted', 'ParcelNoted'])

/** How many of the last entries of an order's history a change added. */
export const stepsOf = ({ events }: StreamChange): number => events.filter(({ type }) => !NOTES.has(type)).length

const statusBefore = (change: StreamChange): Order['status'] => {
  const { history } = change.state as Order
  return history[history.length - 1 - stepsOf(change)]?.status ?? 'NONE'
}

export type CountsByStatus = Readonly<Record<OrderStatus, number>>

export const readCounts = async (pool: Pool): Promise<CountsByStatus> => {
  const { rows } = await pool.query<{ status: OrderStatus; orders: number }>(COUNT)
  const known = new Map(rows.map(({ status, orders }) => [status, orders]))
  return Object.fromEntries(ORDER_STATUSES.map((status) => [status, known.get(status) ?? 0])) as CountsByStatus
}

/** Keeps the table small. */
export const mergeCounts = (pool: Pool, logger: Logger): BackgroundWork => {
  let timer: NodeJS.Timeout | undefined
  let merging: Promise<unknown> = Promise.resolve()
  const merge = (): void => {
    merging = pool
      .query(MERGE)
      .catch((error: Error) => logger.warn({ reason: error.message }, 'the counts of orders were not merged'))
  }
  return {
    start: () => {
      timer = setInterval(merge, MERGE_INTERVAL_MS).unref()
    },
    stop: async () => {
      clearInterval(timer)
      await merging
    },
  }
}
