import { captureOf, voidOf } from './movement-requests.ts'
import type { Payment, PaymentCommands, PaymentDecision } from './payment-state.ts'
import { isOtherAmount, isRequested, paymentIdOf } from './payment-state.ts'
import { contradictoryAnswer, notRequested, otherAmount } from './rejections.ts'

/** Once per order, and not at all when the money was given back before it was asked for. */
export const request = (
  { orderId, amount, paymentToken }: PaymentCommands['Request'],
  { status }: Payment,
): PaymentDecision =>
  status === 'NONE'
    ? [{ type: 'PaymentRequested', data: { orderId, paymentId: paymentIdOf(orderId), amount, paymentToken } }]
    : []

/** What was noted while the call was under way is asked for at once. */
export const recordAuthorization = (
  { orderId, authorizationId, amount: said }: PaymentCommands['RecordAuthorization'],
  state: Payment,
): PaymentDecision => {
  if (!isRequested(state)) return notRequested(orderId)
  if (isOtherAmount(said, state.request.amount)) return otherAmount(orderId, said, state.request.amount)
  if (state.status !== 'REQUESTED')
    return state.authorizationId === authorizationId ? [] : contradictoryAnswer(orderId, state)
  const { paymentId, amount } = state.request
  const authorized = { ...state, authorizationId }
  const processed = { type: 'PaymentProcessedEvent', data: { orderId, paymentId, amount, authorizationId } } as const
  if (state.reversal !== null) return [processed, voidOf(authorized, state.reversal)]
  return state.captureNoted ? [processed, captureOf(authorized)] : [processed]
}

export const recordDecline = (
  { orderId, reason, message, amount: said }: PaymentCommands['RecordDecline'],
  state: Payment,
): PaymentDecision => {
  if (!isRequested(state)) return notRequested(orderId)
  if (isOtherAmount(said, state.request.amount)) return otherAmount(orderId, said, state.request.amount)
  if (state.status !== 'REQUESTED') return state.failure?.reason === reason ? [] : contradictoryAnswer(orderId, state)
  const { paymentId } = state.request
  return [{ type: 'PaymentFailedEvent', data: { orderId, paymentId, reason, message } }]
}
