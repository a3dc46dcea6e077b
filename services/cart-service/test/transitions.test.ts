import { describe, expect, it } from 'vitest'
import { arrowsDrawn, arrowsMade, reachableFrom } from '../../../test/transition-walk.ts'
import { CART_STATUSES, CART_TRANSITIONS, cart } from '../src/cart.ts'
import { PRODUCT_STATUSES, PRODUCT_TRANSITIONS, product } from '../src/product.ts'

const cartId = 'c-1'
const mug = { sku: 'mug', name: 'Mug', price: { amount: 1250, currency: 'EUR' } }
const shippingAddress = { name: 'Ada', line1: 'Main Street 1', city: 'Turin', postalCode: '10121', country: 'IT' }
const CART_COMMANDS = [
  ['Create', { cartId, customerId: 'ada' }],
  ['AddItem', { cartId, product: mug, quantity: 2 }],
  ['ChangeQuantity', { cartId, sku: 'mug', quantity: 3 }],
  ['Checkout', { cartId, orderId: 'o-1', shippingAddress, paymentToken: 'tok_ok', products: new Map([['mug', mug]]) }],
  ['RemoveItem', { cartId, sku: 'mug' }],
  ['Clear', { cartId }],
] as const
const PRODUCT_COMMANDS = [
  ['ListProduct', mug],
  ['ChangePrice', { sku: 'mug', price: { amount: 1300, currency: 'EUR' } }],
] as const

describe('the transition table of a cart', () => {
  it('leads from NONE to every known state and to no other', () => {
    expect(reachableFrom('NONE', CART_TRANSITIONS)).toEqual([...CART_STATUSES].sort())
  })

  it('has exactly the arrows that the commands make', () => {
    expect(arrowsMade(cart, CART_COMMANDS)).toEqual(arrowsDrawn(CART_TRANSITIONS))
  })
})

describe('the transition table of a product', () => {
  it('leads from NONE to every known state and to no other', () => {
    expect(reachableFrom('NONE', PRODUCT_TRANSITIONS)).toEqual([...PRODUCT_STATUSES].sort())
  })

  it('has exactly the arrows that the commands make', () => {
    expect(arrowsMade(product, PRODUCT_COMMANDS)).toEqual(arrowsDrawn(PRODUCT_TRANSITIONS))
  })
})
