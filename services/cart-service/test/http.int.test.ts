import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CartOverHttp } from './cart-over-http.ts'
import { cartOverHttp } from './cart-over-http.ts'

const shippingAddress = {
  name: 'Ada Lovelace',
  line1: 'Main Street 1',
  city: 'Turin',
  postalCode: '10121',
  country: 'IT',
}
const checkoutBody = { shippingAddress, paymentToken: 'tok_ok' }

let cart: CartOverHttp

beforeAll(async () => {
  cart = await cartOverHttp()
})
afterAll(() => cart.close())

const call = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: object, key?: string) =>
  cart.call(method, url, body, key === undefined ? {} : { 'idempotency-key': key })

const newCart = async (): Promise<string> => (await call('POST', '/api/carts', { customerId: 'ada' })).body.cartId
const cartWith = async (...items: readonly (readonly [sku: string, quantity: number])[]): Promise<string> => {
  const cartId = await newCart()
  for (const [sku, quantity] of items) await call('POST', `/api/carts/${cartId}/items`, { sku, quantity })
  return cartId
}

describe('the catalogue', () => {
  it('is open with the seeded products and their prices in minor units', async () => {
    const { status, body } = await call('GET', '/api/products')

    expect(status).toBe(200)
    expect(Object.fromEntries(body.products.map(({ sku, price }) => [sku, price.amount]))).toEqual({
      mug: 1250,
      't-shirt': 2490,
      notebook: 890,
      pen: 250,
      backpack: 7900,
      lamp: 4500,
      poster: 1500,
      vinyl: 2999,
    })
  })

  it('tells one product', async () => {
    expect(await call('GET', '/api/products/pen')).toEqual({
      status: 200,
      etag: '"1"',
      body: { sku: 'pen', name: expect.any(String), price: { amount: 250, currency: 'EUR' } },
    })
  })

  it('answers 404 for a product that it lacks', async () => {
    expect(await call('GET', '/api/products/unicorn')).toMatchObject({
      status: 404,
      body: { code: 'PRODUCT_NOT_FOUND' },
    })
  })
})

describe('a cart is filled', () => {
  it('starts empty, at an address of its own', async () => {
    const response = await cart.app.inject({ method: 'POST', url: '/api/carts', payload: { customerId: 'ada' } })
    const { cartId } = response.json()

    expect(response.statusCode).toBe(201)
    expect(response.headers.location).toBe(`/api/carts/${cartId}`)
    expect(await call('GET', `/api/carts/${cartId}`)).toEqual({
      status: 200,
      body: { cartId, customerId: 'ada', status: 'OPEN', lines: [] },
    })
  })

  it('adds pieces of one product up', async () => {
    const cartId = await cartWith(['mug', 2], ['pen', 1])
    const { status, body } = await call('POST', `/api/carts/${cartId}/items`, { sku: 'mug', quantity: 3 })

    expect(status).toBe(200)
    expect(body.lines).toEqual([
      { sku: 'mug', name: 'Stoneware mug', quantity: 5, unitPrice: { amount: 1250, currency: 'EUR' } },
      { sku: 'pen', name: 'Gel pen', quantity: 1, unitPrice: { amount: 250, currency: 'EUR' } },
    ])
    expect(body.total).toEqual({ amount: 5 * 1250 + 250, currency: 'EUR' })
  })

  it('sets a quantity, takes a product out, and is emptied', async () => {
    const cartId = await cartWith(['mug', 2], ['pen', 1], ['lamp', 1])

    expect((await call('PUT', `/api/carts/${cartId}/items/mug`, { quantity: 7 })).body.lines[0]?.quantity).toBe(7)
    expect((await call('DELETE', `/api/carts/${cartId}/items/pen`)).body.lines).toHaveLength(2)
    expect((await call('DELETE', `/api/carts/${cartId}/items/pen`)).body.lines).toHaveLength(2)
    const emptied = await call('DELETE', `/api/carts/${cartId}/items`)
    expect(emptied.body).toEqual({ cartId, customerId: 'ada', status: 'OPEN', lines: [] })
  })

  it('adds once when a request is repeated with its Idempotency-Key', async () => {
    const cartId = await newCart()
    const item = { sku: 'mug', quantity: 2 }
    await call('POST', `/api/carts/${cartId}/items`, item, 'add-1')
    await call('POST', `/api/carts/${cartId}/items`, item, 'add-1')

    expect((await call('GET', `/api/carts/${cartId}`)).body.lines[0]?.quantity).toBe(2)
  })

  it('creates one cart when the request is repeated with its Idempotency-Key, one per customer', async () => {
    const first = await call('POST', '/api/carts', { customerId: 'bob' }, 'create-1')
    const again = await call('POST', '/api/carts', { customerId: 'bob' }, 'create-1')
    const other = await call('POST', '/api/carts', { customerId: 'eve' }, 'create-1')

    expect(again).toEqual(first)
    expect(other.status).toBe(201)
    expect(other.body.cartId).not.toBe(first.body.cartId)
  })
})

