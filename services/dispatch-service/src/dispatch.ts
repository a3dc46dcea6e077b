import type { EventData } from '@stocker/contracts'
import { defineAggregate } from '@stocker/cqrs'
import type { DispatchStatus, ShownStatus } from './dispatch-status.ts'

export type DispatchLine = EventData<'StockReservedEvent'>['lines'][number]
export type Shortage = EventData<'StockRejectedEvent'>['shortages'][number]
export type Address = EventData<'OrderDispatchedEvent'>['shippingAddress']

export interface HistoryEntry {
  readonly status: ShownStatus
  /** ISO 8601, UTC. */
  readonly at: string
  /** Code of why, where it is not the usual way. */
  readonly reason?: string
}

export interface Dispatch {
  readonly status: DispatchStatus
  readonly lines: readonly DispatchLine[]
  readonly shippingAddress: Address | null
  readonly dispatchedAt: string | null
  /** What was missing when it was rejected. */
  readonly shortages: readonly Shortage[]
  readonly history: readonly HistoryEntry[]
}

export type DispatchEvents = {
  StockReservedEvent: EventData<'StockReservedEvent'> & { readonly shippingAddress: Address }
  StockRejectedEvent: EventData<'StockRejectedEvent'>
  StockReleasedEvent: EventData<'StockReleasedEvent'>
  OrderDispatchedEvent: EventData<'OrderDispatchedEvent'>
  StockReturnedEvent: EventData<'StockReturnedEvent'>
  /** Private: the payment was seen before the order. */
  PaymentNoted: { readonly orderId: string }
}

export type DispatchCommands = {
  /** `shortages` says what the stock lacks for these lines; empty: all of it is there. All or nothing. */
  Reserve: {
    readonly orderId: string
    readonly lines: readonly DispatchLine[]
    readonly shippingAddress: Address
    readonly shortages: readonly Shortage[]
  }
  Ship: { readonly orderId: string }
  /** The order was cancelled: nothing of it may be shipped any more, unless it is too late. */
  Release: { readonly orderId: string; readonly reason: string }
  /** The parcel came back. */
  Return: { readonly orderId: string; readonly reason: string }
}

const dispatched = (orderId: string, lines: readonly DispatchLine[], shippingAddress: Address) =>
  ({
    type: 'OrderDispatchedEvent',
    data: { orderId, dispatchId: `dispatch-${orderId}`, lines: [...lines], shippingAddress },
  }) as const

const moved = (state: Dispatch, status: ShownStatus, at: string, reason?: string): Dispatch => ({
  ...state,
  status,
  history: [...state.history, reason === undefined ? { status, at } : { status, at, reason }],
})

/** Commands come from events of three topics, in any order and more than once: what does not fit the state is late or known, and does nothing. */
export const dispatch = defineAggregate<Dispatch, DispatchCommands, DispatchEvents>({
  name: 'dispatch',
  initial: { status: 'NONE', lines: [], shippingAddress: null, dispatchedAt: null, shortages: [], history: [] },
  decide: {
    Reserve: ({ orderId, lines, shippingAddress, shortages }, state) => {
      if (state.status !== 'NONE' && state.status !== 'PAID') return []
      if (shortages.length > 0) return [{ type: 'StockRejectedEvent', data: { orderId, shortages: [...shortages] } }]
      const reserved = { type: 'StockReservedEvent', data: { orderId, lines: [...lines], shippingAddress } } as const
      return state.status === 'PAID' ? [reserved, dispatched(orderId, lines, shippingAddress)] : [reserved]
    },
    Ship: ({ orderId }, state) => {
      if (state.status === 'NONE') return [{ type: 'PaymentNoted', data: { orderId } }]
      if (state.status !== 'RESERVED' || state.shippingAddress === null) return []
      return [dispatched(orderId, state.lines, state.shippingAddress)]
    },
    Release: ({ orderId, reason }, state) =>
      state.status === 'NONE' || state.status === 'PAID' || state.status === 'RESERVED'
        ? [{ type: 'StockReleasedEvent', data: { orderId, lines: [...state.lines], reason } }]
        : [],
    Return: ({ orderId, reason }, state) =>
      state.status === 'DISPATCHED'
        ? [{ type: 'StockReturnedEvent', data: { orderId, lines: [...state.lines], reason } }]
        : [],
  },
  evolve: {
    PaymentNoted: (state, _, { occurredAt }) => moved(state, 'PAID', occurredAt),
    StockReservedEvent: (state, { lines, shippingAddress }, { occurredAt }) =>
      moved({ ...state, lines, shippingAddress }, 'RESERVED', occurredAt),
    StockRejectedEvent: (state, { shortages }, { occurredAt }) =>
      moved({ ...state, shortages }, 'REJECTED', occurredAt, 'OUT_OF_STOCK'),
    StockReleasedEvent: (state, { reason }, { occurredAt }) => moved(state, 'RELEASED', occurredAt, reason),
    OrderDispatchedEvent: (state, _, { occurredAt }) =>
      moved({ ...state, dispatchedAt: occurredAt }, 'DISPATCHED', occurredAt),
    StockReturnedEvent: (state, { reason }, { occurredAt }) => moved(state, 'RETURNED', occurredAt, reason),
  },
})
