import { refundOf, voidOf } from './movement-requests.ts'
import type { Payment, PaymentCommands, PaymentDecision } from './payment-state.ts'
import { isAuthorized, isOtherAmount, movementOf, paymentIdOf } from './payment-state.ts'
import { contradictoryAnswer, notRequested, otherAmount } from './rejections.ts'

/** Void or refund, as the payment stands. As long as a call is under way nobody knows how it stands: then it is noted. */
export const reverse = ({ orderId, reason }: PaymentCommands['Reverse'], state: Payment): PaymentDecision => {
  if (state.reversal !== null || state.status === 'FAILED' || state.status === 'REFUNDED') return []
  if (state.status === 'NONE')
    return [{ type: 'PaymentVoidedEvent', data: { orderId, paymentId: paymentIdOf(orderId), reason } }]
  const noted = { type: 'PaymentReversalNoted', data: { orderId, reason } } as const
  if (!isAuthorized(state)) return [noted]
  if (state.status === 'AUTHORIZED') return [voidOf(state, reason)]
  return state.status === 'CAPTURED' ? [noted, refundOf(state, reason)] : [noted]
}

export const recordVoid = (
  { orderId, voidId, amount: said }: PaymentCommands['RecordVoid'],
  state: Payment,
): PaymentDecision => {
  if (!isAuthorized(state)) return notRequested(orderId)
  if (isOtherAmount(said, state.request.amount)) return otherAmount(orderId, said, state.request.amount)
  if (movementOf(state, 'VOID', voidId) !== undefined) return []
  if (state.status !== 'VOIDING' || state.reversal === null) return contradictoryAnswer(orderId, state)
  const { paymentId } = state.request
  return [{ type: 'PaymentVoidedEvent', data: { orderId, paymentId, reason: state.reversal, voidId } }]
}
