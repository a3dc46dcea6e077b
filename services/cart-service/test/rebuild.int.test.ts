import { rebuildProjection } from '@stocker/cqrs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCarts } from '../src/open-carts.ts'
import { products } from '../src/projection.ts'
import type { CartOverHttp } from './cart-over-http.ts'
import { cartOverHttp } from './cart-over-http.ts'

let shop: CartOverHttp

const EUR = (amount: number) => ({ amount, currency: 'EUR' })
const body = {
  shippingAddress: { name: 'Ada', line1: 'Main Street 1', city: 'Turin', postalCode: '10121', country: 'IT' },
  paymentToken: 'tok_ok',
}
const filledCart = async (...skus: readonly string[]): Promise<string> => {
  const { cartId } = (await shop.call('POST', '/api/carts', { customerId: 'ada' })).body
  for (const sku of skus) await shop.call('POST', `/api/carts/${cartId}/items`, { sku, quantity: 1 })
  return `/api/carts/${cartId}`
}
const rowsOf = async (table: string): Promise<number> =>
  (await shop.parts.pool.query(`select from ${table}`)).rowCount ?? 0

beforeAll(async () => {
  shop = await cartOverHttp()
  await shop.products.put({ sku: 'cup', name: 'Cup', price: EUR(900) })
  await shop.products.changePrice('cup', EUR(1000))
  await shop.products.delist('vinyl')
  await filledCart('mug', 'pen')
  await shop.call('DELETE', `${await filledCart('mug', 'pen')}/items/mug`)
  const cleared = await filledCart('lamp')
  await shop.call('DELETE', `${cleared}/items`)
  await shop.call('POST', `${cleared}/items`, { sku: 'cup', quantity: 2 })
  await shop.call('POST', `${await filledCart('poster')}/checkout`, body)
})
afterAll(() => shop.close())

describe('the read models', () => {
  it.each([
    [products, 'products', 8],
    [openCarts, 'cart_items', 4],
  ])('are what the events say, row by row: $name', async (projection, table, rows) => {
    expect(await rowsOf(table)).toBe(rows)
    const { tables } = await rebuildProjection(shop.parts.store, projection, { mode: 'compare' })
    expect(tables).toEqual([{ table, differing: 0, differences: [] }])
  })

  it('are set right from the events when they are not', async () => {
    await shop.parts.pool.query(`delete from cart_items where sku = 'mug'`)
    const { tables } = await rebuildProjection(shop.parts.store, openCarts, { mode: 'swap' })

    expect(tables).toMatchObject([{ table: 'cart_items', differing: 1 }])
    expect(await rowsOf('cart_items')).toBe(4)
  })
})
