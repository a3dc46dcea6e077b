import type { InlineProjection, StreamChange } from '@stocker/cqrs'
import { defineTable } from '@stocker/cqrs'
import type { Product, ProductState } from './product.ts'
import { product } from './product.ts'

const table = defineTable({
  name: 'products',
  key: ['sku'],
  columns: { sku: 'text', name: 'text', amount: 'bigint', currency: 'text', version: 'int' },
})

const rowOf = ({ sku, name, price: { amount, currency } }: Product, version: number) => ({
  sku,
  name,
  amount,
  currency,
  version,
})

/** One row per product on sale: the catalogue as it is now. */
export const products: InlineProjection = {
  name: 'products',
  aggregates: [product.name],
  tables: ['products'],
  project: (changes: readonly StreamChange[]) => {
    const listed = []
    const delisted = []
    for (const { id: sku, state, version } of changes) {
      const { status, product: listing } = state as ProductState
      if (status === 'LISTED' && listing !== null) listed.push(rowOf(listing, version))
      else delisted.push({ sku })
    }
    return [
      ...(listed.length === 0 ? [] : [table.upsert(listed)]),
      ...(delisted.length === 0 ? [] : [table.delete(delisted)]),
    ]
  },
}
