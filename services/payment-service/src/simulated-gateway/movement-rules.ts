import type { MovementAnswer, MovementRequest, Refusal } from '../gateway.ts'
import { behaviourOf } from './tokens.ts'

export const LEDGER_KINDS = ['capture', 'void', 'refund'] as const
export type LedgerKind = (typeof LEDGER_KINDS)[number]

export interface KindedRequest extends MovementRequest {
  readonly kind: LedgerKind
}

/** One authorisation in the gateway's books; amounts in minor units. */
export interface Hold {
  readonly authorizationId: string
  readonly orderId: string
  readonly token: string
  readonly currency: string
  readonly authorized: number
  readonly captured: number
  readonly refunded: number
  readonly voided: boolean
  /** Refunds that were refused because they were not possible at the time. */
  readonly refusedRefunds: number
}

export interface Settled {
  readonly answer: MovementAnswer
  /** After the movement. */
  readonly hold: Hold | undefined
}

/**
 * What the gateway answers to a new request, and how its books stand then. It believes nobody: what the books do not allow is
 * refused, whatever the shop thinks. `movementId`: the number under which the movement is made if it is made.
 */
export const settle = (hold: Hold | undefined, request: KindedRequest, movementId: string): Settled => {
  const refuse = (reason: Refusal, message: string): Settled => ({
    answer: { outcome: 'refused', reason, message },
    hold: hold && reason === 'NOT_POSSIBLE_NOW' ? { ...hold, refusedRefunds: hold.refusedRefunds + 1 } : hold,
  })
  if (hold === undefined || hold.orderId !== request.orderId)
    return refuse('UNKNOWN_AUTHORIZATION', `order ${request.orderId} has no authorisation ${request.authorizationId}`)
  const { currency, authorized, captured, refunded, voided } = hold
  const { amount } = request.amount
  const done = (after: Partial<Hold>): Settled => ({
    answer: { outcome: 'done', movementId },
    hold: { ...hold, ...after },
  })
  if (currency !== request.amount.currency) return refuse('OTHER_CURRENCY', `the authorisation is in ${currency}`)
  if (request.kind === 'refund') {
    if (amount > captured - refunded)
      return refuse('EXCEEDS_CAPTURED', `${captured} are captured and ${refunded} refunded; ${amount} are asked for`)
    return hold.refusedRefunds < (behaviourOf(hold.token).refundsRefused ?? 0)
      ? refuse('NOT_POSSIBLE_NOW', "the customer's bank takes no refund at the moment")
      : done({ refunded: refunded + amount })
  }
  if (voided) return refuse('ALREADY_VOIDED', 'the authorisation is void')
  if (request.kind === 'void')
    return captured > 0 ? refuse('ALREADY_CAPTURED', `${captured} are captured`) : done({ voided: true })
  if (amount > authorized - captured)
    return refuse(
      'EXCEEDS_AUTHORIZED',
      `${authorized} are authorised and ${captured} captured; ${amount} are asked for`,
    )
  return done({ captured: captured + amount })
}
