import type { EventOf } from '@stocker/cqrs'
import { fixture } from '@stocker/cqrs/testing'
import { describe, expect, it } from 'vitest'
import { defineCart, MAX_LINES, MAX_QUANTITY } from '../src/cart.ts'

const cart = defineCart(3_600_000)
const cartId = 'c-1'
const EUR = (amount: number) => ({ amount, currency: 'EUR' })
const mug = { sku: 'mug', name: 'Mug', price: EUR(1250) }
const pen = { sku: 'pen', name: 'Pen', price: EUR(250) }
const shippingAddress = { name: 'Ada', line1: 'Main Street 1', city: 'Turin', postalCode: '10121', country: 'IT' }
const products = new Map([mug, pen].map((product) => [product.sku, product]))

const created = { type: 'CartCreatedEvent', data: { cartId, customerId: 'ada' } } as const
const added = ({ sku, name, price }: typeof mug, quantity: number) =>
  ({ type: 'ItemAddedToCartEvent', data: { cartId, sku, name, quantity, unitPrice: price } }) as const
const add = (product: typeof mug, quantity: number) =>
  ({ type: 'AddItem', data: { cartId, product, quantity } }) as const
const changed = (sku: string, quantity: number) =>
  ({ type: 'CartItemQuantityChangedEvent', data: { cartId, sku, quantity } }) as const
const change = (sku: string, quantity: number) => ({ type: 'ChangeQuantity', data: { cartId, sku, quantity } }) as const
const removed = (sku: string) => ({ type: 'ItemRemovedFromCartEvent', data: { cartId, sku } }) as const
const remove = (sku: string) => ({ type: 'RemoveItem', data: { cartId, sku } }) as const
const cleared = { type: 'CartClearedEvent', data: { cartId } } as const
const clear = { type: 'Clear', data: { cartId } } as const
const create = { type: 'Create', data: { cartId, customerId: 'ada' } } as const
const checkout = {
  type: 'Checkout',
  data: { cartId, orderId: 'o-1', shippingAddress, paymentToken: 'tok_ok', products },
} as const
const checkedOut = {
  type: 'CartCheckedOutEvent',
  data: {
    cartId,
    orderId: 'o-1',
    customerId: 'ada',
    lines: [{ sku: 'mug', name: 'Mug', quantity: 2, unitPrice: EUR(1250) }],
    total: EUR(2500),
    shippingAddress,
    paymentToken: 'tok_ok',
  },
} as const

const expire = { type: 'Expire', data: { cartId } } as const
const expired = { type: 'CartExpiredEvent', data: { cartId } } as const

describe('a cart that does not exist', () => {
  it('can be created', () => {
    fixture(cart).given().when(create).expectEvents([created])
  })

  it.each([add(mug, 1), change('mug', 1), remove('mug'), clear, checkout])('refuses $type', (command) => {
    fixture(cart).given().when(command).expectRejection('CART_NOT_FOUND')
  })
})

