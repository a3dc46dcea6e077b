import { describe, expect, it } from 'vitest'
import { arrowsDrawn, arrowsMade, deadlinesMissing } from '../../../test/transition-walk.ts'
import { CART_OWNERS, CART_TRANSITIONS, defineCart } from '../src/cart.ts'
import { PRODUCT_TRANSITIONS, product } from '../src/product.ts'

const cart = defineCart(3_600_000)
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
  ['FollowPrice', { cartId, sku: 'mug', price: { amount: 1300, currency: 'EUR' } }],
  ['Expire', { cartId }],
] as const
const PRODUCT_COMMANDS = [
  ['ListProduct', mug],
  ['PutProduct', { ...mug, name: 'Mug, glazed' }],
  ['Delist', { sku: 'mug' }],
  ['ChangePrice', { sku: 'mug', price: { amount: 1300, currency: 'EUR' } }],
] as const

describe('the transition table of a cart', () => {
  it('has exactly the arrows that the commands make', () => {
    expect(arrowsMade(cart, CART_COMMANDS)).toEqual(arrowsDrawn(CART_TRANSITIONS))
  })

  it('names no deadline that the cart does not have', () => {
    expect(deadlinesMissing(cart, CART_COMMANDS, CART_OWNERS)).toEqual([])
  })
})

describe('the transition table of a product', () => {
  it('has exactly the arrows that the commands make', () => {
    expect(arrowsMade(product, PRODUCT_COMMANDS)).toEqual(arrowsDrawn(PRODUCT_TRANSITIONS))
  })
})
