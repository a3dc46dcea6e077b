import { captureOf, refundOf } from './movement-requests.ts'
import type { Payment, PaymentCommands, PaymentDecision } from './payment-state.ts'
import { inCurrencyOf, isAuthorized, isOtherAmount, movementOf, uncaptured } from './payment-state.ts'
import {
  captureExceedsAuthorized,
  captureNotAuthorized,
  contradictoryAnswer,
  currencyMismatch,
  movementUnderWay,
  notRequested,
  otherAmount,
} from './rejections.ts'

/**
 * The goods may have come back before this service hears that they were sent, since nothing orders two topics: then nothing is
 * taken. Where nothing is authorised (yet), it is noted that the order was shipped.
 */
export const capture = ({ orderId, amount }: PaymentCommands['Capture'], state: Payment): PaymentDecision => {
  const { status } = state
  if (state.reversal !== null || status === 'REFUNDED') return []
  if (!isAuthorized(state) && amount === undefined)
    return state.captureNoted ? [] : [{ type: 'PaymentCaptureNoted', data: { orderId } }]
  if (!isAuthorized(state)) return captureNotAuthorized(orderId, state)
  const underWay = status === 'CAPTURING' ? (state.capture?.amount.amount ?? 0) : 0
  const left = uncaptured(state) - underWay
  if (amount === undefined && left === 0 && status !== 'AUTHORIZED') return []
  if (status !== 'AUTHORIZED' && status !== 'CAPTURED') return movementUnderWay(orderId, state)
  if (amount === undefined) return [captureOf(state)]
  if (amount.currency !== state.request.amount.currency) return currencyMismatch(orderId, amount, state)
  if (amount.amount > left) return captureExceedsAuthorized(orderId, amount, inCurrencyOf(state, left))
  return [captureOf(state, amount.amount)]
}

/** Everything goes back at once if that was noted while the call was under way. */
export const recordCapture = (
  { orderId, captureId, number, amount: said }: PaymentCommands['RecordCapture'],
  state: Payment,
): PaymentDecision => {
  if (!isAuthorized(state)) return notRequested(orderId)
  const known = movementOf(state, 'CAPTURE', captureId)
  if (known !== undefined) return isOtherAmount(said, known.amount) ? otherAmount(orderId, said, known.amount) : []
  if (
    state.status !== 'CAPTURING' ||
    state.capture === null ||
    (number ?? state.capture.number) !== state.capture.number
  )
    return contradictoryAnswer(orderId, state)
  const { paymentId, amount } = state.capture
  if (isOtherAmount(said, amount)) return otherAmount(orderId, said, amount)
  const captured = { type: 'PaymentCapturedEvent', data: { orderId, paymentId, amount, captureId } } as const
  if (state.reversal === null) return [captured]
  return [captured, refundOf({ ...state, captured: state.captured + amount.amount }, state.reversal)]
}
