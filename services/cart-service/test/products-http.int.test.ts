import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CartOverHttp } from './cart-over-http.ts'
import { cartOverHttp } from './cart-over-http.ts'

let shop: CartOverHttp

beforeAll(async () => {
  shop = await cartOverHttp()
})
afterAll(() => shop.close())

const EUR = (amount: number) => ({ amount, currency: 'EUR' })
const newSku = () => `sku-${randomUUID()}`
const put = (sku: string, body: object, headers?: Record<string, string>) =>
  shop.call('PUT', `/api/products/${sku}`, body, headers)
const listed = async (product: object = { name: 'Cup', price: EUR(900) }): Promise<string> => {
  const sku = newSku()
  await put(sku, product)
  return sku
}

describe('a product that the shop puts on sale', () => {
  it('is created once, and then changed', async () => {
    const sku = newSku()
    const cup = { name: 'Cup', price: EUR(900) }

    expect(await put(sku, cup)).toEqual({ status: 201, etag: '"1"', body: { sku, ...cup } })
    expect(await put(sku, cup)).toEqual({ status: 200, etag: '"1"', body: { sku, ...cup } })
    const beaker = { name: 'Beaker', price: EUR(950) }
    expect(await put(sku, beaker)).toEqual({ status: 200, etag: '"3"', body: { sku, ...beaker } })
    expect(await shop.call('GET', `/api/products/${sku}`)).toEqual({
      status: 200,
      etag: '"3"',
      body: { sku, ...beaker },
    })
  })

  it('is changed only as its caller has seen it, if they say what they have seen', async () => {
    const sku = await listed()
    const seen = (await shop.call('GET', `/api/products/${sku}`)).etag ?? ''
    const price = `/api/products/${sku}/price`
    const changed = await shop.call('POST', price, { price: EUR(1000) }, { 'if-match': seen })
    expect(changed.status).toBe(200)

    const conflict = { status: 412, body: { code: 'VERSION_CONFLICT', expected: 1, actual: 3 } }
    expect(await shop.call('POST', price, { price: EUR(800) }, { 'if-match': seen })).toMatchObject(conflict)
    expect(await put(sku, { name: 'Cup', price: EUR(800) }, { 'if-match': seen })).toMatchObject(conflict)
    expect(await shop.call('DELETE', `/api/products/${sku}`, undefined, { 'if-match': seen })).toMatchObject(conflict)
    expect((await shop.call('GET', `/api/products/${sku}`)).body).toMatchObject({ price: EUR(1000) })
    expect(await put(sku, { name: 'Cup', price: EUR(800) }, { 'if-match': changed.etag ?? '' })).toMatchObject({
      status: 200,
    })
  })

  it('is created only, if the caller says that there is none', async () => {
    const sku = newSku()
    const cup = { name: 'Cup', price: EUR(900) }
    expect(await put(sku, cup, { 'if-match': '"0"' })).toMatchObject({ status: 201 })
    expect(await put(sku, { ...cup, name: 'Mug' }, { 'if-match': '"0"' })).toMatchObject({
      status: 412,
      body: { code: 'VERSION_CONFLICT' },
    })
  })

  it('gets one new price when the request is repeated with its Idempotency-Key, also after the next one', async () => {
    const sku = await listed()
    const change = (amount: number, key: string) =>
      shop.call('POST', `/api/products/${sku}/price`, { price: EUR(amount) }, { 'idempotency-key': key })
    await change(1000, 'dearer')
    await change(700, 'cheaper')

    expect(await change(1000, 'dearer')).toMatchObject({ status: 200, body: { price: EUR(1000) } })
    expect((await shop.call('GET', `/api/products/${sku}`)).body).toMatchObject({ price: EUR(700) })
  })

  it('is found in the list by a part of its name, page by page', async () => {
    const name = `Teapot ${randomUUID()}`
    const skus = [await listed({ name, price: EUR(1) }), await listed({ name, price: EUR(2) })].sort()
    const url = `/api/products?limit=1&search=${encodeURIComponent(name.toUpperCase())}`

    const first = await shop.call('GET', url)
    const second = await shop.call('GET', `${url}&after=${first.body.next}`)
    expect([first, second].map(({ body }) => body.products.map(({ sku }) => sku))).toEqual([[skus[0]], [skus[1]]])
    expect(second.body).not.toHaveProperty('next')
  })
})