describe('an open cart', () => {
  it('is not created twice', () => {
    fixture(cart).given(created).when(create).expectEvents([])
  })

  it('takes a product at the price of the moment', () => {
    fixture(cart)
      .given(created)
      .when(add(mug, 2))
      .expectEvents([added(mug, 2)])
  })

  it('adds pieces of one product up, and remembers its newest name and price', () => {
    const dearer = { ...mug, name: 'Mug, glazed', price: EUR(1300) }
    fixture(cart)
      .given(created, added(mug, 2), added(pen, 1))
      .when(add(dearer, 3))
      .expectEvents([added(dearer, 3)])
      .expectState({
        status: 'OPEN',
        cartId,
        customerId: 'ada',
        checkout: null,
        touchedAt: '2026-01-01T00:00:00.000Z',
        lines: [
          { sku: 'mug', name: 'Mug, glazed', quantity: 5, unitPrice: EUR(1300), seenPrice: EUR(1300) },
          { sku: 'pen', name: 'Pen', quantity: 1, unitPrice: EUR(250), seenPrice: EUR(250) },
        ],
      })
  })

  it.each([0, -1, 1.5, Number.NaN, MAX_QUANTITY + 1])('refuses %d pieces', (quantity) => {
    fixture(cart).given(created).when(add(mug, quantity)).expectRejection('QUANTITY_OUT_OF_RANGE')
    fixture(cart).given(created, added(mug, 5)).when(add(mug, quantity)).expectRejection('QUANTITY_OUT_OF_RANGE')
    fixture(cart).given(created, added(mug, 5)).when(change('mug', quantity)).expectRejection('QUANTITY_OUT_OF_RANGE')
  })

  it('holds up to 1,000 pieces of a product, all additions together', () => {
    fixture(cart)
      .given(created, added(mug, MAX_QUANTITY - 1))
      .when(add(mug, 1))
      .expectEvents([added(mug, 1)])
    fixture(cart).given(created, added(mug, MAX_QUANTITY)).when(add(mug, 1)).expectRejection('QUANTITY_OUT_OF_RANGE')
  })

  it('holds up to 100 products, of each of which more can be added', () => {
    const full = Array.from({ length: MAX_LINES }, (_, number) => added({ ...pen, sku: `pen-${number}` }, 1))
    fixture(cart)
      .given(created, ...full)
      .when(add(mug, 1))
      .expectRejection('TOO_MANY_LINES')
    fixture(cart)
      .given(created, ...full)
      .when(add({ ...pen, sku: 'pen-7' }, 1))
      .expectEvents([added({ ...pen, sku: 'pen-7' }, 1)])
    fixture(cart)
      .given(created, ...full.slice(1))
      .when(add(mug, 1))
      .expectEvents([added(mug, 1)])
  })

  it('is in one currency', () => {
    const imported = { ...pen, price: { amount: 250, currency: 'USD' } }
    fixture(cart).given(created, added(mug, 1)).when(add(imported, 1)).expectRejection('MIXED_CURRENCIES')
  })

  it('changes a quantity', () => {
    fixture(cart)
      .given(created, added(mug, 2), added(pen, 1))
      .when(change('mug', 7))
      .expectEvents([changed('mug', 7)])
  })

  it('has nothing to change when the quantity is that already', () => {
    fixture(cart).given(created, added(mug, 2)).when(change('mug', 2)).expectEvents([])
  })

  it('cannot change the quantity of what it does not hold', () => {
    fixture(cart).given(created, added(mug, 2)).when(change('pen', 2)).expectRejection('ITEM_NOT_IN_CART')
  })

  it('gives a product back once', () => {
    fixture(cart)
      .given(created, added(mug, 2), added(pen, 1))
      .when(remove('mug'))
      .expectEvents([removed('mug')])
    fixture(cart).given(created, added(mug, 2), added(pen, 1), removed('mug')).when(remove('mug')).expectEvents([])
  })

  it('is cleared once', () => {
    fixture(cart).given(created, added(mug, 2), added(pen, 1)).when(clear).expectEvents([cleared])
    fixture(cart).given(created, added(mug, 2), cleared).when(clear).expectEvents([])
  })
})

describe('a checkout', () => {
  it('orders the lines with their total', () => {
    fixture(cart).given(created, added(mug, 2)).when(checkout).expectEvents([checkedOut])
  })

  it('follows every change of the cart', () => {
    fixture(cart)
      .given(created, added(pen, 9), cleared, added(mug, 5), added(pen, 1), changed('mug', 2), removed('pen'))
      .when(checkout)
      .expectEvents([checkedOut])
  })

  it('needs something to order', () => {
    fixture(cart).given(created).when(checkout).expectRejection('CART_EMPTY')
    fixture(cart).given(created, added(mug, 1), cleared).when(checkout).expectRejection('CART_EMPTY')
  })

  it('refuses what the catalogue no longer has', () => {
    fixture(cart)
      .given(created, added({ ...mug, sku: 'unicorn' }, 1), added(pen, 1))
      .when(checkout)
      .expectRejection('UNKNOWN_SKU')
  })

  it('happens once: the cart is closed for everything, and says for which order', () => {
    for (const command of [add(pen, 1), change('mug', 1), remove('mug'), clear, checkout]) {
      fixture(cart)
        .given(created, added(mug, 2), checkedOut)
        .when(command)
        .expectRejection('CART_CLOSED', { cartId, orderId: 'o-1' })
    }
  })
})

describe('a checkout after the catalogue has changed a price', () => {
  const cheaper = { ...mug, price: EUR(999) }
  const followed = { type: 'ItemPriceChanged', data: { cartId, sku: 'mug', old: EUR(999), new: EUR(1250) } } as const
  const expecting = (amount: number) => ({ ...checkout, data: { ...checkout.data, expectedTotal: EUR(amount) } })
  const details = {
    cartId,
    lines: [{ sku: 'mug', old: EUR(999), new: EUR(1250) }],
    total: { old: EUR(1998), new: EUR(2500) },
  }

  it('is refused with the old and the new prices while the customer knows the old one, whether the cart knows the new one or not', () => {
    fixture(cart).given(created, added(cheaper, 2)).when(checkout).expectRejection('PRICE_CHANGED', details)
    fixture(cart).given(created, added(cheaper, 2), followed).when(checkout).expectRejection('PRICE_CHANGED', details)
  })

  it('is refused as well when the price went down: what the customer pays is never a surprise', () => {
    fixture(cart)
      .given(created, added({ ...mug, price: EUR(1300) }, 2))
      .when(checkout)
      .expectRejection('PRICE_CHANGED')
  })

  it('orders when the customer names the new total', () => {
    fixture(cart).given(created, added(cheaper, 2)).when(expecting(2500)).expectEvents([checkedOut])
  })

  it('is refused when the customer names the old total, or any other', () => {
    fixture(cart).given(created, added(cheaper, 2)).when(expecting(1998)).expectRejection('PRICE_CHANGED', details)
    fixture(cart)
      .given(created, added(mug, 2))
      .when(expecting(1250))
      .expectRejection('PRICE_CHANGED', { cartId, lines: [], total: { old: EUR(1250), new: EUR(2500) } })
  })

  it('is refused when the total is named in another currency', () => {
    fixture(cart)
      .given(created, added(mug, 2))
      .when({ ...checkout, data: { ...checkout.data, expectedTotal: { amount: 2500, currency: 'USD' } } })
      .expectRejection('PRICE_CHANGED')
  })

  it('orders when the price is back at what the customer knows', () => {
    const back = { type: 'ItemPriceChanged', data: { cartId, sku: 'mug', old: EUR(1250), new: EUR(1400) } } as const
    fixture(cart).given(created, added(mug, 2), back).when(checkout).expectEvents([checkedOut])
  })

  it('orders after any change of the cart, because its answer shows the new price', () => {
    for (const acknowledged of [[added(pen, 1), removed('pen')], [changed('mug', 2)]] as const) {
      fixture(cart)
        .given(created, added(cheaper, 2), followed, ...acknowledged)
        .when(checkout)
        .expectEvents([checkedOut])
    }
  })
})

