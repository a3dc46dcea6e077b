import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer, CartOverHttp } from './cart-over-http.ts'
import { cartOverHttp } from './cart-over-http.ts'

let first: CartOverHttp
let second: CartOverHttp

beforeAll(async () => {
  first = await cartOverHttp()
  second = await first.another()
})
afterAll(async () => {
  await second.close()
  await first.close()
})

const body = {
  shippingAddress: { name: 'Ada', line1: 'Main Street 1', city: 'Turin', postalCode: '10121', country: 'IT' },
  paymentToken: 'tok_ok',
}
const filledCart = async (): Promise<string> => {
  const { cartId } = (await first.call('POST', '/api/carts', { customerId: 'ada' })).body
  await first.call('POST', `/api/carts/${cartId}/items`, { sku: 'mug', quantity: 1 })
  return cartId
}
const checkout = (at: CartOverHttp, cartId: string, key?: string): Promise<Answer> =>
  at.call('POST', `/api/carts/${cartId}/checkout`, body, key === undefined ? {} : { 'idempotency-key': key })

const ordersOf = async (cartId: string): Promise<string[]> =>
  (await first.parts.store.readStream(`cart-${cartId}`))
    .filter(({ type }) => type === 'CartCheckedOutEvent')
    .map(({ data }) => (data as { readonly orderId: string }).orderId)

describe('a cart that is checked out at two instances at once', () => {
  it.each([
    ['with different keys', (n: number) => `key-${n}`],
    ['without keys', () => undefined],
  ])('%s becomes one order; everybody else is told which', async (_, keyOf) => {
    const cartId = await filledCart()
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => checkout(n % 2 === 0 ? first : second, cartId, keyOf(n))),
    )

    const [orderId, ...others] = await ordersOf(cartId)
    expect(others).toEqual([])
    expect(answers.filter(({ status }) => status === 202).map((answer) => answer.body.orderId)).toEqual([orderId])
    for (const refused of answers.filter(({ status }) => status !== 202))
      expect(refused).toMatchObject({ status: 409, body: { code: 'CART_CLOSED', cartId, orderId } })
  })

  it('with one key becomes one order, and everybody is given it', async () => {
    const cartId = await filledCart()
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => checkout(n % 2 === 0 ? first : second, cartId, 'one')),
    )

    const orders = await ordersOf(cartId)
    expect(orders).toHaveLength(1)
    expect(answers.map((answer) => [answer.status, answer.body.orderId])).toEqual(answers.map(() => [202, orders[0]]))
  })
})

describe('a checkout whose instance dies', () => {
  it('before the answer is given again with its key by the next one', async () => {
    const cartId = await filledCart()
    const dying = await first.another()
    const { orderId } = (await checkout(dying, cartId, 'lost')).body
    await dying.close()

    expect(await checkout(second, cartId, 'lost')).toMatchObject({ status: 202, body: { orderId } })
    expect(await ordersOf(cartId)).toEqual([orderId])
  })

  it('in the middle has become the order or has left nothing: its repetition gives the one order', async () => {
    const cartIds = await Promise.all(Array.from({ length: 20 }, filledCart))
    const dying = await first.another()
    const cut = cartIds.map((cartId) => checkout(dying, cartId, 'cut'))
    // Every connection of the cluster to this database, wherever its transaction stands.
    await dying.parts.pool
      .query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      )
      .catch(() => {})
    const answers = await Promise.all(cut)
    await dying.close()

    for (const [n, cartId] of cartIds.entries()) {
      const { status, body: again } = await checkout(second, cartId, 'cut')
      expect(status).toBe(202)
      expect(await ordersOf(cartId)).toEqual([again.orderId])
      if (answers[n]?.status === 202) expect(answers[n]?.body.orderId).toBe(again.orderId)
      else expect(answers[n]?.status).toBe(503)
    }
  })
})
