import type { InlineProjection, StreamChange } from '@stocker/cqrs'
import { dispatch } from './dispatch.ts'
import type { Dispatch } from './dispatch.ts'
import { stock } from './stock.ts'
import type { Stock } from './stock.ts'

const UPSERT_STOCK = `
  insert into stock (sku, on_hand, reserved, version)
  select * from unnest($1::text[], $2::bigint[], $3::bigint[], $4::int[])
  on conflict (sku) do update
    set on_hand = excluded.on_hand, reserved = excluded.reserved, version = excluded.version`

const UPSERT_DISPATCHES = `
  insert into dispatches (order_id, status, lines, dispatched_at, version)
  select * from unnest($1::text[], $2::text[], $3::json[], $4::timestamptz[], $5::int[])
  on conflict (order_id) do update
    set status = excluded.status, lines = excluded.lines, dispatched_at = excluded.dispatched_at, version = excluded.version`

const stateOf = <S>(change: StreamChange): S => change.state as S

/** One row per SKU: the newest stock of each that this transaction moved. */
export const stockLevels: InlineProjection = {
  name: 'stock',
  project: (changes) => {
    // Sorted, so that two transactions never wait for each other's rows.
    const rows = changes.filter(({ aggregate }) => aggregate === stock.name).sort((a, b) => (a.id < b.id ? -1 : 1))
    if (rows.length === 0) return []
    return [
      {
        name: 'stock-upsert',
        text: UPSERT_STOCK,
        values: [
          rows.map(({ id }) => id),
          rows.map((row) => stateOf<Stock>(row).onHand),
          rows.map((row) => stateOf<Stock>(row).reserved),
          rows.map(({ version }) => version),
        ],
      },
    ]
  },
}

/** One row per order. */
export const dispatches: InlineProjection = {
  name: 'dispatches',
  project: (changes) => {
    const rows = changes.filter(({ aggregate }) => aggregate === dispatch.name)
    if (rows.length === 0) return []
    return [
      {
        name: 'dispatches-upsert',
        text: UPSERT_DISPATCHES,
        values: [
          rows.map(({ id }) => id),
          rows.map((row) => stateOf<Dispatch>(row).status),
          rows.map((row) => JSON.stringify(stateOf<Dispatch>(row).lines)),
          rows.map((row) => stateOf<Dispatch>(row).dispatchedAt),
          rows.map(({ version }) => version),
        ],
      },
    ]
  },
}