describe('a price of the catalogue that reaches a cart', () => {
  const follow = (sku: string, amount: number) =>
    ({ type: 'FollowPrice', data: { cartId, sku, price: EUR(amount) } }) as const
  const followed = (old: number, now: number) =>
    ({ type: 'ItemPriceChanged', data: { cartId, sku: 'mug', old: EUR(old), new: EUR(now) } }) as const

  it('is noted with the old and the new price', () => {
    fixture(cart)
      .given(created, added(mug, 2), added(pen, 1))
      .when(follow('mug', 1300))
      .expectEvents([followed(1250, 1300)])
  })

  it('is noted once, however often it is told', () => {
    fixture(cart).given(created, added(mug, 2), followed(1250, 1300)).when(follow('mug', 1300)).expectNothing()
  })

  it('leaves what the customer has seen as it is', () => {
    fixture(cart)
      .given(created, added(mug, 2))
      .when(follow('mug', 1300))
      .expectState(({ lines }) => expect(lines).toMatchObject([{ unitPrice: EUR(1300), seenPrice: EUR(1250) }]))
  })

  it('does not keep the cart open for longer: nobody touched it', () => {
    fixture(cart)
      .given(created, added(mug, 2))
      .elapses(60_000)
      .when(follow('mug', 1300))
      .expectState(({ touchedAt }) => expect(touchedAt).toBe('2026-01-01T00:00:00.000Z'))
  })

  it('is no matter to a cart that does not hold the product, is closed, expired or was never there', () => {
    fixture(cart).given().when(follow('mug', 1300)).expectNothing()
    fixture(cart).given(created, added(pen, 1)).when(follow('mug', 1300)).expectNothing()
    fixture(cart).given(created, added(mug, 2), checkedOut).when(follow('mug', 1300)).expectNothing()
    fixture(cart).given(created, added(mug, 2), expired).when(follow('mug', 1300)).expectNothing()
  })
})

describe('a cart that nobody touches', () => {
  it('expires: nothing of it is ordered', () => {
    fixture(cart).given(created, added(mug, 2)).when(expire).expectEvents([expired])
  })

  it('expires once', () => {
    fixture(cart).given(created, expired).when(expire).expectNothing()
  })

  it('does not expire when it was checked out, or was never there', () => {
    fixture(cart).given(created, added(mug, 2), checkedOut).when(expire).expectNothing()
    fixture(cart).given().when(expire).expectNothing()
  })

  it('refuses everything once it expired', () => {
    for (const command of [add(pen, 1), change('mug', 1), remove('mug'), clear, checkout])
      fixture(cart).given(created, added(mug, 2), expired).when(command).expectRejection('CART_EXPIRED', { cartId })
  })

  it('has its time from the last change by its customer on, and none once it is closed', () => {
    const at = (...history: readonly EventOf<typeof cart>[]) => {
      let dueAt: string | undefined
      fixture(cart)
        .given(created)
        .elapses(60_000)
        .given(...history)
        .when({ type: 'FollowPrice', data: { cartId, sku: 'none', price: EUR(1) } })
        .expectState((state) => {
          dueAt = cart.deadlines?.(state).Expire?.at
        })
      return dueAt
    }
    expect(at()).toBe('2026-01-01T01:00:00.000Z')
    expect(at(added(mug, 1))).toBe('2026-01-01T01:01:00.000Z')
    expect(at(cleared)).toBe('2026-01-01T01:01:00.000Z')
    expect(at(added(mug, 2), checkedOut)).toBeUndefined()
    expect(at(expired)).toBeUndefined()
  })
})
