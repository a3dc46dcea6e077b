import type { InlineProjection } from '@stocker/cqrs'
import { defineTable } from '@stocker/cqrs'
import type { Stock } from './stock.ts'
import { stock } from './stock.ts'

const STOCK = defineTable({
  name: 'stock',
  key: ['sku'],
  columns: {
    sku: 'text',
    on_hand: 'bigint',
    reserved: 'bigint',
    stocked: 'bigint',
    sold: 'bigint',
    returned: 'bigint',
    threshold: 'bigint',
    version: 'int',
  },
})

/** One row per SKU: the newest stock of each that this transaction moved. */
export const stockLevels: InlineProjection = {
  name: 'stock',
  aggregates: [stock.name],
  tables: ['stock'],
  project: (changes) => [
    STOCK.upsert(
      changes.map(({ id, state, version }) => {
        const { onHand, reserved, stocked, sold, returned, threshold } = state as Stock
        return { sku: id, on_hand: onHand, reserved, stocked, sold, returned, threshold, version }
      }),
    ),
  ],
}
