import { isRejection } from '@stocker/cqrs'
import { fixture } from '@stocker/cqrs/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Stock, StockCommands } from '../src/stock.ts'
import { availableOf, levelOf, stock } from '../src/stock.ts'

const sku = 'mug'
const orderId = 'o-1'
const line = (quantity: number) => ({ sku, orderId, quantity })
const opened = (quantity: number, threshold = 3) =>
  [
    { type: 'StockThresholdSet', data: { sku, threshold } },
    { type: 'StockAdjusted', data: { sku, quantity, reason: 'opening stock' } },
  ] as const
const allocated = (quantity: number) => ({ type: 'StockAllocated', data: line(quantity) }) as const
const allocate = (quantity: number) => ({ type: 'Allocate', data: line(quantity) }) as const

describe('the stock of a SKU', () => {
  it('is opened once, with the threshold of then', () => {
    const open = { type: 'Open', data: { sku, quantity: 10, threshold: 3 } } as const
    fixture(stock)
      .given()
      .when(open)
      .expectEvents([...opened(10)])
      .andThen()
      .when(open)
      .expectNothing()
  })

  it('that was opened before there were thresholds gets one, and keeps its pieces', () => {
    fixture(stock)
      .given({ type: 'StockAdjusted', data: { sku, quantity: 10, reason: 'opening stock' } })
      .when({ type: 'Open', data: { sku, quantity: 99, threshold: 3 } })
      .expectEvents([{ type: 'StockThresholdSet', data: { sku, threshold: 3 } }])
  })

  it('knows where every piece is: on hand is what was stocked, less what was sold, and what came back', () => {
    fixture(stock)
      .given(...opened(10), allocated(4), { type: 'StockSold', data: line(4) })
      .when({ type: 'Return', data: { ...line(1), reason: 'REFUSED' } })
      .expectEvents([{ type: 'StockReturned', data: { ...line(1), reason: 'REFUSED' } }])
      .expectState({ opened: true, onHand: 7, reserved: 0, stocked: 10, sold: 4, returned: 1, threshold: 3 })
  })

  it('promises no piece that is not there', () => {
    fixture(stock)
      .given(...opened(5), allocated(4))
      .when(allocate(2))
      .expectRejection('OUT_OF_STOCK', { sku, requested: 2, available: 1 })
  })
})

describe('a stock that is running out', () => {
  it('says so when it comes down to its threshold, and not again below it', () => {
    fixture(stock)
      .given(...opened(5))
      .when(allocate(2))
      .expectEvents([allocated(2), { type: 'StockRanLow', data: { sku, available: 3, threshold: 3 } }])
      .andThen()
      .when(allocate(1))
      .expectEvents([allocated(1)])
  })

  it('says so when nothing is left, even if it never was low', () => {
    fixture(stock)
      .given(...opened(5))
      .when(allocate(5))
      .expectEvents([allocated(5), { type: 'StockRanOut', data: { sku } }])
  })

  it('is replenished by what comes in, comes back or is not shipped', () => {
    const freed = { type: 'StockFreed', data: { ...line(1), reason: 'CUSTOMER' } } as const
    fixture(stock)
      .given(...opened(5), allocated(5))
      .when({ type: 'Free', data: { ...line(1), reason: 'CUSTOMER' } })
      .expectEvents([freed, { type: 'StockReplenished', data: { sku, available: 1, level: 'LOW' } }])
      .andThen()
      .when({ type: 'Adjust', data: { sku, quantity: 9, reason: 'delivery', threshold: 99 } })
      .expectEvents([
        { type: 'StockAdjusted', data: { sku, quantity: 9, reason: 'delivery' } },
        { type: 'StockReplenished', data: { sku, available: 10, level: 'OK' } },
      ])
  })

  it('says nothing when its pieces are sold: they were not available any more', () => {
    fixture(stock)
      .given(...opened(5), allocated(5))
      .when({ type: 'Sell', data: line(5) })
      .expectEvents([{ type: 'StockSold', data: line(5) }])
  })

  it('is low at once when its threshold is raised above it', () => {
    fixture(stock)
      .given(...opened(5))
      .when({ type: 'SetThreshold', data: { sku, threshold: 8 } })
      .expectEvents([
        { type: 'StockThresholdSet', data: { sku, threshold: 8 } },
        { type: 'StockRanLow', data: { sku, available: 5, threshold: 8 } },
      ])
      .andThen()
      .when({ type: 'SetThreshold', data: { sku, threshold: 8 } })
      .expectNothing()
  })

  it('has a threshold only if it is a stock', () => {
    fixture(stock)
      .given()
      .when({ type: 'SetThreshold', data: { sku, threshold: 8 } })
      .expectRejection('STOCK_NOT_FOUND', { sku })
  })
})

it('whatever is done to it, no piece appears or disappears, and each crossing is announced once', () => {
  const pieces = fc.integer({ min: 1, max: 6 })
  // What an order has reserved is sold or freed by that order; so a free or a sale never exceeds what is reserved.
  const step = fc.oneof(
    fc.record({ type: fc.constant('Adjust' as const), quantity: fc.integer({ min: -6, max: 6 }) }),
    fc.record({ type: fc.constantFrom('Allocate' as const, 'Sell' as const, 'Free' as const), quantity: pieces }),
    fc.record({ type: fc.constant('Return' as const), quantity: pieces }),
    fc.record({ type: fc.constant('SetThreshold' as const), quantity: pieces }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let state: Stock = stock.initial
      let level = 'OK'
      for (const { type, quantity } of steps) {
        if ((type === 'Sell' || type === 'Free') && quantity > state.reserved) continue
        if (type === 'Return' && quantity > state.sold - state.returned) continue
        const data = { ...line(quantity), threshold: quantity, reason: 'R' }
        const decided = stock.decide[type](data as StockCommands[typeof type] & typeof data, state)
        if (isRejection(decided)) continue
        for (const event of decided) {
          state = stock.evolve[event.type](state, event.data as never, { occurredAt: '', version: 1 })
          if (event.type === 'StockRanLow') level = expectCrossing(level, 'LOW')
          if (event.type === 'StockRanOut') level = expectCrossing(level, 'OUT')
          if (event.type === 'StockReplenished') level = expectCrossing(level, event.data.level)
        }
        expect(state.onHand).toBe(state.stocked - state.sold + state.returned)
        expect(availableOf(state)).toBeGreaterThanOrEqual(0)
        expect(state.reserved).toBeGreaterThanOrEqual(0)
        if (state.opened) expect(level).toBe(levelOf(state))
      }
    }),
  )
})

const expectCrossing = (from: string, to: string): string => {
  expect(to).not.toBe(from)
  return to
}
