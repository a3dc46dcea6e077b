import type { EventData } from '@stocker/contracts'
import { defineAggregate } from '@stocker/cqrs'

export const ORDER_STATUSES = ['CREATED', 'CONFIRMED', 'DISPATCHED', 'DELIVERED', 'CANCELLED'] as const
export type OrderStatus = (typeof ORDER_STATUSES)[number]

export const ORDER_TRANSITIONS = {
  NONE: ['CREATED'],
  CREATED: ['CONFIRMED', 'CANCELLED'],
  CONFIRMED: ['DISPATCHED', 'CANCELLED'],
  DISPATCHED: ['DELIVERED'],
  DELIVERED: [],
  CANCELLED: [],
} as const satisfies Record<OrderStatus | 'NONE', readonly OrderStatus[]>

export interface HistoryEntry {
  readonly status: OrderStatus
  /** ISO 8601, UTC. */
  readonly at: string
  readonly reason?: string
}

export type OrderDetails = EventData<'OrderCreatedEvent'>

export interface Order {
  /** NONE: not created (yet). */
  readonly status: OrderStatus | 'NONE'
  readonly details: OrderDetails | null
  readonly history: readonly HistoryEntry[]
}

export interface PlacedOrder extends Order {
  readonly status: OrderStatus
  readonly details: OrderDetails
}

export const isPlaced = (order: Order): order is PlacedOrder => order.status !== 'NONE' && order.details !== null

export type OrderEvents = {
  OrderCreatedEvent: OrderDetails
  OrderConfirmedEvent: EventData<'OrderConfirmedEvent'>
  /** Private: dispatch has published the fact already, the order only follows it. */
  OrderMarkedDispatched: { readonly orderId: string }
  OrderCompletedEvent: EventData<'OrderCompletedEvent'>
  OrderCancelledEvent: EventData<'OrderCancelledEvent'>
}

export type OrderCommands = {
  Create: OrderDetails
  /** The payment was authorised. */
  Confirm: { readonly orderId: string }
  MarkDispatched: { readonly orderId: string }
  Complete: { readonly orderId: string; readonly deliveredAt: string }
  Cancel: { readonly orderId: string; readonly reason: string; readonly detail?: string }
}

/**
 * The way of an order that goes well, step by step. The steps are reported over different topics, which nothing orders: a
 * report of a later step implies the earlier ones, and a report of a step that lies behind changes nothing.
 */
const WAY = ['CREATED', 'CONFIRMED', 'DISPATCHED', 'DELIVERED'] as const

const stepsTo = (target: 'CONFIRMED' | 'DISPATCHED' | 'DELIVERED', orderId: string, state: Order, deliveredAt = '') => {
  const from = WAY.indexOf(state.status as (typeof WAY)[number])
  if (from < 0) return []
  const eventOf = {
    CREATED: null,
    CONFIRMED: { type: 'OrderConfirmedEvent', data: { orderId } },
    DISPATCHED: { type: 'OrderMarkedDispatched', data: { orderId } },
    DELIVERED: { type: 'OrderCompletedEvent', data: { orderId, deliveredAt } },
  } as const
  return WAY.slice(from + 1, WAY.indexOf(target) + 1).flatMap((status) => eventOf[status] ?? [])
}

const moved = (state: Order, status: OrderStatus, at: string, reason?: string): Order => ({
  ...state,
  status,
  history: [...state.history, reason === undefined ? { status, at } : { status, at, reason }],
})

export const order = defineAggregate<Order, OrderCommands, OrderEvents>({
  name: 'order',
  initial: { status: 'NONE', details: null, history: [] },
  decide: {
    Create: (details, state) => (state.status === 'NONE' ? [{ type: 'OrderCreatedEvent', data: details }] : []),
    Confirm: ({ orderId }, state) => stepsTo('CONFIRMED', orderId, state),
    MarkDispatched: ({ orderId }, state) => stepsTo('DISPATCHED', orderId, state),
    Complete: ({ orderId, deliveredAt }, state) => stepsTo('DELIVERED', orderId, state, deliveredAt),
    Cancel: (cancellation, state) =>
      state.status === 'CREATED' || state.status === 'CONFIRMED'
        ? [{ type: 'OrderCancelledEvent', data: cancellation }]
        : [],
  },
  evolve: {
    OrderCreatedEvent: (state, details, { occurredAt }) => moved({ ...state, details }, 'CREATED', occurredAt),
    OrderConfirmedEvent: (state, _, { occurredAt }) => moved(state, 'CONFIRMED', occurredAt),
    OrderMarkedDispatched: (state, _, { occurredAt }) => moved(state, 'DISPATCHED', occurredAt),
    OrderCompletedEvent: (state, _, { occurredAt }) => moved(state, 'DELIVERED', occurredAt),
    OrderCancelledEvent: (state, { reason, detail }, { occurredAt }) =>
      moved(state, 'CANCELLED', occurredAt, detail === undefined ? reason : `${reason}: ${detail}`),
  },
})
