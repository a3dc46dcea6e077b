import { fixture } from '@stocker/cqrs/testing'
import { describe, expect, it } from 'vitest'
import { cart, MAX_LINES, MAX_QUANTITY } from '../src/cart.ts'

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
        lines: [
          { sku: 'mug', name: 'Mug, glazed', quantity: 5, unitPrice: EUR(1300) },
          { sku: 'pen', name: 'Pen', quantity: 1, unitPrice: EUR(250) },
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

  it('freezes the price that the catalogue has now, not the one of the addition', () => {
    fixture(cart)
      .given(created, added({ ...mug, price: EUR(999) }, 2))
      .when(checkout)
      .expectEvents([checkedOut])
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
      fixture(cart).given(created, added(mug, 2), checkedOut).when(command).expectRejection('CART_CLOSED')
    }
    const again = cart.decide.Checkout(
      { ...checkout.data, orderId: 'o-2' },
      { status: 'CHECKED_OUT', cartId, customerId: 'ada', lines: [], checkout: checkedOut.data },
    )
    expect(again).toMatchObject({ rejected: 'CART_CLOSED', details: { orderId: 'o-1' } })
  })
})
