import { isRejection } from '@stocker/cqrs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arrowsDrawn, arrowsMade, reachableFrom } from '../../../test/transition-walk.ts'
import type { Dispatch, DispatchCommands } from '../src/dispatch.ts'
import { dispatch } from '../src/dispatch.ts'
import { DISPATCH_STATUSES, DISPATCH_TRANSITIONS } from '../src/dispatch-status.ts'

type Command = {
  [K in keyof DispatchCommands]: { readonly type: K; readonly data: DispatchCommands[K] }
}[keyof DispatchCommands]

const orderId = 'order-1'
const at = '2026-03-01T12:00:00.000Z'
const shippingAddress = { name: 'Ada', line1: '1 Main St', city: 'London', postalCode: 'N1', country: 'GB' }
const lines = [{ sku: 'mug', quantity: 2 }]
const shortages = [{ sku: 'mug', requested: 2, available: 1 }]
const created: Command = { type: 'Reserve', data: { orderId, lines, shippingAddress, shortages: [] } }
const createdTooLate: Command = { type: 'Reserve', data: { orderId, lines, shippingAddress, shortages } }
const paid: Command = { type: 'Ship', data: { orderId } }
const cancelled: Command = { type: 'Release', data: { orderId, reason: 'CUSTOMER' } }
const returned: Command = { type: 'Return', data: { orderId, reason: 'REFUSED' } }

const run = (commands: readonly Command[]): { state: Dispatch; events: string[] } => {
  const events: string[] = []
  const state = commands.reduce((before, { type, data }) => {
    const decided = dispatch.decide[type](data as never, before)
    if (isRejection(decided)) return before
    events.push(...decided.map((event) => event.type))
    return decided.reduce(
      (folded, event) => dispatch.evolve[event.type](folded, event.data as never, { occurredAt: at, version: 1 }),
      before,
    )
  }, dispatch.initial)
  return { state, events }
}

/** All of `needed`, and up to six of `possible`, in any order. */
const anyOrder = (needed: readonly Command[], possible: readonly Command[]) =>
  fc
    .array(fc.constantFrom(...possible), { maxLength: 6 })
    .chain((more) => fc.shuffledSubarray([...more, ...needed], { minLength: more.length + needed.length }))

describe('whatever is seen first, and however often', () => {
  test('a paid order ships once', () => {
    fc.assert(
      fc.property(anyOrder([created, paid], [created, paid]), (commands) => {
        const { state, events } = run(commands)
        expect(state).toMatchObject({ status: 'DISPATCHED', lines, shippingAddress })
        expect(events.filter((type) => type === 'StockReservedEvent')).toHaveLength(1)
        expect(events.filter((type) => type === 'OrderDispatchedEvent')).toHaveLength(1)
        expect(events.indexOf('StockReservedEvent')).toBeLessThan(events.indexOf('OrderDispatchedEvent'))
      }),
    )
  })

  test('a cancelled order ships, or its stock is free; exactly one of both is said, once', () => {
    fc.assert(
      fc.property(anyOrder([created, cancelled], [created, paid, cancelled]), (commands) => {
        const { state, events } = run(commands)
        const said = events.filter((type) => type === 'OrderDispatchedEvent' || type === 'StockReleasedEvent')
        expect(said).toEqual([state.status === 'DISPATCHED' ? 'OrderDispatchedEvent' : 'StockReleasedEvent'])
      }),
    )
  })

  test('what comes back is taken in once, and only if it was shipped', () => {
    const all = [created, createdTooLate, paid, cancelled, returned]
    fc.assert(
      fc.property(anyOrder([], all), (commands) => {
        const { events } = run(commands)
        const back = events.filter((type) => type === 'StockReturnedEvent')
        expect(back.length).toBeLessThanOrEqual(1)
        if (back.length > 0) expect(events.at(-2)).toBe('OrderDispatchedEvent')
      }),
    )
  })
})

test('an order without stock is rejected and never ships, paid or not', () => {
  expect(run([createdTooLate, paid, created, cancelled]).events).toEqual(['StockRejectedEvent'])
  expect(run([paid, createdTooLate, paid]).events).toEqual(['PaymentNoted', 'StockRejectedEvent'])
})

test('a cancelled order gives its stock back once and does not ship', () => {
  expect(run([created, cancelled, cancelled, paid]).events).toEqual(['StockReservedEvent', 'StockReleasedEvent'])
})

test('an order that is cancelled before it was seen is never reserved', () => {
  expect(run([cancelled, created, paid]).events).toEqual(['StockReleasedEvent'])
  expect(run([paid, cancelled, created]).events).toEqual(['PaymentNoted', 'StockReleasedEvent'])
})

test('what has left is not given back by a late cancellation, but by its return', () => {
  expect(run([created, paid, cancelled]).state.status).toBe('DISPATCHED')
  expect(run([created, paid, cancelled, returned, returned]).events).toEqual([
    'StockReservedEvent',
    'OrderDispatchedEvent',
    'StockReturnedEvent',
  ])
})

test('the history says why', () => {
  expect(run([created, cancelled]).state.history).toEqual([
    { status: 'RESERVED', at },
    { status: 'RELEASED', at, reason: 'CUSTOMER' },
  ])
  expect(run([createdTooLate]).state).toMatchObject({
    history: [{ status: 'REJECTED', at, reason: 'OUT_OF_STOCK' }],
    shortages,
  })
})

describe('the transition table', () => {
  test('leads to every known state, and has exactly the arrows that the commands make', () => {
    const commands = [created, createdTooLate, paid, cancelled, returned].map(({ type, data }) => [type, data] as const)
    expect(reachableFrom('NONE', DISPATCH_TRANSITIONS)).toEqual([...DISPATCH_STATUSES].sort())
    expect(arrowsMade(dispatch, commands)).toEqual(arrowsDrawn(DISPATCH_TRANSITIONS))
  })
})
