import type { StoredEvent } from '@stocker/cqrs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import { createPriceFollower, followPrices } from '../src/price-follower.ts'
import type { CartOverHttp } from './cart-over-http.ts'
import { cartOverHttp } from './cart-over-http.ts'

let shop: CartOverHttp

beforeAll(async () => {
  shop = await cartOverHttp()
})
afterAll(() => shop.close())

const EUR = (amount: number) => ({ amount, currency: 'EUR' })
const order = {
  shippingAddress: { name: 'Ada', line1: 'Main Street 1', city: 'Turin', postalCode: '10121', country: 'IT' },
  paymentToken: 'tok_ok',
}
const cartWith = async (sku: string, quantity: number): Promise<string> => {
  const { cartId } = (await shop.call('POST', '/api/carts', { customerId: 'ada' })).body
  await shop.call('POST', `/api/carts/${cartId}/items`, { sku, quantity })
  return `/api/carts/${cartId}`
}
const price = (sku: string, amount: number) => shop.call('POST', `/api/products/${sku}/price`, { price: EUR(amount) })

describe('a checkout after a change of price', () => {
  it('is refused with the old and the new prices, orders nothing, and orders at the new total', async () => {
    const cart = await cartWith('lamp', 2)
    await shop.call('POST', `${cart}/items`, { sku: 'pen', quantity: 1 })
    await price('lamp', 5000)

    expect(await shop.call('POST', `${cart}/checkout`, order, { 'idempotency-key': 'k' })).toMatchObject({
      status: 409,
      body: {
        code: 'PRICE_CHANGED',
        lines: [{ sku: 'lamp', old: EUR(4500), new: EUR(5000) }],
        total: { old: EUR(9250), new: EUR(10_250) },
      },
    })
    expect((await shop.call('GET', cart)).body.status).toBe('OPEN')
    const agreed = { ...order, expectedTotal: EUR(10_250) }
    expect(await shop.call('POST', `${cart}/checkout`, agreed, { 'idempotency-key': 'k' })).toMatchObject({
      status: 202,
      body: { total: EUR(10_250) },
    })
  })

  it('is refused when the total that the customer names is no longer right', async () => {
    const cart = await cartWith('notebook', 1)
    await price('notebook', 790)

    expect(await shop.call('POST', `${cart}/checkout`, { ...order, expectedTotal: EUR(890) })).toMatchObject({
      status: 409,
      body: { code: 'PRICE_CHANGED', total: { old: EUR(890), new: EUR(790) } },
    })
  })

  it.each([
    ['a fraction', { amount: 1.5, currency: 'EUR' }],
    ['a number', 890],
    ['a currency in words', { amount: 890, currency: 'Euro' }],
    ['more than an amount', { ...EUR(890), exact: true }],
  ])('takes no expected total that is %s', async (_, expectedTotal) => {
    const cart = await cartWith('pen', 1)
    expect(await shop.call('POST', `${cart}/checkout`, { ...order, expectedTotal })).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED' },
    })
  })
})

describe('an open cart', () => {
  it('shows what was changed until its customer changes something', async () => {
    const cart = await cartWith('backpack', 1)
    await price('backpack', 6900)
    await followed('backpack')

    expect((await shop.call('GET', cart)).body.lines).toMatchObject([
      { sku: 'backpack', unitPrice: EUR(6900), priceChanged: { old: EUR(7900), new: EUR(6900) } },
    ])
    const changed = (await shop.call('PUT', `${cart}/items/backpack`, { quantity: 2 })).body
    expect(changed.lines[0]).not.toHaveProperty('priceChanged')
    expect(changed.total).toEqual(EUR(13_800))
    expect(await shop.call('POST', `${cart}/checkout`, order)).toMatchObject({ status: 202 })
  })

  it('is told each price once, whenever the events are handled again', async () => {
    const cart = await cartWith('poster', 1)
    await price('poster', 1600)
    await price('poster', 1700)
    await followed('poster')
    await followed('poster')

    expect(await pricesToldTo(cart)).toEqual([{ sku: 'poster', old: EUR(1500), new: EUR(1700) }])
  })

  it('is told the price of now by an event that is handled late', async () => {
    const cart = await cartWith('t-shirt', 1)
    await price('t-shirt', 2590)
    const late = await listings('t-shirt')
    await price('t-shirt', 2690)
    await follow(late)

    expect(await pricesToldTo(cart)).toEqual([{ sku: 't-shirt', old: EUR(2490), new: EUR(2690) }])
  })

  it('is told no price of what was taken out of it, nor after its checkout', async () => {
    const emptied = await cartWith('mug', 1)
    await shop.call('DELETE', `${emptied}/items`)
    const without = await cartWith('mug', 1)
    await shop.call('DELETE', `${without}/items/mug`)
    const closed = await cartWith('mug', 1)
    await shop.call('POST', `${closed}/checkout`, order)
    await price('mug', 1350)
    await followed('mug')

    for (const cart of [emptied, without, closed]) expect(await pricesToldTo(cart)).toEqual([])
    const { rows } = await shop.parts.pool.query(`select from cart_items where sku = 'mug'`)
    expect(rows).toEqual([])
  })
})

describe('the follower of prices', () => {
  it('takes a change to the carts that was made while it did not run', async () => {
    const cart = await cartWith('vinyl', 1)
    await price('vinyl', 3199)
    const follower = createPriceFollower(shop.parts)
    follower.start()

    const told = await waitFor(async () => (await pricesToldTo(cart)).length > 0 && pricesToldTo(cart), {
      what: 'the new price',
    })
    await follower.stop()
    expect(told).toEqual([{ sku: 'vinyl', old: EUR(2999), new: EUR(3199) }])
  })

  it('tells every cart once, although its connections are cut in the middle', async () => {
    const carts = await Promise.all(Array.from({ length: 30 }, () => cartWith('pen', 1)))
    await price('pen', 290)
    const follower = createPriceFollower(shop.parts)
    follower.start()
    await waitFor(async () => (await pricesToldTo(carts[0] ?? '')).length > 0 || follower.lastError, {
      what: 'the follower at work',
    })
    await shop.parts.pool.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )

    const all = await waitFor(
      async () => {
        const told = await Promise.all(carts.map(pricesToldTo))
        return told.every(({ length }) => length > 0) && told
      },
      { what: 'the new price in every cart' },
    )
    await follower.stop()
    expect(all).toEqual(carts.map(() => [{ sku: 'pen', old: EUR(250), new: EUR(290) }]))
  })
})

/** From the stream: the feed would wait for every other transaction of the server. */
const listings = async (sku: string): Promise<StoredEvent[]> =>
  (await shop.parts.store.readStream(`product-${sku}`)).filter(({ type }) => type === 'ProductListedEvent')

const follow = (events: readonly StoredEvent[]) => followPrices(shop.parts)(events)
const followed = async (sku: string) => follow(await listings(sku))

const pricesToldTo = async (cart: string): Promise<unknown[]> =>
  (await shop.parts.store.readStream(`cart-${cart.split('/').at(-1)}`))
    .filter(({ type }) => type === 'ItemPriceChanged')
    .map(({ data }) => {
      const { cartId: _, ...change } = data as { readonly cartId: string }
      return change
    })
