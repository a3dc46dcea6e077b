import type { CommandOf } from '@stocker/cqrs'
import { isRejection } from '@stocker/cqrs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cart } from '../src/cart.ts'
import { defineCart, MAX_QUANTITY } from '../src/cart.ts'
import { cartView } from '../src/cart-view.ts'

const cart = defineCart(3_600_000)
const cartId = 'c-1'
const EUR = (amount: number) => ({ amount, currency: 'EUR' })
const SKUS = ['mug', 'pen', 'lamp'] as const
const NAMES = { mug: 'Mug', pen: 'Pen', lamp: 'Lamp' } as const
const shippingAddress = { name: 'Ada', line1: 'Main Street 1', city: 'Turin', postalCode: '10121', country: 'IT' }

type Sku = (typeof SKUS)[number]
type Prices = Readonly<Record<Sku, number>>

/** What happens to a cart, and to the catalogue beside it. */
type Step =
  | { readonly do: 'add' | 'change'; readonly sku: Sku; readonly quantity: number }
  | { readonly do: 'remove' | 'follow'; readonly sku: Sku }
  | { readonly do: 'create' | 'clear' | 'expire' }
  | { readonly do: 'checkout'; readonly expected: 'nothing' | 'total of now' | number }
  | { readonly do: 'price'; readonly sku: Sku; readonly amount: number }

const sku = fc.constantFrom(...SKUS)
const quantity = fc.oneof(fc.integer({ min: -1, max: 5 }), fc.integer({ min: MAX_QUANTITY - 5, max: MAX_QUANTITY + 1 }))
const amount = fc.integer({ min: 0, max: 5 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('add', 'change'), sku, quantity }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('remove', 'follow'), sku }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('price'), sku, amount }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('create', 'clear', 'expire') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('checkout'),
      expected: fc.oneof(fc.constantFrom('nothing', 'total of now'), fc.integer({ min: 0, max: 30 })),
    }),
  },
)

const productOf = (which: Sku, prices: Prices) => ({ sku: which, name: NAMES[which], price: EUR(prices[which]) })
const catalogueOf = (prices: Prices) => new Map(SKUS.map((which) => [which as string, productOf(which, prices)]))
const totalAt = ({ lines }: Cart, prices: Prices): number =>
  lines.reduce((sum, line) => sum + line.quantity * prices[line.sku as Sku], 0)

const commandOf = (taken: Step, state: Cart, prices: Prices, n: number): CommandOf<typeof cart> | null => {
  switch (taken.do) {
    case 'create':
      return { type: 'Create', data: { cartId, customerId: 'ada' } }
    case 'add':
      return { type: 'AddItem', data: { cartId, product: productOf(taken.sku, prices), quantity: taken.quantity } }
    case 'change':
      return { type: 'ChangeQuantity', data: { cartId, sku: taken.sku, quantity: taken.quantity } }
    case 'remove':
      return { type: 'RemoveItem', data: { cartId, sku: taken.sku } }
    case 'clear':
      return { type: 'Clear', data: { cartId } }
    case 'follow':
      return { type: 'FollowPrice', data: { cartId, sku: taken.sku, price: EUR(prices[taken.sku]) } }
    case 'expire':
      return { type: 'Expire', data: { cartId } }
    case 'checkout': {
      const { expected } = taken
      const expectedTotal =
        expected === 'nothing' ? undefined : EUR(expected === 'total of now' ? totalAt(state, prices) : expected)
      const order = { orderId: `o-${n}`, shippingAddress, paymentToken: 'tok_ok', products: catalogueOf(prices) }
      return { type: 'Checkout', data: { cartId, ...order, expectedTotal } }
    }
    case 'price':
      return null
  }
}

interface Taken {
  readonly step: Step
  readonly before: Cart
  readonly after: Cart
  readonly prices: Prices
  readonly events: readonly { readonly type: string; readonly data: object }[]
}

type Handle = (data: object, state: Cart) => ReturnType<(typeof cart)['decide']['Create']>
type Apply = (state: Cart, data: object, at: { occurredAt: string; version: number }) => Cart

/** Everything that happened, from a cart that was just created. */
const play = (steps: readonly Step[]): Taken[] => {
  let prices: Prices = { mug: 3, pen: 1, lamp: 2 }
  let state: Cart = cart.initial
  return [{ do: 'create' } as const, ...steps].map((taken, n) => {
    const before = state
    if (taken.do === 'price') prices = { ...prices, [taken.sku]: taken.amount }
    const command = commandOf(taken, state, prices, n)
    const decision = command === null ? [] : (cart.decide[command.type] as Handle)(command.data, state)
    const events = isRejection(decision) ? [] : decision
    for (const { type, data } of events)
      state = (cart.evolve[type] as Apply)(state, data, { occurredAt: '2026-03-01T12:00:00.000Z', version: n })
    return { step: taken, before, after: state, prices, events }
  })
}

/** Checks something about every step of every story. */
const always = (check: (taken: Taken, story: readonly Taken[]) => void): void => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const story = play(steps)
      for (const taken of story) check(taken, story)
    }),
    { numRuns: 300 },
  )
}

describe('whatever is done to a cart, in whatever order', () => {
  it('it costs the sum of its lines at the prices of now, and each line is 1 to 1,000 pieces of one product', () => {
    always(({ after, prices }) => {
      if (after.status !== 'OPEN') return
      const { lines, total } = cartView(after, catalogueOf(prices))
      expect(total?.amount ?? 0).toBe(totalAt(after, prices))
      expect(new Set(lines.map((line) => line.sku)).size).toBe(lines.length)
      for (const line of lines) {
        expect(line.quantity).toBeGreaterThanOrEqual(1)
        expect(line.quantity).toBeLessThanOrEqual(MAX_QUANTITY)
      }
    })
  })

  it('it is checked out at most once, and never after it expired', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const ends = play(steps)
          .flatMap(({ events }) => events.map(({ type }) => type))
          .filter((type) => type === 'CartCheckedOutEvent' || type === 'CartExpiredEvent')
        expect(ends.length).toBeLessThanOrEqual(1)
      }),
      { numRuns: 300 },
    )
  })

  it('nothing happens to it any more once it is closed', () => {
    always(({ before, events }) => {
      if (before.status === 'CHECKED_OUT' || before.status === 'EXPIRED') expect(events).toEqual([])
    })
  })

  it('its order is at the prices of that moment, and costs what its customer named, or else what they last saw', () => {
    always(({ step: taken, before, after, prices }) => {
      if (taken.do !== 'checkout' || before.status !== 'OPEN' || after.checkout === null) return
      const { total, lines } = after.checkout
      expect(total.amount).toBe(lines.reduce((sum, line) => sum + line.quantity * line.unitPrice.amount, 0))
      expect(total.amount).toBe(totalAt(before, prices))
      if (typeof taken.expected === 'number') expect(total.amount).toBe(taken.expected)
      if (taken.expected === 'nothing')
        expect(lines.map((line) => line.unitPrice)).toEqual(before.lines.map(({ seenPrice }) => seenPrice))
    })
  })

  it('it can be ordered at the total of now, unless there is nothing in it', () => {
    always(({ step: taken, before, after }) => {
      if (taken.do !== 'checkout' || taken.expected !== 'total of now' || before.status !== 'OPEN') return
      expect(after.status).toBe(before.lines.length === 0 ? 'OPEN' : 'CHECKED_OUT')
    })
  })
})
