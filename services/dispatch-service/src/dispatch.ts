import type { EventData } from '@stocker/contracts'
import { defineAggregate } from '@stocker/cqrs'

export const DISPATCH_STATUSES = ['NONE', 'PAID', 'RESERVED', 'REJECTED', 'RELEASED', 'DISPATCHED'] as const
export type DispatchStatus = (typeof DISPATCH_STATUSES)[number]

/**
 * Stock is reserved when the order is created and leaves when it is paid. The two facts come over two topics, which nothing
 * orders, so either may be first: PAID is "paid, but the order itself has not been seen yet".
 */
export const DISPATCH_TRANSITIONS = {
  NONE: ['PAID', 'RESERVED', 'REJECTED'],
  PAID: ['RESERVED', 'REJECTED'],
  RESERVED: ['DISPATCHED', 'RELEASED'],
  REJECTED: [],
  RELEASED: [],
  DISPATCHED: [],
} as const satisfies Record<DispatchStatus, readonly DispatchStatus[]>

export type DispatchLine = EventData<'StockReservedEvent'>['lines'][number]
export type Shortage = EventData<'StockRejectedEvent'>['shortages'][number]
export type Address = EventData<'OrderDispatchedEvent'>['shippingAddress']

export interface Dispatch {
  readonly status: DispatchStatus
  readonly lines: readonly DispatchLine[]
  readonly shippingAddress: Address | null
  readonly dispatchedAt: string | null
}

export type DispatchEvents = {
  StockReservedEvent: EventData<'StockReservedEvent'> & { readonly shippingAddress: Address }
  StockRejectedEvent: EventData<'StockRejectedEvent'>
  StockReleasedEvent: EventData<'StockReleasedEvent'>
  OrderDispatchedEvent: EventData<'OrderDispatchedEvent'>
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
  Release: { readonly orderId: string; readonly reason: string }
}

const dispatched = (orderId: string, lines: readonly DispatchLine[], shippingAddress: Address) =>
  ({
    type: 'OrderDispatchedEvent',
    data: { orderId, dispatchId: `dispatch-${orderId}`, lines: [...lines], shippingAddress },
  }) as const

export const dispatch = defineAggregate<Dispatch, DispatchCommands, DispatchEvents>({
  name: 'dispatch',
  initial: { status: 'NONE', lines: [], shippingAddress: null, dispatchedAt: null },
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
      state.status === 'RESERVED'
        ? [{ type: 'StockReleasedEvent', data: { orderId, lines: [...state.lines], reason } }]
        : [],
  },
  evolve: {
    PaymentNoted: (state) => ({ ...state, status: 'PAID' }),
    StockReservedEvent: (state, { lines, shippingAddress }) => ({
      ...state,
      status: 'RESERVED',
      lines,
      shippingAddress,
    }),
    StockRejectedEvent: (state) => ({ ...state, status: 'REJECTED' }),
    StockReleasedEvent: (state) => ({ ...state, status: 'RELEASED' }),
    OrderDispatchedEvent: (state, _, { occurredAt }) => ({ ...state, status: 'DISPATCHED', dispatchedAt: occurredAt }),
  },
})
