import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arrowsDrawn, arrowsMade, reachableFrom } from '../../../test/transition-walk.ts'
import type { Order, OrderCommands } from '../src/order.ts'
import { order } from '../src/order.ts'
import { WAITS } from '../src/order-fulfilment-saga.ts'
import { ORDER_OWNERS, ORDER_STATUSES, ORDER_TRANSITIONS, SETTLED_STATUSES } from '../src/order-status.ts'

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
const outOfStock: Command = { type: 'Cancel', data: { orderId, reason: 'OUT_OF_STOCK', detail: 'mug' } }
const undone: Command = { type: 'FinishCancellation', data: { orderId } }
const unwanted: Command = { type: 'RequestCancellation', data: { orderId, reason: 'CUSTOMER_REQUEST' } }
const unloved: Command = { type: 'RequestReturn', data: { orderId, reason: 'DOES_NOT_FIT' } }
const comingBack: Command = { type: 'BeginReturn', data: { orderId, reason: 'DELIVERY_ABSENT' } }
const back: Command = { type: 'FinishReturn', data: { orderId, reason: 'THREE_ATTEMPTS_FAILED' } }
const lost: Command = { type: 'MarkLost', data: { orderId, reason: 'LOST_BY_COURIER' } }
const overdue: Command = { type: 'MarkOverdue', data: { orderId, reason: 'DELIVERY_OVERDUE' } }
const scheduled: Command = {
  type: 'NoteParcel',
  data: { orderId, parcel: { status: 'SCHEDULED', courier: 'Courier', trackingNumber: 'T1' } },
}
const outForDelivery: Command = {
  type: 'NoteParcel',
  data: { orderId, parcel: { status: 'OUT_FOR_DELIVERY', attempts: 1 } },
}
const captured: Command = {
  type: 'NotePayment',
  data: { orderId, payment: { status: 'CAPTURED', captured: { amount: 2500, currency: 'EUR' } } },
}

const ALL = [
  created,
  paid,
  dispatched,
  delivered,
  outOfStock,
  undone,
  unwanted,
  unloved,
  comingBack,
  back,
  lost,
  overdue,
  scheduled,
  outForDelivery,
  captured,
]

const decided = (state: Order, { type, data }: Command) => order.decide[type](data as never, state)

const after = (commands: readonly Command[]): Order =>
  commands.reduce((state, command) => {
    const events = decided(state, command)
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

test('whatever is reported of a cancelled order, it stays cancelled', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...ALL.filter((command) => command !== overdue))), (commands) => {
      expect(statuses(after([created, outOfStock, undone, ...commands]))).toEqual([
        'CREATED',
        'CANCELLING',
        'CANCELLED',
      ])
    }),
  )
})

test('every history follows the arrows of the transition table', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...ALL), { maxLength: 30 }), (commands) => {
      const seen: (keyof typeof ORDER_TRANSITIONS)[] = ['NONE', ...statuses(after(commands))]
      for (const [n, to] of seen.slice(1).entries()) {
        const from = seen[n] ?? 'NONE'
        if (to !== from) expect(ORDER_TRANSITIONS[from]).toContain(to)
      }
    }),
  )
})

test.each([
  ['is only created', [created]],
  ['is paid', [created, paid]],
  ['is sent, and the courier has not set out', [created, paid, dispatched, scheduled]],
])('a customer can cancel an order that %s', (_, past) => {
  expect(statuses(after([...past, unwanted])).at(-1)).toBe('CANCELLING')
})

test.each([
  ['is with the courier on the way', [created, dispatched, outForDelivery], 'NOT_CANCELLABLE'],
  ['is delivered', [created, delivered], 'NOT_CANCELLABLE'],
  ['is lost', [created, lost], 'NOT_CANCELLABLE'],
  ['was never placed', [], 'ORDER_NOT_FOUND'],
] as const)('a customer cannot cancel an order that %s', (_, past, code) => {
  expect(decided(after(past), unwanted)).toMatchObject({ rejected: code })
})

test('to cancel twice is to cancel once', () => {
  expect(decided(after([created, unwanted]), unwanted)).toEqual([])
  expect(decided(after([created, unwanted, undone]), unwanted)).toEqual([])
})

test('a parcel that reaches the customer although the order was being cancelled is delivered, and the history says so', () => {
  const state = after([created, paid, dispatched, unwanted, delivered])
  expect(state.history.slice(-2)).toMatchObject([
    { status: 'CANCELLING', reason: 'CUSTOMER_REQUEST' },
    { status: 'DELIVERED', reason: 'CANCELLATION_TOO_LATE' },
  ])
})

test('what was delivered can be returned, once, and nothing else can', () => {
  expect(statuses(after([created, delivered, unloved, unloved, back])).slice(-2)).toEqual(['RETURNING', 'RETURNED'])
  expect(decided(after([created, paid]), unloved)).toMatchObject({ rejected: 'NOT_RETURNABLE' })
  expect(decided(after([created, delivered, unloved, back]), unloved)).toEqual([])
})

test('a return ends with the reason with which it began', () => {
  expect(after([created, delivered, unloved, back]).history.at(-1)).toMatchObject({
    status: 'RETURNED',
    reason: 'DOES_NOT_FIT',
  })
})

test('reports about an order that was never created change nothing', () => {
  const reports = ALL.filter((command) => command !== created && command !== unwanted && command !== unloved)
  expect(after(reports)).toEqual(order.initial)
})

test('a cancellation says why, from its beginning to its end, however long it takes', () => {
  const late: Command = { type: 'MarkOverdue', data: { orderId, reason: 'CANCELLATION_OVERDUE' } }
  expect(after([created, outOfStock, late, undone]).history.at(-1)).toMatchObject({ reason: 'OUT_OF_STOCK: mug' })
  expect(after([created, outOfStock, undone]).history.slice(-2)).toMatchObject([
    { status: 'CANCELLING', reason: 'OUT_OF_STOCK: mug' },
    { status: 'CANCELLED', reason: 'OUT_OF_STOCK: mug' },
  ])
})

test('facts about money and parcel never go back, however late they come', () => {
  const facts = [scheduled, outForDelivery, captured, dispatched, paid]
  fc.assert(
    fc.property(fc.shuffledSubarray([...facts, ...facts], { minLength: 10 }), (commands) => {
      const { payment, parcel } = after([created, ...commands])
      expect(payment).toMatchObject({ status: 'CAPTURED', captured: { amount: 2500, currency: 'EUR' } })
      expect(parcel).toEqual({ status: 'OUT_FOR_DELIVERY', attempts: 1, courier: 'Courier', trackingNumber: 'T1' })
    }),
  )
})

test('the transition table leads to every known state, and has exactly the arrows that the commands make', () => {
  const commands = ALL.map(({ type, data }) => [type, data] as const)
  expect(reachableFrom('NONE', ORDER_TRANSITIONS)).toEqual(['NONE', ...ORDER_STATUSES].sort())
  expect(arrowsMade(order, commands)).toEqual(arrowsDrawn(ORDER_TRANSITIONS))
})

test('every state that is not settled has a deadline, which is one of the saga', () => {
  const open = ORDER_STATUSES.filter((status) => !(SETTLED_STATUSES as readonly string[]).includes(status))
  const watched = Object.entries(ORDER_OWNERS).filter(([, by]) => 'deadline' in by)
  expect(watched.map(([status]) => status).sort()).toEqual([...open].sort())
  for (const [, by] of watched) expect(WAITS).toContain('deadline' in by ? by.deadline : '')
})
