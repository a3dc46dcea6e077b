import type { InlineProjection, StreamChange } from '@stocker/cqrs'
import type { Stock } from './stock.ts'
import { stock } from './stock.ts'

const UPSERT_STOCK = `
  insert into stock (sku, on_hand, reserved, version)
  select * from unnest($1::text[], $2::bigint[], $3::bigint[], $4::int[])
  on conflict (sku) do update
    set on_hand = excluded.on_hand, reserved = excluded.reserved, version = excluded.version`

const stockOf = ({ state }: StreamChange): Stock => state as Stock

/** One row per SKU: the newest stock of each that this transaction moved. */
export const stockLevels: InlineProjection = {
  name: 'stock',
  aggregates: [stock.name],
  project: (changes) => {
    // Sorted, so that two transactions never wait for each other's rows.
    const rows = changes.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    return [
      {
        name: 'stock-upsert',
        text: UPSERT_STOCK,
        values: [
          rows.map(({ id }) => id),
          rows.map((row) => stockOf(row).onHand),
          rows.map((row) => stockOf(row).reserved),
          rows.map(({ version }) => version),
        ],
      },
    ]
  },
}
