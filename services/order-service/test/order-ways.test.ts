import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arrowsDrawn, arrowsMade, reachableFrom } from '../../../test/transition-walk.ts'
import type { Order, OrderCommands } from '../src/order.ts'
import { ORDER_STATUSES, ORDER_TRANSITIONS, order } from '../src/order.ts'

type Command = {
  [K in keyof OrderCommands]: { readonly type: K; readonly data: OrderCommands[K] }
}[keyof OrderCommands]

const orderId = 'order-1'
const created: Command = {
  type: 'Create',
  data: {
    orderId,
    customerId: 'ada',
    lines: [{ sku: 'mug', name: 'Mug', quantity: 2, unitPrice: { amount: 1250, currency: 'EUR' } }],
    total: { amount: 2500, currency: 'EUR' },
    shippingAddress: { name: 'Ada', line1: '1 Main St', city: 'London', postalCode: 'N1', country: 'GB' },
    paymentToken: 'tok_ok',
  },
}
const paid: Command = { type: 'Confirm', data: { orderId } }
const dispatched: Command = { type: 'MarkDispatched', data: { orderId } }
const delivered: Command = { type: 'Complete', data: { orderId, deliveredAt: '2026-03-01T12:00:00.000Z' } }
const cancelled: Command = { type: 'Cancel', data: { orderId, reason: 'OUT_OF_STOCK' } }

const after = (commands: readonly Command[]): Order =>
  commands.reduce((state, { type, data }) => {
    const events = order.decide[type](data as never, state)
    if ('rejected' in events) return state
    return events.reduce(
      (folded, event) =>
        order.evolve[event.type](folded, event.data as never, { occurredAt: '2026-03-01T12:00:00.000Z', version: 1 }),
      state,
    )
  }, order.initial)

const statuses = (state: Order) => state.history.map(({ status }) => status)

test('an order that goes well has the same history in whatever order, and however often, its steps are reported', () => {
  // given the reports of payment, dispatch and delivery in any order, each once at least
  const reports = fc
    .tuple(
      fc.array(fc.constantFrom(paid, dispatched, delivered), { maxLength: 6 }),
      fc.constant([paid, dispatched, delivered]),
    )
    .chain(([more, all]) => fc.shuffledSubarray([...more, ...all], { minLength: more.length + all.length }))
  fc.assert(
    fc.property(reports, (commands) => {
      // when they arrive after the order was created
      const state = after([created, ...commands])
      // then
      expect(statuses(state)).toEqual(['CREATED', 'CONFIRMED', 'DISPATCHED', 'DELIVERED'])
    }),
  )
})

test('a cancelled order stays cancelled, whatever is reported later', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(created, paid, dispatched, delivered, cancelled)), (commands) => {
      expect(statuses(after([created, cancelled, ...commands]))).toEqual(['CREATED', 'CANCELLED'])
    }),
  )
})

test('an order that has left the warehouse cannot be cancelled', () => {
  expect(statuses(after([created, dispatched, cancelled]))).toEqual(['CREATED', 'CONFIRMED', 'DISPATCHED'])
})

test('reports about an order that was never created change nothing', () => {
  expect(after([paid, dispatched, delivered, cancelled])).toEqual(order.initial)
})

test('a cancellation says why', () => {
  const state = after([created, { type: 'Cancel', data: { orderId, reason: 'OUT_OF_STOCK', detail: 'mug' } }])
  expect(state.history.at(-1)).toMatchObject({ status: 'CANCELLED', reason: 'OUT_OF_STOCK: mug' })
})

test('the transition table leads to every known state, and has exactly the arrows that the commands make', () => {
  const commands = [created, paid, dispatched, delivered, cancelled].map(({ type, data }) => [type, data] as const)
  expect(reachableFrom('NONE', ORDER_TRANSITIONS)).toEqual(['NONE', ...ORDER_STATUSES].sort())
  expect(arrowsMade(order, commands)).toEqual(arrowsDrawn(ORDER_TRANSITIONS))
})