describe('a product that is taken off sale', () => {
  it('is gone from the catalogue at once, and stays gone when the request is repeated', async () => {
    const sku = await listed({ name: 'Sieve', price: EUR(300) })

    for (const _ of ['first', 'again'])
      expect(await shop.call('DELETE', `/api/products/${sku}`)).toMatchObject({ status: 204 })
    expect(await shop.call('GET', `/api/products/${sku}`)).toMatchObject({ status: 404 })
    expect((await shop.call('GET', '/api/products?search=sieve')).body.products).toEqual([])
    expect(await shop.call('POST', `/api/products/${sku}/price`, { price: EUR(1) })).toMatchObject({
      status: 404,
      body: { code: 'PRODUCT_NOT_FOUND', sku },
    })
  })

  it('cannot be put into a cart, and a cart that holds it says so and is not checked out with it', async () => {
    const sku = await listed()
    const { cartId } = (await shop.call('POST', '/api/carts', { customerId: 'ada' })).body
    const cart = `/api/carts/${cartId}`
    await shop.call('POST', `${cart}/items`, { sku, quantity: 1 })
    await shop.call('POST', `${cart}/items`, { sku: 'pen', quantity: 1 })
    await shop.call('DELETE', `/api/products/${sku}`)
    const order = {
      shippingAddress: { name: 'Ada', line1: 'Main Street 1', city: 'Turin', postalCode: '10121', country: 'IT' },
      paymentToken: 'tok_ok',
    }

    const unknown = { status: 422, body: { code: 'UNKNOWN_SKU', skus: [sku] } }
    expect(await shop.call('POST', `${cart}/items`, { sku, quantity: 1 })).toMatchObject(unknown)
    expect(await shop.call('POST', `${cart}/checkout`, order)).toMatchObject(unknown)
    const { lines } = (await shop.call('GET', cart)).body
    expect(lines.map((line) => [line.sku, line.delisted])).toEqual([
      [sku, true],
      ['pen', undefined],
    ])
    await shop.call('DELETE', `${cart}/items/${sku}`)
    expect(await shop.call('POST', `${cart}/checkout`, order)).toMatchObject({ status: 202 })
  })

  it('keeps the history of its prices', async () => {
    const sku = await listed()
    await shop.call('POST', `/api/products/${sku}/price`, { price: EUR(1000) })
    await shop.call('DELETE', `/api/products/${sku}`)
    await put(sku, { name: 'Cup', price: EUR(1000) })

    const { status, body } = await shop.call('GET', `/api/products/${sku}/prices`)
    expect(status).toBe(200)
    expect(body).toEqual({
      sku,
      prices: [
        { price: EUR(900), since: expect.any(String), until: expect.any(String) },
        { price: EUR(1000), since: expect.any(String), until: expect.any(String) },
        { price: EUR(1000), since: expect.any(String) },
      ],
    })
  })

  it('does not come back with the seed of the next start', async () => {
    await shop.call('DELETE', '/api/products/vinyl')
    const restarted = await shop.another()
    expect(await restarted.call('GET', '/api/products/vinyl')).toMatchObject({ status: 404 })
    await restarted.close()
  })
})

describe('a change of the catalogue that cannot be made', () => {
  it.each([
    ['the price of a product that never was', 'POST', '/price', { price: EUR(1) }, 404, 'PRODUCT_NOT_FOUND'],
    ['taking it off sale', 'DELETE', '', undefined, 404, 'PRODUCT_NOT_FOUND'],
    ['the history of its prices', 'GET', '/prices', undefined, 404, 'PRODUCT_NOT_FOUND'],
    ['a price above all prices', 'PUT', '', { name: 'Yacht', price: EUR(1_000_000_001) }, 422, 'PRICE_OUT_OF_RANGE'],
    ['a negative price', 'PUT', '', { name: 'Cup', price: EUR(-1) }, 400, 'VALIDATION_FAILED'],
    ['half a cent', 'PUT', '', { name: 'Cup', price: EUR(0.5) }, 400, 'VALIDATION_FAILED'],
    ['no name', 'PUT', '', { price: EUR(1) }, 400, 'VALIDATION_FAILED'],
    [
      'a currency in words',
      'PUT',
      '',
      { name: 'Cup', price: { amount: 1, currency: 'Euro' } },
      400,
      'VALIDATION_FAILED',
    ],
    ['more than there is to it', 'PUT', '', { name: 'Cup', price: EUR(1), stock: 5 }, 400, 'VALIDATION_FAILED'],
  ] as const)('%s', async (_, method, path, body, status, code) => {
    expect(await shop.call(method, `/api/products/${newSku()}${path}`, body)).toMatchObject({ status, body: { code } })
  })

  it('another currency', async () => {
    const sku = await listed()
    const price = { amount: 900, currency: 'USD' }
    const refused = { status: 409, body: { code: 'CURRENCY_CHANGED', currency: 'EUR' } }
    expect(await put(sku, { name: 'Cup', price })).toMatchObject(refused)
    expect(await shop.call('POST', `/api/products/${sku}/price`, { price })).toMatchObject(refused)
  })

  it.each([
    ['a place in the list that was never given out', '/api/products?after=x', 'BAD_CURSOR'],
    ['no page', '/api/products?limit=0', 'VALIDATION_FAILED'],
    ['a page without an end', '/api/products?limit=100000', 'VALIDATION_FAILED'],
  ])('%s', async (_, url, code) => {
    expect(await shop.call('GET', url)).toMatchObject({ status: 400, body: { code } })
  })

  it('a version that nobody gave out', async () => {
    expect(await put(newSku(), { name: 'Cup', price: EUR(1) }, { 'if-match': '*' })).toMatchObject({
      status: 400,
      body: { code: 'INVALID_IF_MATCH' },
    })
  })
})
