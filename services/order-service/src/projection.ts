import type { EventStore, InlineProjection, StreamChange, TableEffect } from '@stocker/cqrs'
import { rebuildProjection } from '@stocker/cqrs'
import type { Pool } from 'pg'
import type { Order, PlacedOrder } from './order.ts'
import { isPlaced, order } from './order.ts'
import { progressOf, termsOf } from './order-document.ts'

const UPSERT = `
  insert into orders
    (order_id, customer_id, status, amount, currency, created_at, updated_at, version, terms, progress)
  select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::timestamptz[],
    $7::timestamptz[], $8::int[], $9::json[], $10::json[])
  on conflict (order_id) do update
    set status = excluded.status, updated_at = excluded.updated_at, version = excluded.version,
      terms = coalesce(excluded.terms, orders.terms), progress = excluded.progress`

const EFFECT: TableEffect = {
  table: 'orders',
  verb: 'upsert',
  key: ['order_id'],
  columns: [
    ...['order_id', 'customer_id', 'status', 'amount', 'currency'],
    ...['created_at', 'updated_at', 'version', 'terms', 'progress'],
  ],
  json: ['terms', 'progress'],
  nullKeeps: ['terms'],
}

interface PlacedChange extends Omit<StreamChange, 'state'> {
  readonly state: PlacedOrder
}

const isPlacedChange = (change: StreamChange): change is PlacedChange => isPlaced(change.state as Order)

/** One row per order, with everything that its detail shows: the newest state of each order that this transaction changed. */
export const orderList: InlineProjection = {
  name: 'orders',
  aggregates: [order.name],
  tables: ['orders'],
  project: (changes) => {
    const rows = changes.filter(isPlacedChange).sort((a, b) => (a.id < b.id ? -1 : 1))
    if (rows.length === 0) return []
    const columns = [
      rows.map(({ id }) => id),
      rows.map(({ state }) => state.details.customerId),
      rows.map(({ state }) => state.status),
      rows.map(({ state }) => state.details.total.amount),
      rows.map(({ state }) => state.details.total.currency),
      rows.map(({ state }) => state.history[0]?.at),
      rows.map(({ events }) => events.at(-1)?.occurredAt),
      rows.map(({ version }) => version),
      // Written once: what never changes need not be sent again.
      rows.map(({ state, events }) => (events[0]?.version === 1 ? JSON.stringify(termsOf(state.details)) : null)),
      rows.map(({ state }) => JSON.stringify(progressOf(state))),
    ]
    return [{ name: 'orders-upsert', text: UPSERT, values: columns, effect: EFFECT }]
  },
}

/** Orders that were placed before their documents were kept get them from their events. */
export const completeDocuments = async (store: EventStore, pool: Pool): Promise<void> => {
  const { rowCount } = await pool.query('select from orders where terms is null limit 1')
  if (rowCount !== 0) await rebuildProjection(store, orderList, { mode: 'swap' })
}
