import { isRejection } from '@stocker/cqrs'
import { describe, expect, it } from 'vitest'
import type { Cart, CartStatus } from '../src/cart.ts'
import { CART_STATUSES, CART_TRANSITIONS, cart } from '../src/cart.ts'
import type { ProductState, ProductStatus } from '../src/product.ts'
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

const AT = { occurredAt: '2026-03-01T12:00:00.000Z', version: 1 }

/** The state after a command; the same one when nothing happened. */
const cartAfter = (state: Cart, [type, data]: (typeof CART_COMMANDS)[number]): Cart => {
  const decision = cart.decide[type](data as never, state)
  if (isRejection(decision)) return state
  return decision.reduce((folded, event) => cart.evolve[event.type](folded, event.data as never, AT), state)
}
const productAfter = (state: ProductState, [type, data]: (typeof PRODUCT_COMMANDS)[number]): ProductState => {
  const decision = product.decide[type](data as never, state)
  if (isRejection(decision)) return state
  return decision.reduce((folded, event) => product.evolve[event.type](folded, event.data as never, AT), state)
}

/** Every change of status that some command makes in some state; a few rounds reach states that need several commands. */
const arrowsMade = <S extends { readonly status: string }, C>(
  initial: S,
  commands: readonly C[],
  after: (state: S, command: C) => S,
): string[] => {
  const arrows = new Set<string>()
  const states = new Map([[JSON.stringify(initial), initial]])
  for (const state of states.values()) {
    for (const command of commands) {
      const next = after(state, command)
      if (next.status !== state.status) arrows.add(`${state.status} → ${next.status}`)
      // Quantities grow without an end; what matters here is reached long before.
      if (states.size < 50) states.set(JSON.stringify(next), next)
    }
  }
  return [...arrows].sort()
}

describe('the transition table of a cart', () => {
  it('leads from NONE to every known state and to no other', () => {
    const reached = new Set<CartStatus>(['NONE'])
    for (const status of reached) for (const next of CART_TRANSITIONS[status]) reached.add(next)

    expect([...reached].sort()).toEqual([...CART_STATUSES].sort())
  })

  it('has exactly the arrows that the commands make', () => {
    const drawn = CART_STATUSES.flatMap((from) => CART_TRANSITIONS[from].map((to) => `${from} → ${to}`))
    expect(arrowsMade(cart.initial, CART_COMMANDS, cartAfter)).toEqual(drawn.sort())
  })
})

describe('the transition table of a product', () => {
  it('leads from NONE to every known state and to no other', () => {
    const reached = new Set<ProductStatus>(['NONE'])
    for (const status of reached) for (const next of PRODUCT_TRANSITIONS[status]) reached.add(next)

    expect([...reached].sort()).toEqual([...PRODUCT_STATUSES].sort())
  })

  it('has exactly the arrows that the commands make', () => {
    const drawn = PRODUCT_STATUSES.flatMap((from) => PRODUCT_TRANSITIONS[from].map((to) => `${from} → ${to}`))
    expect(arrowsMade(product.initial, PRODUCT_COMMANDS, productAfter)).toEqual(drawn.sort())
  })
})
