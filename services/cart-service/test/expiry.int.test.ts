import type { Deadlines } from '@stocker/cqrs'
import { createDeadlines } from '@stocker/cqrs'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { CartOverHttp } from './cart-over-http.ts'
import { cartOverHttp } from './cart-over-http.ts'

const DAY_MS = 24 * 3_600_000
const opened: CartOverHttp[] = []

let now: Date
let shop: CartOverHttp
let deadlines: Deadlines

const elapses = (ms: number): void => {
  now = new Date(now.getTime() + ms)
}

beforeEach(async () => {
  now = new Date('2026-03-01T12:00:00.000Z')
  shop = await cartOverHttp({ clock: () => now, expiresAfterMs: 30 * DAY_MS })
  opened.push(shop)
  deadlines = createDeadlines({ store: shop.parts.store })
})
afterAll(async () => {
  for (const { close } of opened) await close()
})

const body = {
  shippingAddress: { name: 'Ada', line1: 'Main Street 1', city: 'Turin', postalCode: '10121', country: 'IT' },
  paymentToken: 'tok_ok',
}
const newCart = async (): Promise<string> => {
  const { cartId } = (await shop.call('POST', '/api/carts', { customerId: 'ada' })).body
  await shop.call('POST', `/api/carts/${cartId}/items`, { sku: 'mug', quantity: 1 })
  return `/api/carts/${cartId}`
}
const statusOf = async (cart: string): Promise<string> => (await shop.call('GET', cart)).body.status

describe('a cart whose customer does not come back', () => {
  it('is open for 30 days, then expired, and takes no order any more', async () => {
    const cart = await newCart()

    elapses(30 * DAY_MS - 1)
    expect(await deadlines.fireDue()).toBe(0)
    expect(await statusOf(cart)).toBe('OPEN')
    elapses(1)
    expect(await deadlines.fireDue()).toBe(1)
    expect(await statusOf(cart)).toBe('EXPIRED')
    const expired = { status: 409, body: { code: 'CART_EXPIRED' } }
    expect(await shop.call('POST', `${cart}/checkout`, body)).toMatchObject(expired)
    expect(await shop.call('POST', `${cart}/items`, { sku: 'pen', quantity: 1 })).toMatchObject(expired)
    expect(await shop.call('DELETE', `${cart}/items`)).toMatchObject(expired)
  })

  it('has 30 days again from each change on, but not from a change of price', async () => {
    const cart = await newCart()
    elapses(29 * DAY_MS)
    await shop.call('PUT', `${cart}/items/mug`, { quantity: 2 })
    elapses(29 * DAY_MS)
    await shop.products.changePrice('mug', { amount: 1300, currency: 'EUR' })

    expect(await deadlines.fireDue()).toBe(0)
    elapses(DAY_MS)
    expect(await deadlines.fireDue()).toBe(1)
    expect(await statusOf(cart)).toBe('EXPIRED')
  })

  it('expires once, although two instances look after it', async () => {
    const cart = await newCart()
    const other = await shop.another()
    opened.unshift(other)
    elapses(31 * DAY_MS)
    const fired = await Promise.all([deadlines.fireDue(), createDeadlines({ store: other.parts.store }).fireDue()])

    expect(fired.reduce((sum, times) => sum + times)).toBe(1)
    const events = await shop.parts.store.readStream(`cart-${cart.split('/').at(-1)}`)
    expect(events.map(({ type }) => type)).toEqual(['CartCreatedEvent', 'ItemAddedToCartEvent', 'CartExpiredEvent'])
  })

  it('is no longer told prices', async () => {
    await newCart()
    elapses(31 * DAY_MS)
    await deadlines.fireDue()

    expect((await shop.parts.pool.query('select from cart_items')).rows).toEqual([])
  })
})

it('a cart that was checked out has no deadline left', async () => {
  const cart = await newCart()
  expect(await deadlines.pending()).toBe(1)
  await shop.call('POST', `${cart}/checkout`, body)

  expect(await deadlines.pending()).toBe(0)
})
