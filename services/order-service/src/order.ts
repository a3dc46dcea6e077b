import type { EventData } from '@stocker/contracts'
import { defineAggregate, reject, split } from '@stocker/cqrs'
import type { ParcelFact, PaymentFact } from './order-facts.ts'
import { withParcel, withPayment } from './order-facts.ts'
import type { OrderStatus } from './order-status.ts'
import { ORDER_WAY } from './order-status.ts'

export interface HistoryEntry {
  readonly status: OrderStatus
  /** ISO 8601, UTC. */
  readonly at: string
  readonly reason?: string
}

export type OrderDetails = EventData<'OrderCreatedEvent'>

/** A code, and more for a reader. */
interface Reason {
  readonly reason: string
  readonly detail?: string
}

export interface Order {
  /** NONE: not created (yet). */
  readonly status: OrderStatus | 'NONE'
  readonly details: OrderDetails | null
  readonly payment: PaymentFact
  readonly parcel: ParcelFact | null
  /** What ended the good way: the latest cancellation, return or loss. */
  readonly why: Reason | null
  readonly history: readonly HistoryEntry[]
}

export interface PlacedOrder extends Order {
  readonly status: OrderStatus
  readonly details: OrderDetails
}

export const isPlaced = (order: Order): order is PlacedOrder => order.status !== 'NONE' && order.details !== null

type Id = { readonly orderId: string }
type Why = Id & Reason

/** Those whose names do not end in `Event` are private: another service has published the fact, the order only follows it. */
export type OrderEvents = {
  OrderCreatedEvent: OrderDetails
  OrderConfirmedEvent: EventData<'OrderConfirmedEvent'>
  OrderMarkedDispatched: Id
  OrderCompletedEvent: EventData<'OrderCompletedEvent'> & { readonly reason?: string }
  /** The beginning of the end: CANCELLING. */
  OrderCancelledEvent: Why
  OrderCancellationFinished: Id
  OrderReturnRequestedEvent: Why
  /** The courier brings it back unasked. */
  OrderReturnBegun: Why
  OrderReturnedEvent: EventData<'OrderReturnedEvent'>
  OrderLost: Why
  /** What was awaited has not come in time. */
  OrderOverdue: Why
  PaymentNoted: Id & { readonly payment: PaymentFact }
  ParcelNoted: Id & { readonly parcel: ParcelFact }
}

/**
 * Commands of customers are answered with a rejection when they come too late. Those of the saga and of the consumer report what has
 * happened elsewhere: what is late or repeated changes nothing.
 */
export type OrderCommands = {
  Create: OrderDetails
  /** By the customer. */
  RequestCancellation: Why
  /** By the customer. */
  RequestReturn: Why
  Confirm: Id
  MarkDispatched: Id
  Complete: Id & { readonly deliveredAt: string }
  Cancel: Why
  FinishCancellation: Id
  BeginReturn: Why
  FinishReturn: Id & { readonly reason: string }
  MarkLost: Why
  MarkOverdue: Why
  NotePayment: Id & { readonly payment: PaymentFact }
  NoteParcel: Id & { readonly parcel: ParcelFact }
}

const NOT_PLACED = (orderId: string) => reject('ORDER_NOT_FOUND', `there is no order ${orderId}`, { orderId })

/**
 * The steps are reported over different topics, which nothing orders: a report of a later step implies the earlier ones, and a report of a
 * step that lies behind changes nothing.
 */
const stepsTo = (target: 'CONFIRMED' | 'DISPATCHED' | 'DELIVERED', orderId: string, state: Order, deliveredAt = '') => {
  const from = ORDER_WAY.indexOf(state.status as (typeof ORDER_WAY)[number])
  if (from < 0) return []
  const eventOf = {
    CREATED: null,
    CONFIRMED: { type: 'OrderConfirmedEvent', data: { orderId } },
    DISPATCHED: { type: 'OrderMarkedDispatched', data: { orderId } },
    DELIVERED: { type: 'OrderCompletedEvent', data: { orderId, deliveredAt } },
  } as const
  return ORDER_WAY.slice(from + 1, ORDER_WAY.indexOf(target) + 1).flatMap((status) => eventOf[status] ?? [])
}

