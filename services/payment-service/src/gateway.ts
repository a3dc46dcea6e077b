import type { PaymentFailureReason } from '@stocker/contracts'
import type { Amount } from './payment.ts'

export interface AuthorizationRequest {
  /** Requests of one key are one authorisation, however often they are sent. */
  readonly idempotencyKey: string
  readonly orderId: string
  readonly amount: Amount
  /** The gateway's token for the customer's means of payment. */
  readonly token: string
}

export type DeclineReason = Exclude<PaymentFailureReason, 'GATEWAY_UNAVAILABLE'>

export type AuthorizationAnswer =
  | { readonly outcome: 'authorized'; readonly authorizationId: string }
  | { readonly outcome: 'declined'; readonly reason: DeclineReason; readonly message: string }

/** The company that holds the customers' money. */
export interface PaymentGateway {
  /**
   * Resolves with the final answer: the same key gets the same one for ever. Rejects with a `GatewayError`, or never answers.
   * Nobody knows then whether the money is held: only the same key, sent again, finds out. `signal` ends the waiting, not
   * what the gateway does.
   */
  authorize(request: AuthorizationRequest, signal?: AbortSignal): Promise<AuthorizationAnswer>
}

export const GATEWAY_ERRORS = {
  /** Not in time, or not at all: repeat with the same key. */
  GATEWAY_NO_ANSWER: { retryable: true },
  /** A key was used for two different requests, which is a fault of the caller: no repetition can help. */
  GATEWAY_KEY_REUSED: { retryable: false },
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
