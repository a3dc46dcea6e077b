import type { InlineProjection, StreamChange } from '@stocker/cqrs'
import type { Product, ProductState } from './product.ts'
import { product } from './product.ts'

const UPSERT = `
  insert into products (sku, name, amount, currency, version)
  select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::int[])
  on conflict (sku) do update
    set name = excluded.name, amount = excluded.amount, currency = excluded.currency, version = excluded.version`

const listedOf = ({ state, version }: StreamChange): (Product & { version: number })[] => {
  const { product: listed } = state as ProductState
  return listed === null ? [] : [{ ...listed, version }]
}

/** One row per product: the catalogue as it is now. */
export const products: InlineProjection = {
  name: 'products',
  aggregates: [product.name],
  project: (changes) => {
    const rows = changes
      .flatMap(listedOf)
      // Sorted, so that two transactions never wait for each other's rows.
      .sort((a, b) => (a.sku < b.sku ? -1 : 1))
    if (rows.length === 0) return []
    return [
      {
        name: 'products-upsert',
        text: UPSERT,
        values: [
          rows.map(({ sku }) => sku),
          rows.map(({ name }) => name),
          rows.map(({ price }) => price.amount),
          rows.map(({ price }) => price.currency),
          rows.map(({ version }) => version),
        ],
      },
    ]
  },
}
