import { refundOf } from './movement-requests.ts'
import type { Payment, PaymentCommands, PaymentDecision } from './payment-state.ts'
import { inCurrencyOf, isAuthorized, isOtherAmount, movementOf, refundable } from './payment-state.ts'
import {
  contradictoryAnswer,
  currencyMismatch,
  movementUnderWay,
  nothingToRefund,
  notRequested,
  otherAmount,
  paymentNotFound,
  refundExceedsCaptured,
  refundNotFailed,
} from './rejections.ts'

const BUSY: ReadonlySet<string> = new Set(['CAPTURING', 'REFUNDING', 'REFUND_FAILED'])

export const refund = ({ orderId, amount, reason }: PaymentCommands['Refund'], state: Payment): PaymentDecision => {
  if (state.status === 'NONE') return paymentNotFound(orderId)
  if (BUSY.has(state.status)) return movementUnderWay(orderId, state)
  if (!isAuthorized(state) || state.status !== 'CAPTURED') return nothingToRefund(orderId, state)
  if (amount === undefined) return [refundOf(state, reason)]
  const left = refundable(state)
  if (amount.currency !== state.request.amount.currency) return currencyMismatch(orderId, amount, state)
  if (amount.amount > left) return refundExceedsCaptured(orderId, amount, inCurrencyOf(state, left))
  return [refundOf(state, reason, amount.amount)]
}

/** The rest goes back as well if that was noted while the call was under way. */
export const recordRefund = (
  { orderId, number, attempt, refundId, amount: said }: PaymentCommands['RecordRefund'],
  state: Payment,
): PaymentDecision => {
  if (!isAuthorized(state)) return notRequested(orderId)
  const known = movementOf(state, 'REFUND', refundId)
  if (known !== undefined) return isOtherAmount(said, known.amount) ? otherAmount(orderId, said, known.amount) : []
  const { refund } = state
  if (state.status !== 'REFUNDING' || refund?.number !== number || refund.attempt !== attempt)
    return contradictoryAnswer(orderId, state)
  const { paymentId, amount, reason } = refund
  if (isOtherAmount(said, amount)) return otherAmount(orderId, said, amount)
  const after = { ...state, refunded: state.refunded + amount.amount }
  const [captured, totalRefunded] = [inCurrencyOf(state, after.captured), inCurrencyOf(state, after.refunded)]
  const data = { orderId, paymentId, amount, refundId, reason, captured, totalRefunded }
  const refunded = { type: 'PaymentRefundedEvent', data } as const
  const rest = state.reversal !== null && refundable(after) > 0 ? [refundOf(after, state.reversal)] : []
  return [refunded, ...rest]
}

export const recordRefundRefusal = (
  { orderId, number, attempt, message, retryAt, amount: said }: PaymentCommands['RecordRefundRefusal'],
  state: Payment,
): PaymentDecision => {
  if (!isAuthorized(state)) return notRequested(orderId)
  const { refund } = state
  if (refund === null || refund.number !== number || refund.attempt !== attempt)
    return refund !== null && isLater(refund, { number, attempt }) ? [] : contradictoryAnswer(orderId, state)
  const { paymentId, amount } = refund
  if (isOtherAmount(said, amount)) return otherAmount(orderId, said, amount)
  if (state.status === 'REFUND_FAILED') return []
  if (state.status !== 'REFUNDING') return contradictoryAnswer(orderId, state)
  return [{ type: 'PaymentRefundFailedEvent', data: { orderId, paymentId, amount, attempt, message, retryAt } }]
}

interface Place {
  readonly number: number
  readonly attempt: number
}
const isLater = (a: Place, b: Place): boolean => a.number > b.number || (a.number === b.number && a.attempt > b.attempt)

/** A new attempt at the same refund. Its own number makes a new key: the old one stands for the refusal for ever. */
export const retryRefund = ({ orderId }: PaymentCommands['RetryRefund'], state: Payment): PaymentDecision => {
  if (state.status === 'NONE') return paymentNotFound(orderId)
  if (state.status === 'REFUNDING') return []
  if (state.status !== 'REFUND_FAILED' || state.refund === null) return refundNotFailed(orderId, state)
  const { retryAt: _, attempt, ...asked } = state.refund
  return [{ type: 'PaymentRefundRequested', data: { ...asked, attempt: attempt + 1 } }]
}
