import type { PaymentFailureReason } from '@stocker/contracts'
import type { Amount } from './payment/payment-state.ts'

interface GatewayRequest {
  /** Requests of one key are one request, however often they are sent. */
  readonly idempotencyKey: string
  readonly orderId: string
  readonly amount: Amount
}

export interface AuthorizationRequest extends GatewayRequest {
  /** The gateway's token for the customer's means of payment. */
  readonly token: string
}

/** Moves money that is authorised. The amount of a void is that of the authorisation. */
export interface MovementRequest extends GatewayRequest {
  readonly authorizationId: string
}

export const DECLINE_REASONS = ['DECLINED', 'INSUFFICIENT_FUNDS'] as const satisfies readonly PaymentFailureReason[]
export type DeclineReason = (typeof DECLINE_REASONS)[number]

export type AuthorizationAnswer =
  | { readonly outcome: 'authorized'; readonly authorizationId: string }
  | { readonly outcome: 'declined'; readonly reason: DeclineReason; readonly message: string }

/** The first one may be granted another time, under another key. The others say that the gateway's books and ours differ. */
export const REFUSALS = [
  'NOT_POSSIBLE_NOW',
  'UNKNOWN_AUTHORIZATION',
  'OTHER_CURRENCY',
  'EXCEEDS_AUTHORIZED',
  'EXCEEDS_CAPTURED',
  'ALREADY_CAPTURED',
  'ALREADY_VOIDED',
] as const
export type Refusal = (typeof REFUSALS)[number]

export type MovementAnswer =
  | { readonly outcome: 'done'; readonly movementId: string }
  | { readonly outcome: 'refused'; readonly reason: Refusal; readonly message: string }

/**
 * The company that holds the customers' money.
 *
 * Each method resolves with the final answer: the same key gets the same one for ever. Or it rejects with a `GatewayError`, or
 * never answers. Nobody knows then whether the money was moved: only the same key, sent again, finds out. `signal` ends the
 * waiting, not what the gateway does.
 */
export interface PaymentGateway {
  /** Holds the money for the shop. */
  authorize(request: AuthorizationRequest, signal?: AbortSignal): Promise<AuthorizationAnswer>
  /** Takes what is held, or a part of it. Never more, in all, than is authorised; nothing once it is voided. */
  capture(request: MovementRequest, signal?: AbortSignal): Promise<MovementAnswer>
  /** Lets go of what is held. Only as long as nothing is captured. */
  void(request: MovementRequest, signal?: AbortSignal): Promise<MovementAnswer>
  /** Gives back what was taken, or a part of it. Never more, in all, than is captured. */
  refund(request: MovementRequest, signal?: AbortSignal): Promise<MovementAnswer>
}

export const GATEWAY_ERRORS = {
  /** Not in time, or not at all: repeat with the same key. */
  GATEWAY_NO_ANSWER: { retryable: true },
  /** A key was used for two different requests, which is a fault of the caller: no repetition can help. */
  GATEWAY_KEY_REUSED: { retryable: false },
  /** The gateway refuses what our books allow: somebody must compare both. No repetition can help. */
  GATEWAY_CONTRADICTS: { retryable: false },
} as const
export type GatewayErrorCode = keyof typeof GATEWAY_ERRORS

export class GatewayError extends Error {
  readonly code: GatewayErrorCode
  readonly retryable: boolean

  constructor(code: GatewayErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'GatewayError'
    this.code = code
    this.retryable = GATEWAY_ERRORS[code].retryable
  }
}

export const noAnswer = (
  { orderId, idempotencyKey }: { readonly orderId: string; readonly idempotencyKey: string },
  cause: unknown,
): GatewayError => {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new GatewayError(
    'GATEWAY_NO_ANSWER',
    `the gateway gave no answer for order ${orderId} (${why}); ask it again with key ${idempotencyKey}`,
    { cause },
  )
}
