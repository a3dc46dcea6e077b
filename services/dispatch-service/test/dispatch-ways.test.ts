import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arrowsDrawn, arrowsMade, reachableFrom } from '../../../test/transition-walk.ts'
import type { Dispatch, DispatchCommands } from '../src/dispatch.ts'
import { DISPATCH_STATUSES, DISPATCH_TRANSITIONS, dispatch } from '../src/dispatch.ts'

type Command = {
  [K in keyof DispatchCommands]: { readonly type: K; readonly data: DispatchCommands[K] }
}[keyof DispatchCommands]

const orderId = 'order-1'
const shippingAddress = { name: 'Ada', line1: '1 Main St', city: 'London', postalCode: 'N1', country: 'GB' }
const lines = [{ sku: 'mug', quantity: 2 }]
const created: Command = { type: 'Reserve', data: { orderId, lines, shippingAddress, shortages: [] } }
const createdTooLate: Command = {
  type: 'Reserve',
  data: { orderId, lines, shippingAddress, shortages: [{ sku: 'mug', requested: 2, available: 1 }] },
}
const paid: Command = { type: 'Ship', data: { orderId } }
const cancelled: Command = { type: 'Release', data: { orderId, reason: 'CUSTOMER' } }

const run = (commands: readonly Command[]): { state: Dispatch; events: string[] } => {
  const events: string[] = []
  const state = commands.reduce((before, { type, data }) => {
    const decided = dispatch.decide[type](data as never, before)
    if ('rejected' in decided) return before
    events.push(...decided.map((event) => event.type))
    return decided.reduce(
      (folded, event) =>
        dispatch.evolve[event.type](folded, event.data as never, {
          occurredAt: '2026-03-01T12:00:00.000Z',
          version: 1,
        }),
      before,
    )
  }, dispatch.initial)
  return { state, events }
}

test('a paid order ships once, whichever of order and payment is seen first and however often', () => {
  const reports = fc
    .array(fc.constantFrom(created, paid), { maxLength: 6 })
    .chain((more) => fc.shuffledSubarray([...more, created, paid], { minLength: more.length + 2 }))
  fc.assert(
    fc.property(reports, (commands) => {
      const { state, events } = run(commands)
      expect(state).toMatchObject({ status: 'DISPATCHED', lines, shippingAddress })
      expect(events.filter((type) => type === 'StockReservedEvent')).toHaveLength(1)
      expect(events.filter((type) => type === 'OrderDispatchedEvent')).toHaveLength(1)
      expect(events.indexOf('StockReservedEvent')).toBeLessThan(events.indexOf('OrderDispatchedEvent'))
    }),
  )
})

test('an order without stock is rejected and never ships, paid or not', () => {
  expect(run([createdTooLate, paid, created]).events).toEqual(['StockRejectedEvent'])
  expect(run([paid, createdTooLate, paid]).events).toEqual(['PaymentNoted', 'StockRejectedEvent'])
})

test('a cancelled order gives its stock back once and does not ship', () => {
  expect(run([created, cancelled, cancelled, paid]).events).toEqual(['StockReservedEvent', 'StockReleasedEvent'])
})

test('what has left is not given back by a late cancellation', () => {
  expect(run([created, paid, cancelled]).state.status).toBe('DISPATCHED')
})

test('the transition table leads to every known state, and has exactly the arrows that the commands make', () => {
  const commands = [created, createdTooLate, paid, cancelled].map(({ type, data }) => [type, data] as const)
  expect(reachableFrom('NONE', DISPATCH_TRANSITIONS)).toEqual([...DISPATCH_STATUSES].sort())
  expect(arrowsMade(dispatch, commands)).toEqual(arrowsDrawn(DISPATCH_TRANSITIONS))
})