describe('a checkout', () => {
  it('orders what is in the cart at the prices of the catalogue', async () => {
    const cartId = await cartWith(['mug', 2], ['pen', 4])
    const { status, body } = await call('POST', `/api/carts/${cartId}/checkout`, checkoutBody, 'k-1')

    expect(status).toBe(202)
    expect(body).toEqual({
      orderId: expect.any(String),
      cartId,
      total: { amount: 2 * 1250 + 4 * 250, currency: 'EUR' },
    })
    expect((await call('GET', `/api/carts/${cartId}`)).body).toMatchObject({
      status: 'CHECKED_OUT',
      orderId: body.orderId,
      total: body.total,
    })
  })

  it('gives the same order when it is repeated with its key, at once or later', async () => {
    const cartId = await cartWith(['mug', 1])
    const url = `/api/carts/${cartId}/checkout`
    const together = await Promise.all(Array.from({ length: 5 }, () => call('POST', url, checkoutBody, 'k-2')))
    const later = await call('POST', url, checkoutBody, 'k-2')

    expect(together[0]?.status).toBe(202)
    expect(new Set([...together, later].map((answer) => JSON.stringify(answer))).size).toBe(1)
  })

  it('with another key, or none, is refused and names the order', async () => {
    const cartId = await cartWith(['mug', 1])
    const url = `/api/carts/${cartId}/checkout`
    const { orderId } = (await call('POST', url, checkoutBody, 'k-3')).body

    for (const key of ['k-4', undefined])
      expect(await call('POST', url, checkoutBody, key)).toMatchObject({
        status: 409,
        body: { code: 'CART_CLOSED', orderId },
      })
  })

  it('with the same key and another body is refused', async () => {
    const cartId = await cartWith(['mug', 1])
    const url = `/api/carts/${cartId}/checkout`
    await call('POST', url, checkoutBody, 'k-5')

    expect(await call('POST', url, { ...checkoutBody, paymentToken: 'tok_declined' }, 'k-5')).toMatchObject({
      status: 409,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    })
  })

  it('of an empty cart is refused, and succeeds with the same key once something is in it', async () => {
    const cartId = await newCart()
    const url = `/api/carts/${cartId}/checkout`
    expect(await call('POST', url, checkoutBody, 'k-6')).toMatchObject({ status: 409, body: { code: 'CART_EMPTY' } })

    await call('POST', `/api/carts/${cartId}/items`, { sku: 'pen', quantity: 1 })
    expect((await call('POST', url, checkoutBody, 'k-6')).status).toBe(202)
  })

  it('closes the cart for every change', async () => {
    const cartId = await cartWith(['mug', 1])
    const { orderId } = (await call('POST', `/api/carts/${cartId}/checkout`, checkoutBody)).body
    const items = `/api/carts/${cartId}/items`

    for (const refused of [
      await call('POST', items, { sku: 'pen', quantity: 1 }),
      await call('PUT', `${items}/mug`, { quantity: 2 }),
      await call('DELETE', `${items}/mug`),
      await call('DELETE', items),
    ])
      expect(refused).toMatchObject({ status: 409, body: { code: 'CART_CLOSED', orderId } })
  })

  it('is at the price of now, and stays so', async () => {
    const cartId = await cartWith(['poster', 2])
    await cart.products.changePrice('poster', { amount: 1700, currency: 'EUR' })

    expect((await call('GET', `/api/carts/${cartId}`)).body.total.amount).toBe(3400)
    const expectedTotal = { amount: 3400, currency: 'EUR' }
    const { body } = await call('POST', `/api/carts/${cartId}/checkout`, { ...checkoutBody, expectedTotal })
    expect(body.total).toEqual(expectedTotal)

    await cart.products.changePrice('poster', { amount: 1500, currency: 'EUR' })
    expect((await call('GET', `/api/carts/${cartId}`)).body.total.amount).toBe(3400)
  })
})