const IS_OUT: ReadonlySet<string> = new Set(['OUT_FOR_DELIVERY', 'ATTEMPT_FAILED', 'DELIVERED'])

/** In the warehouse or with a courier who has not set out with it: it can be held back. */
const canBeCancelled = ({ status, parcel }: Order): boolean =>
  status === 'CREATED' || status === 'CONFIRMED' || (status === 'DISPATCHED' && !IS_OUT.has(parcel?.status ?? ''))

const moved = (state: Order, status: OrderStatus, at: string, reason?: string): Order => ({
  ...state,
  status,
  history: [...state.history, reason === undefined ? { status, at } : { status, at, reason }],
})

/** Off the good way. */
const strayed = (state: Order, status: OrderStatus, at: string, why: Reason): Order => ({
  ...moved(state, status, at, because(why)),
  why,
})

const because = ({ reason, detail }: Reason): string => (detail === undefined ? reason : `${reason}: ${detail}`)

export const order = defineAggregate<Order, OrderCommands, OrderEvents>({
  name: 'order',
  revisions: { OrderCancelledEvent: 2 },
  upcasters: [
    // A cancelled order used to be at its end at once.
    split<Why>('OrderCancelledEvent', 1, ({ orderId, ...why }) => [
      { type: 'OrderCancelledEvent', revision: 2, data: { orderId, ...why } },
      { type: 'OrderCancellationFinished', data: { orderId } },
    ]),
  ],
  initial: { status: 'NONE', details: null, payment: { status: 'PENDING' }, parcel: null, why: null, history: [] },
  decide: {
    Create: (details, state) => (state.status === 'NONE' ? [{ type: 'OrderCreatedEvent', data: details }] : []),

    RequestCancellation: (request, state) => {
      const { orderId } = request
      if (state.status === 'NONE') return NOT_PLACED(orderId)
      if (state.status === 'CANCELLING' || state.status === 'CANCELLED') return []
      if (canBeCancelled(state)) return [{ type: 'OrderCancelledEvent', data: request }]
      return reject(
        'NOT_CANCELLABLE',
        state.status === 'DISPATCHED'
          ? `order ${orderId} is on its way to the customer: refuse it at the door, or return it after its delivery`
          : `order ${orderId} is ${state.status} and can no longer be cancelled`,
        { orderId, orderStatus: state.status },
      )
    },

    RequestReturn: (request, state) => {
      const { orderId } = request
      if (state.status === 'NONE') return NOT_PLACED(orderId)
      if (state.status === 'RETURNING' || state.status === 'RETURNED') return []
      if (state.status === 'DELIVERED') return [{ type: 'OrderReturnRequestedEvent', data: request }]
      return reject('NOT_RETURNABLE', `order ${orderId} is ${state.status}: what was delivered can be returned`, {
        orderId,
        orderStatus: state.status,
      })
    },

    Confirm: ({ orderId }, state) => {
      if (state.status !== 'CANCELLING') return stepsTo('CONFIRMED', orderId, state)
      const payment = { status: 'AUTHORIZED' } as const
      return state.payment.status === 'PENDING' ? [{ type: 'PaymentNoted', data: { orderId, payment } }] : []
    },
    MarkDispatched: ({ orderId }, state) => {
      if (state.status !== 'CANCELLING') return stepsTo('DISPATCHED', orderId, state)
      const parcel = { status: 'DISPATCHED' } as const
      return state.parcel === null ? [{ type: 'ParcelNoted', data: { orderId, parcel } }] : []
    },
    Complete: ({ orderId, deliveredAt }, state) =>
      state.status === 'CANCELLING'
        ? [{ type: 'OrderCompletedEvent', data: { orderId, deliveredAt, reason: 'CANCELLATION_TOO_LATE' } }]
        : stepsTo('DELIVERED', orderId, state, deliveredAt),

    Cancel: (cancellation, state) =>
      canBeCancelled(state) ? [{ type: 'OrderCancelledEvent', data: cancellation }] : [],
    FinishCancellation: ({ orderId }, { status }) =>
      status === 'CANCELLING' ? [{ type: 'OrderCancellationFinished', data: { orderId } }] : [],

    BeginReturn: (why, state) =>
      state.status === 'DISPATCHED' || state.status === 'CREATED' || state.status === 'CONFIRMED'
        ? [...stepsTo('DISPATCHED', why.orderId, state), { type: 'OrderReturnBegun', data: why }]
        : [],
    FinishReturn: ({ orderId, reason }, state) =>
      state.status === 'RETURNING'
        ? [{ type: 'OrderReturnedEvent', data: { orderId, reason: state.why?.reason ?? reason } }]
        : [],

    MarkLost: (why, state) => {
      if (state.status === 'CANCELLING' || state.status === 'RETURNING') return [{ type: 'OrderLost', data: why }]
      if (state.status === 'CREATED' || state.status === 'CONFIRMED' || state.status === 'DISPATCHED')
        return [...stepsTo('DISPATCHED', why.orderId, state), { type: 'OrderLost', data: why }]
      return []
    },
    MarkOverdue: (why, { status }) => (status === 'NONE' ? [] : [{ type: 'OrderOverdue', data: why }]),

    NotePayment: ({ orderId, payment }, state) =>
      state.status === 'NONE' || withPayment(state.payment, payment) === state.payment
        ? []
        : [{ type: 'PaymentNoted', data: { orderId, payment } }],
    NoteParcel: ({ orderId, parcel }, state) =>
      state.status === 'NONE' || withParcel(state.parcel, parcel) === state.parcel
        ? []
        : [{ type: 'ParcelNoted', data: { orderId, parcel } }],
  },
  evolve: {
    OrderCreatedEvent: (state, details, { occurredAt }) => moved({ ...state, details }, 'CREATED', occurredAt),
    OrderConfirmedEvent: (state, _, { occurredAt }) =>
      moved({ ...state, payment: withPayment(state.payment, { status: 'AUTHORIZED' }) }, 'CONFIRMED', occurredAt),
    OrderMarkedDispatched: (state, _, { occurredAt }) =>
      moved({ ...state, parcel: withParcel(state.parcel, { status: 'DISPATCHED' }) }, 'DISPATCHED', occurredAt),
    OrderCompletedEvent: (state, { reason }, { occurredAt }) =>
      moved({ ...state, parcel: withParcel(state.parcel, { status: 'DELIVERED' }) }, 'DELIVERED', occurredAt, reason),
    OrderCancelledEvent: (state, why, { occurredAt }) => strayed(state, 'CANCELLING', occurredAt, why),
    OrderCancellationFinished: (state, _, { occurredAt }) =>
      moved(state, 'CANCELLED', occurredAt, state.why === null ? undefined : because(state.why)),
    OrderReturnRequestedEvent: (state, why, { occurredAt }) => strayed(state, 'RETURNING', occurredAt, why),
    OrderReturnBegun: (state, why, { occurredAt }) => strayed(state, 'RETURNING', occurredAt, why),
    OrderReturnedEvent: (state, { reason }, { occurredAt }) => moved(state, 'RETURNED', occurredAt, reason),
    OrderLost: (state, why, { occurredAt }) => strayed(state, 'LOST', occurredAt, why),
    OrderOverdue: (state, why, { occurredAt }) =>
      state.status === 'NONE' ? state : moved(state, state.status, occurredAt, because(why)),
    PaymentNoted: (state, { payment }) => ({ ...state, payment: withPayment(state.payment, payment) }),
    ParcelNoted: (state, { parcel }) => ({ ...state, parcel: withParcel(state.parcel, parcel) }),
  },
})
