import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Ending, Plot } from './whole-story.ts'
import { play, TOTAL } from './whole-story.ts'

const ORDERED = 2
const STREETS = ['1 Main St', '1 absent', '1 absent once', '1 refused', '1 lost'] as const

const plots: fc.Arbitrary<Plot> = fc.record({
  // Mostly such that the story goes on for long: what ends at once has few ways to end.
  token: fc.constantFrom('tok_ok', 'tok_ok', 'tok_refund_fails', 'tok_declined'),
  street: fc.constantFrom(...STREETS),
  onHand: fc.constantFrom(5, 5, 2, 1),
  cancels: fc.boolean(),
  returns: fc.boolean(),
  impatience: fc.constantFrom(0, 0, 0, 1, 2),
  choices: fc.array(fc.nat(1_000), { maxLength: 150, size: 'max' }),
})

const QUIET: Plot = {
  token: 'tok_ok',
  street: '1 Main St',
  onHand: 5,
  cancels: false,
  returns: false,
  impatience: 0,
  choices: [],
}

/** What each end means for the money and for the goods. */
const BOOKS: Readonly<Record<string, { readonly charged: number; readonly gone: number }>> = {
  DELIVERED: { charged: TOTAL.amount, gone: ORDERED },
  CANCELLED: { charged: 0, gone: 0 },
  RETURNED: { charged: 0, gone: 0 },
  LOST: { charged: 0, gone: ORDERED },
}

const booksOf = (ending: Ending, onHand: number) => ({
  ended: ending.status in BOOKS,
  sagaIsOver: ending.sagaIsOver,
  charged: ending.charged,
  held: ending.held,
  stock: ending.stock,
  left: onHand - ending.stock.onHand,
})

const verify = (plot: Plot, ending: Ending): void => {
  const { charged = Number.NaN, gone = Number.NaN } = BOOKS[ending.status] ?? {}
  expect(booksOf(ending, plot.onHand), ending.history.join('\n')).toEqual({
    ended: true,
    sagaIsOver: true,
    charged,
    held: 0,
    stock: { onHand: plot.onHand - gone, reserved: 0 },
    left: gone,
  })
}

test('whatever the services hear in whatever order, an order comes to exactly one end, and money and goods are where that end says', async () => {
  await fc.assert(
    fc.asyncProperty(plots, async (plot) => verify(plot, await play(plot))),
    { numRuns: 1_500 },
  )
})

describe('told in the usual order', () => {
  test.each<[string, Partial<Plot>, string]>([
    ['that goes well is delivered', {}, 'DELIVERED'],
    ['whose card is declined is cancelled', { token: 'tok_declined' }, 'CANCELLED'],
    ['of which there is too little is cancelled', { onHand: 1 }, 'CANCELLED'],
    ['that nobody takes comes back', { street: '1 absent' }, 'RETURNED'],
    ['that is taken at the second attempt is delivered', { street: '1 absent once' }, 'DELIVERED'],
    ['that is lost is lost', { street: '1 lost' }, 'LOST'],
    ['that does not please is returned', { returns: true }, 'RETURNED'],
  ])('an order %s', async (_, plot, status) => {
    expect((await play({ ...QUIET, ...plot })).status).toBe(status)
  })
})
