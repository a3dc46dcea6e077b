import type { InlineProjection, StreamChange, TableEffect } from '@stocker/cqrs'
import { defineTable } from '@stocker/cqrs'
import type { Pool } from 'pg'
import type { Cart, CartEvents } from './cart.ts'

const table = defineTable({ name: 'cart_items', key: ['sku', 'cart_id'], columns: { sku: 'text', cart_id: 'text' } })

/** Of many products at once, as a cart that is closed or cleared no longer says which they were. */
const EMPTY = 'delete from cart_items where cart_id = any($1::text[])'
const EMPTIED: TableEffect = { table: 'cart_items', verb: 'delete', key: ['cart_id'], columns: ['cart_id'] }

const skusOf = (change: StreamChange, type: 'ItemAddedToCartEvent' | 'ItemRemovedFromCartEvent'): string[] =>
  change.events.filter((event) => event.type === type).map(({ data }) => (data as CartEvents[typeof type]).sku)

/** One row per product of an open cart. */
export const openCarts: InlineProjection = {
  name: 'open-carts',
  aggregates: ['cart'],
  tables: ['cart_items'],
  project: (changes) => {
    const emptied: string[] = []
    const added: { sku: string; cart_id: string }[] = []
    const removed: { sku: string; cart_id: string }[] = []
    for (const change of changes) {
      const { status, lines } = change.state as Cart
      const held = new Set(status === 'OPEN' ? lines.map(({ sku }) => sku) : [])
      const rows = (skus: readonly string[]) => skus.map((sku) => ({ sku, cart_id: change.id }))
      const wasEmptied = change.events.some(({ type }) => EMPTYING.has(type))
      if (wasEmptied) emptied.push(change.id)
      added.push(...rows(skusOf(change, 'ItemAddedToCartEvent').filter((sku) => held.has(sku))))
      if (!wasEmptied) removed.push(...rows(skusOf(change, 'ItemRemovedFromCartEvent').filter((sku) => !held.has(sku))))
    }
    return [
      ...(emptied.length === 0 ? [] : [{ text: EMPTY, values: [emptied.sort()], effect: EMPTIED }]),
      ...(removed.length === 0 ? [] : [table.delete(removed)]),
      ...(added.length === 0 ? [] : [table.upsert(added)]),
    ]
  },
}

const EMPTYING: ReadonlySet<string> = new Set<keyof CartEvents>([
  'CartClearedEvent',
  'CartExpiredEvent',
  'CartCheckedOutEvent',
])

const HOLDING = 'select cart_id from cart_items where sku = $1 and cart_id > $2 order by cart_id limit $3'

/** Ids of the open carts that hold a product, page by page in their order. */
export async function* cartsHolding(pool: Pool, sku: string, pageSize = 500): AsyncGenerator<readonly string[]> {
  for (let after = ''; ; ) {
    const { rows } = await pool.query<{ cart_id: string }>(HOLDING, [sku, after, pageSize])
    const last = rows.at(-1)
    if (last === undefined) return
    yield rows.map(({ cart_id }) => cart_id)
    if (rows.length < pageSize) return
    after = last.cart_id
  }
}
