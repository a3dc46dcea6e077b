import { defineAggregate } from '@stocker/cqrs'
import { recordAuthorization, recordDecline, request } from './authorization.ts'
import { capture, recordCapture } from './capture.ts'
import type { Movement, Payment, PaymentCommands, PaymentEvents, PaymentRejection } from './payment-state.ts'
import type { ShownStatus } from './payment-status.ts'
import { recordRefund, recordRefundRefusal, refund, retryRefund } from './refund.ts'
import { recordVoid, reverse } from './reversal.ts'

const moved = (state: Payment, status: ShownStatus, at: string, reason?: string): Payment => ({
  ...state,
  status,
  history: [...state.history, reason === undefined ? { status, at } : { status, at, reason }],
})

const made = (state: Payment, movement: Movement): readonly Movement[] => [...state.movements, movement]

/** The money of one order at the gateway: one movement at a time, each asked for by an intent and recorded by an answer. */
export const payment = defineAggregate<Payment, PaymentCommands, PaymentEvents, PaymentRejection>({
  name: 'payment',
  initial: {
    status: 'NONE',
    request: null,
    authorizationId: null,
    failure: null,
    captured: 0,
    refunded: 0,
    capture: null,
    refund: null,
    captureNoted: false,
    reversal: null,
    movements: [],
    history: [],
  },
  decide: {
    Request: request,
    RecordAuthorization: recordAuthorization,
    RecordDecline: recordDecline,
    Capture: capture,
    RecordCapture: recordCapture,
    Reverse: reverse,
    RecordVoid: recordVoid,
    Refund: refund,
    RecordRefund: recordRefund,
    RecordRefundRefusal: recordRefundRefusal,
    RetryRefund: retryRefund,
  },
  deadlines: ({ status, refund }) =>
    status === 'REFUND_FAILED' && refund !== null && refund.retryAt !== null
      ? { RetryRefund: { at: refund.retryAt, data: { orderId: refund.orderId } } }
      : {},
  evolve: {
    PaymentRequested: (state, request, { occurredAt }) => moved({ ...state, request }, 'REQUESTED', occurredAt),
    PaymentProcessedEvent: (state, { authorizationId, amount }, { occurredAt: at }) => {
      const movements = made(state, { kind: 'AUTHORIZATION', gatewayId: authorizationId, amount, at })
      return moved({ ...state, authorizationId, movements }, 'AUTHORIZED', at)
    },
    PaymentFailedEvent: (state, { reason, message }, { occurredAt }) =>
      moved({ ...state, failure: { reason, message } }, 'FAILED', occurredAt, reason),
    PaymentCaptureNoted: (state) => ({ ...state, captureNoted: true }),
    PaymentCaptureRequested: (state, capture, { occurredAt }) => moved({ ...state, capture }, 'CAPTURING', occurredAt),
    PaymentCapturedEvent: (state, { amount, captureId }, { occurredAt: at }) => {
      const movements = made(state, { kind: 'CAPTURE', gatewayId: captureId, amount, at })
      return moved({ ...state, captured: state.captured + amount.amount, movements }, 'CAPTURED', at)
    },
    PaymentReversalNoted: (state, { reason }) => ({ ...state, reversal: reason }),
    PaymentVoidRequested: (state, { reason }, { occurredAt }) =>
      moved({ ...state, reversal: reason }, 'VOIDING', occurredAt, reason),
    PaymentVoidedEvent: (state, { reason, voidId }, { occurredAt: at }) => {
      const { request } = state
      const movements =
        voidId === undefined || request === null
          ? state.movements
          : made(state, { kind: 'VOID', gatewayId: voidId, amount: request.amount, at, reason })
      return moved({ ...state, reversal: reason, movements }, 'VOIDED', at, reason)
    },
    PaymentRefundRequested: (state, refund, { occurredAt }) =>
      moved({ ...state, refund: { ...refund, retryAt: null } }, 'REFUNDING', occurredAt, refund.reason),
    PaymentRefundedEvent: (state, { amount, refundId, reason, captured, totalRefunded }, { occurredAt: at }) => {
      const movements = made(state, { kind: 'REFUND', gatewayId: refundId, amount, at, reason })
      const after = { ...state, refunded: totalRefunded.amount, movements }
      return moved(after, totalRefunded.amount === captured.amount ? 'REFUNDED' : 'CAPTURED', at, reason)
    },
    PaymentRefundFailedEvent: (state, { message, retryAt }, { occurredAt }) => {
      const refund = state.refund && { ...state.refund, retryAt }
      return moved({ ...state, refund }, 'REFUND_FAILED', occurredAt, message)
    },
  },
})
