import type { EventData, PaymentFailureReason } from '@stocker/contracts'
import { defineAggregate, reject } from '@stocker/cqrs'

/** NONE is "never asked for" and is never shown. */
export const PAYMENT_STATUSES = ['NONE', 'REQUESTED', 'AUTHORIZED', 'FAILED'] as const
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number]
export type ShownStatus = Exclude<PaymentStatus, 'NONE'>

/** REQUESTED is left by the gateway's answer, for which the call is repeated until it comes. */
export const PAYMENT_TRANSITIONS = {
  NONE: ['REQUESTED'],
  REQUESTED: ['AUTHORIZED', 'FAILED'],
  AUTHORIZED: [],
  FAILED: [],
} as const satisfies Record<PaymentStatus, readonly PaymentStatus[]>

export type Amount = EventData<'PaymentProcessedEvent'>['amount']

export interface HistoryEntry {
  readonly status: ShownStatus
  /** ISO 8601, UTC. */
  readonly at: string
  readonly reason?: string
}

export interface PaymentRequest {
  readonly orderId: string
  readonly paymentId: string
  readonly amount: Amount
  /** The gateway's token for the customer's means of payment; never the means itself. */
  readonly paymentToken: string
}

export interface Payment {
  readonly status: PaymentStatus
  readonly request: PaymentRequest | null
  readonly authorizationId: string | null
  readonly failure: { readonly reason: PaymentFailureReason; readonly message: string } | null
  readonly history: readonly HistoryEntry[]
}

export type PaymentEvents = {
  /** Private: the intent to call the gateway, stored before the call is made. */
  PaymentRequested: PaymentRequest
  PaymentProcessedEvent: EventData<'PaymentProcessedEvent'>
  PaymentFailedEvent: EventData<'PaymentFailedEvent'>
}

export type PaymentCommands = {
  Request: { readonly orderId: string; readonly amount: Amount; readonly paymentToken: string }
  /** The gateway holds the money. */
  RecordAuthorization: { readonly orderId: string; readonly authorizationId: string }
  /** The gateway said no; the same request will never be answered otherwise. */
  RecordDecline: { readonly orderId: string; readonly reason: PaymentFailureReason; readonly message: string }
}

const notRequested = (orderId: string) =>
  reject('PAYMENT_NOT_REQUESTED', `no payment of order ${orderId} was asked for, so there is nothing to record`, {
    orderId,
  })

const contradiction = (orderId: string, state: Payment) =>
  reject(
    'CONTRADICTORY_ANSWER',
    `the payment of order ${orderId} is ${state.status} already; compare it with the gateway's ledger`,
    { orderId, status: state.status },
  )

const moved = (state: Payment, status: ShownStatus, at: string, reason?: string): Payment => ({
  ...state,
  status,
  history: [...state.history, reason === undefined ? { status, at } : { status, at, reason }],
})

export const payment = defineAggregate<Payment, PaymentCommands, PaymentEvents>({
  name: 'payment',
  initial: { status: 'NONE', request: null, authorizationId: null, failure: null, history: [] },
  decide: {
    Request: ({ orderId, amount, paymentToken }, state) =>
      state.status === 'NONE'
        ? [{ type: 'PaymentRequested', data: { orderId, paymentId: `payment-${orderId}`, amount, paymentToken } }]
        : [],
    RecordAuthorization: ({ orderId, authorizationId }, state) => {
      if (state.request === null) return notRequested(orderId)
      const { paymentId, amount } = state.request
      if (state.status === 'REQUESTED')
        return [{ type: 'PaymentProcessedEvent', data: { orderId, paymentId, amount, authorizationId } }]
      return state.authorizationId === authorizationId ? [] : contradiction(orderId, state)
    },
    RecordDecline: ({ orderId, reason, message }, state) => {
      if (state.request === null) return notRequested(orderId)
      const { paymentId } = state.request
      if (state.status === 'REQUESTED')
        return [{ type: 'PaymentFailedEvent', data: { orderId, paymentId, reason, message } }]
      return state.failure?.reason === reason ? [] : contradiction(orderId, state)
    },
  },
  evolve: {
    PaymentRequested: (state, request, { occurredAt }) => moved({ ...state, request }, 'REQUESTED', occurredAt),
    PaymentProcessedEvent: (state, { authorizationId }, { occurredAt }) =>
      moved({ ...state, authorizationId }, 'AUTHORIZED', occurredAt),
    PaymentFailedEvent: (state, { reason, message }, { occurredAt }) =>
      moved({ ...state, failure: { reason, message } }, 'FAILED', occurredAt, reason),
  },
})
