import type { AuthorizedPayment } from './payment-state.ts'
import { inCurrencyOf, refundable, uncaptured } from './payment-state.ts'

const asked = (state: AuthorizedPayment, amount: number) => {
  const { orderId, paymentId } = state.request
  return { orderId, paymentId, authorizationId: state.authorizationId, amount: inCurrencyOf(state, amount) }
}

/** The intent to take so many minor units; what is left of the authorisation unless said otherwise. */
export const captureOf = (state: AuthorizedPayment, amount = uncaptured(state)) =>
  ({
    type: 'PaymentCaptureRequested',
    data: { ...asked(state, amount), number: (state.capture?.number ?? 0) + 1 },
  }) as const

/** The intent to give the authorisation up. */
export const voidOf = (state: AuthorizedPayment, reason: string) =>
  ({ type: 'PaymentVoidRequested', data: { ...asked(state, state.request.amount.amount), reason } }) as const

/** The intent to give so many minor units back, asked for the first time; all that is left unless said otherwise. */
export const refundOf = (state: AuthorizedPayment, reason: string, amount = refundable(state)) =>
  ({
    type: 'PaymentRefundRequested',
    data: { ...asked(state, amount), number: (state.refund?.number ?? 0) + 1, attempt: 1, reason },
  }) as const
