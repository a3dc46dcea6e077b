import type { InlineProjection, StreamChange } from '@stocker/cqrs'
import type { Order, PlacedOrder } from './order.ts'
import { isPlaced, order } from './order.ts'

const UPSERT = `
  insert into orders (order_id, customer_id, status, amount, currency, created_at, updated_at, version)
  select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::int[])
  on conflict (order_id) do update
    set status = excluded.status, updated_at = excluded.updated_at, version = excluded.version`

const placedIn = ({ id, version, state }: StreamChange) =>
  isPlaced(state as Order) ? [{ id, version, state: state as PlacedOrder }] : []

/** One row per order, for lists: the newest state of each order that this transaction changed. */
export const orderList: InlineProjection = {
  name: 'orders',
  aggregates: [order.name],
  project: (changes) => {
    const rows = changes.flatMap(placedIn)
    if (rows.length === 0) return []
    const columns = [
      rows.map(({ id }) => id),
      rows.map(({ state }) => state.details.customerId),
      rows.map(({ state }) => state.status),
      rows.map(({ state }) => state.details.total.amount),
      rows.map(({ state }) => state.details.total.currency),
      rows.map(({ state }) => state.history[0]?.at),
      rows.map(({ state }) => state.history.at(-1)?.at),
      rows.map(({ version }) => version),
    ]
    return [{ name: 'orders-upsert', text: UPSERT, values: columns }]
  },
}