describe('what cannot be done', () => {
  it.each([
    ['GET', '/api/carts/nobodys', undefined],
    ['POST', '/api/carts/nobodys/items', { sku: 'mug', quantity: 1 }],
    ['PUT', '/api/carts/nobodys/items/mug', { quantity: 1 }],
    ['DELETE', '/api/carts/nobodys/items/mug', undefined],
    ['DELETE', '/api/carts/nobodys/items', undefined],
    ['POST', '/api/carts/nobodys/checkout', checkoutBody],
  ] as const)('%s %s: the cart does not exist', async (method, url, body) => {
    expect(await call(method, url, body)).toMatchObject({ status: 404, body: { code: 'CART_NOT_FOUND' } })
  })

  it('adding a product that the catalogue lacks', async () => {
    const cartId = await newCart()
    expect(await call('POST', `/api/carts/${cartId}/items`, { sku: 'unicorn', quantity: 1 })).toMatchObject({
      status: 422,
      body: { code: 'UNKNOWN_SKU', skus: ['unicorn'] },
    })
  })

  it('changing the quantity of a product that is not in the cart', async () => {
    const cartId = await newCart()
    expect(await call('PUT', `/api/carts/${cartId}/items/mug`, { quantity: 1 })).toMatchObject({
      status: 404,
      body: { code: 'ITEM_NOT_IN_CART' },
    })
  })

  it('adding up to more than 1,000 pieces', async () => {
    const cartId = await cartWith(['mug', 999])
    expect(await call('POST', `/api/carts/${cartId}/items`, { sku: 'mug', quantity: 2 })).toMatchObject({
      status: 422,
      body: { code: 'QUANTITY_OUT_OF_RANGE', max: 1000 },
    })
    expect((await call('GET', `/api/carts/${cartId}`)).body.lines[0]?.quantity).toBe(999)
  })
})

describe('bad input', () => {
  it.each([
    ['quantity 0', { sku: 'mug', quantity: 0 }],
    ['a negative quantity', { sku: 'mug', quantity: -1 }],
    ['a quantity of 10^9', { sku: 'mug', quantity: 1_000_000_000 }],
    ['a fractional quantity', { sku: 'mug', quantity: 1.5 }],
    ['a quantity as text', { sku: 'mug', quantity: '1' }],
    ['a price from the caller', { sku: 'mug', quantity: 1, unitPrice: { amount: 1, currency: 'EUR' } }],
    ['no sku', { quantity: 1 }],
    ['an empty sku', { sku: '', quantity: 1 }],
  ])('%s is refused', async (_, body) => {
    const cartId = await newCart()
    expect(await call('POST', `/api/carts/${cartId}/items`, body)).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED' },
    })
    expect((await call('GET', `/api/carts/${cartId}`)).body.lines).toEqual([])
  })

  it.each([0, 1001, 2.5, -3])('setting the quantity to %d is refused', async (quantity) => {
    const cartId = await cartWith(['mug', 1])
    expect(await call('PUT', `/api/carts/${cartId}/items/mug`, { quantity })).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED' },
    })
  })

  it.each([
    ['no address', { paymentToken: 'tok_ok' }],
    ['no payment token', { shippingAddress }],
    ['an address without a name', { paymentToken: 'tok_ok', shippingAddress: { ...shippingAddress, name: '' } }],
    ['a country in words', { paymentToken: 'tok_ok', shippingAddress: { ...shippingAddress, country: 'Italy' } }],
    ['a total from the caller', { ...checkoutBody, total: { amount: 1, currency: 'EUR' } }],
  ])('a checkout with %s is refused and leaves the cart open', async (_, body) => {
    const cartId = await cartWith(['mug', 1])
    expect(await call('POST', `/api/carts/${cartId}/checkout`, body)).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED' },
    })
    expect((await call('GET', `/api/carts/${cartId}`)).body.status).toBe('OPEN')
  })

  it.each([
    ['malformed JSON', 'application/json', '{"customerId":', 400, 'MALFORMED_JSON'],
    ['another content type', 'text/plain', 'customerId=ada', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'an oversized body',
      'application/json',
      JSON.stringify({ customerId: 'a'.repeat(70_000) }),
      413,
      'BODY_TOO_LARGE',
    ],
    ['a NUL character', 'application/json', '{"customerId":"a\\u0000b"}', 400, 'UNSTORABLE_TEXT'],
    ['an unknown property', 'application/json', '{"customerId":"ada","admin":true}', 400, 'VALIDATION_FAILED'],
  ])('%s is refused', async (_, contentType, payload, status, code) => {
    const response = await cart.app.inject({
      method: 'POST',
      url: '/api/carts',
      headers: { 'content-type': contentType },
      payload,
    })
    expect(response.statusCode).toBe(status)
    expect(response.headers['content-type']).toContain('application/problem+json')
    expect(response.json()).toMatchObject({ code })
  })

  it('an unusable Idempotency-Key is refused', async () => {
    expect(await call('POST', '/api/carts', { customerId: 'ada' }, 'a'.repeat(300))).toMatchObject({
      status: 400,
      body: { code: 'INVALID_IDEMPOTENCY_KEY' },
    })
  })
})
