import type { EventData, PaymentFailureReason } from '@stocker/contracts'
import type { Decision } from '@stocker/cqrs'
import type { PaymentStatus, ShownStatus } from './payment-status.ts'

/** Minor units of a currency. */
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

export const MOVEMENT_KINDS = ['AUTHORIZATION', 'CAPTURE', 'VOID', 'REFUND'] as const

/** What the gateway did, under its own number. */
export interface Movement {
  readonly kind: (typeof MOVEMENT_KINDS)[number]
  readonly gatewayId: string
  readonly amount: Amount
  /** ISO 8601, UTC. */
  readonly at: string
  readonly reason?: string
}

interface Asked {
  readonly orderId: string
  readonly paymentId: string
  readonly authorizationId: string
  readonly amount: Amount
}
export interface VoidRequest extends Asked {
  readonly reason: string
}
export interface CaptureRequest extends Asked {
  /** Captures of one payment, from 1. */
  readonly number: number
}
export interface RefundRequest extends Asked {
  /** Refunds of one payment, from 1; one that was refused keeps its number. */
  readonly number: number
  /** How often this refund was asked for, this time included. */
  readonly attempt: number
  readonly reason: string
}

export interface Payment {
  readonly status: PaymentStatus
  readonly request: PaymentRequest | null
  readonly authorizationId: string | null
  readonly failure: { readonly reason: PaymentFailureReason; readonly message: string } | null
  /** Minor units of the request's currency; never more than was authorised. */
  readonly captured: number
  /** Minor units of the request's currency; never more than was captured. */
  readonly refunded: number
  /** The last one that was asked for; under way while the payment is CAPTURING. */
  readonly capture: CaptureRequest | null
  /** The last one that was asked for; under way while REFUNDING, refused and asked for again at `retryAt` while REFUND_FAILED. */
  readonly refund: (RefundRequest & { readonly retryAt: string | null }) | null
  /** The order was shipped before the money was authorised: it is captured as soon as it is; when it FAILED, goods are gone unpaid. */
  readonly captureNoted: boolean
  /** Why all the money goes back. Noted while a call is under way, and done when its answer is there. */
  readonly reversal: string | null
  readonly movements: readonly Movement[]
  readonly history: readonly HistoryEntry[]
}

/** A payment that was asked for. */
export type RequestedPayment = Payment & { readonly request: PaymentRequest }
/** A payment for which the gateway holds or held money. */
export type AuthorizedPayment = RequestedPayment & { readonly authorizationId: string }

/** `…Requested` and `…Noted` are private; a request is the intent to call the gateway, stored before the call is made. */
export type PaymentEvents = {
  PaymentRequested: PaymentRequest
  PaymentProcessedEvent: EventData<'PaymentProcessedEvent'>
  PaymentFailedEvent: EventData<'PaymentFailedEvent'>
  PaymentCaptureNoted: { readonly orderId: string }
  PaymentCaptureRequested: CaptureRequest
  PaymentCapturedEvent: EventData<'PaymentCapturedEvent'>
  PaymentReversalNoted: { readonly orderId: string; readonly reason: string }
  PaymentVoidRequested: VoidRequest
  PaymentVoidedEvent: EventData<'PaymentVoidedEvent'>
  PaymentRefundRequested: RefundRequest
  PaymentRefundedEvent: EventData<'PaymentRefundedEvent'>
  PaymentRefundFailedEvent: EventData<'PaymentRefundFailedEvent'>
}

interface OfOrder {
  readonly orderId: string
}
interface RefundAttempt extends OfOrder {
  readonly number: number
  readonly attempt: number
}

/** `amount`: what the gateway says that it moved, where it says so. It must be what it was asked for. */
interface Recorded extends OfOrder {
  readonly amount?: Amount
}

/** `Record…`: what the gateway did, by the answer of its call or by its webhook, whichever comes first. */
export type PaymentCommands = {
  Request: OfOrder & { readonly amount: Amount; readonly paymentToken: string }
  /** The gateway holds the money. */
  RecordAuthorization: Recorded & { readonly authorizationId: string }
  /** The gateway said no; the same request will never be answered otherwise. */
  RecordDecline: Recorded & { readonly reason: PaymentFailureReason; readonly message: string }
  /** Takes what is authorised, since the order is shipped. Without `amount`: all that was not taken yet, so that a repetition takes nothing. */
  Capture: OfOrder & { readonly amount?: Amount }
  /** `number`: of the capture, where it is said. */
  RecordCapture: Recorded & { readonly captureId: string; readonly number?: number }
  /** Gives all the money back, whatever it takes: nothing, a void or a refund. Once and for all: nothing is taken any more. */
  Reverse: OfOrder & { readonly reason: string }
  RecordVoid: Recorded & { readonly voidId: string }
  /** Gives captured money back. Without `amount`: all that is left. */
  Refund: OfOrder & { readonly amount?: Amount; readonly reason: string }
  RecordRefund: Recorded & RefundAttempt & { readonly refundId: string }
  /** The gateway said no; it is asked again at `retryAt` (ISO 8601), with another key. */
  RecordRefundRefusal: Recorded & RefundAttempt & { readonly message: string; readonly retryAt: string }
  /** Asks again for the refund that was refused. */
  RetryRefund: OfOrder
}

export const PAYMENT_REJECTIONS = [
  'PAYMENT_NOT_FOUND',
  'PAYMENT_NOT_REQUESTED',
  'CONTRADICTORY_ANSWER',
  'OTHER_AMOUNT',
  'MOVEMENT_UNDER_WAY',
  'CURRENCY_MISMATCH',
  'CAPTURE_NOT_AUTHORIZED',
  'CAPTURE_EXCEEDS_AUTHORIZED',
  'NOTHING_TO_REFUND',
  'REFUND_EXCEEDS_CAPTURED',
  'REFUND_NOT_FAILED',
] as const
export type PaymentRejection = (typeof PAYMENT_REJECTIONS)[number]
export type PaymentDecision = Decision<PaymentEvents, PaymentRejection>

export const paymentIdOf = (orderId: string): string => `payment-${orderId}`

export const isRequested = (state: Payment): state is RequestedPayment => state.request !== null
export const isAuthorized = (state: Payment): state is AuthorizedPayment =>
  state.request !== null && state.authorizationId !== null

/** Nobody will pay for what is gone: somebody must look into it. */
export const isShippedUnpaid = ({ status, captureNoted }: Payment): boolean => status === 'FAILED' && captureNoted

/** Minor units that are authorised and not captured. */
export const uncaptured = ({ request, captured }: AuthorizedPayment): number => request.amount.amount - captured

/** Minor units that are captured and not refunded. */
export const refundable = ({ captured, refunded }: Payment): number => captured - refunded

/** What was recorded of the gateway under this number. */
export const movementOf = ({ movements }: Payment, kind: Movement['kind'], gatewayId: string): Movement | undefined =>
  movements.find((movement) => movement.kind === kind && movement.gatewayId === gatewayId)

/** Whether the gateway says another amount than the one that it was asked for. */
export const isOtherAmount = (said: Amount | undefined, asked: Amount): said is Amount =>
  said !== undefined && (said.amount !== asked.amount || said.currency !== asked.currency)

/** An amount in the payment's currency. */
export const inCurrencyOf = ({ request }: RequestedPayment, amount: number): Amount => ({ ...request.amount, amount })
