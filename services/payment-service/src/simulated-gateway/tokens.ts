import type { DeclineReason } from '../gateway.ts'

/** What the gateway does with a means of payment. */
export interface TokenBehaviour {
  /** Absent: authorised. */
  readonly declined?: { readonly reason: DeclineReason; readonly message: string }
  /** The authorisation is carried out, but its first answer is lost, as it is when a connection breaks. */
  readonly firstAnswerLost?: true
  /** So many requests for a refund are refused before one is granted. */
  readonly refundsRefused?: number
}

const TOKENS: ReadonlyMap<string, TokenBehaviour> = new Map<string, TokenBehaviour>([
  ['tok_ok', {}],
  ['tok_declined', { declined: { reason: 'DECLINED', message: 'the card was declined' } }],
  [
    'tok_insufficient_funds',
    { declined: { reason: 'INSUFFICIENT_FUNDS', message: 'the account does not cover the amount' } },
  ],
  ['tok_timeout', { firstAnswerLost: true }],
  ['tok_refund_fails', { refundsRefused: 2 }],
])

const UNKNOWN_TOKEN: TokenBehaviour = {
  declined: { reason: 'DECLINED', message: 'the gateway does not know this payment token' },
}

export const behaviourOf = (token: string): TokenBehaviour => TOKENS.get(token) ?? UNKNOWN_TOKEN
