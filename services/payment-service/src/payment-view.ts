import { PAYMENT_FAILURE_REASONS } from '@stocker/contracts'
import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { Payment } from './payment/payment-state.ts'
import { inCurrencyOf, isRequested, isShippedUnpaid, MOVEMENT_KINDS, paymentIdOf } from './payment/payment-state.ts'
import { PAYMENT_STATUSES } from './payment/payment-status.ts'

const Status = Type.Enum(PAYMENT_STATUSES.filter((status) => status !== 'NONE'))

/** Of what is moved; minor units and ISO 4217. */
export const AmountView = Type.Object(
  { amount: Type.Integer({ minimum: 1 }), currency: Type.String({ pattern: '^[A-Z]{3}$' }) },
  { additionalProperties: false },
)

const Sum = (description: string) =>
  Type.Optional(Type.Object({ amount: Type.Integer(), currency: Type.String() }, { description }))

/** The sums are absent when the payment was called off before it was asked for. */
export const PaymentView = Type.Object({
  orderId: Type.String(),
  paymentId: Type.String(),
  status: Status,
  amount: Sum('what was asked for'),
  authorized: Sum('what the gateway held or holds'),
  captured: Sum('what was taken; never more than was authorised'),
  refunded: Sum('what was given back; never more than was captured'),
  authorizationId: Type.Optional(Type.String({ description: "the gateway's number of the authorisation" })),
  reason: Type.Optional(Type.Enum(PAYMENT_FAILURE_REASONS, { description: 'present when the payment failed' })),
  message: Type.Optional(Type.String({ description: 'what the gateway said, when the payment failed' })),
  retryAt: Type.Optional(Type.String({ description: 'when a refused refund is asked for again' })),
  shippedUnpaid: Type.Optional(
    Type.Literal(true, { description: 'present when the order was shipped although its payment failed' }),
  ),
  movements: Type.Array(
    Type.Object({
      kind: Type.Enum(MOVEMENT_KINDS),
      gatewayId: Type.String({ description: "the gateway's number" }),
      amount: Type.Object({ amount: Type.Integer(), currency: Type.String() }),
      at: Type.String(),
      reason: Type.Optional(Type.String()),
    }),
  ),
  history: Type.Array(Type.Object({ status: Status, at: Type.String(), reason: Type.Optional(Type.String()) })),
})

/** Undefined for a payment that nobody has heard of. The payment token stays inside. */
export const viewOf = (orderId: string, found: Payment | undefined): Static<typeof PaymentView> | undefined => {
  if (found === undefined || found.status === 'NONE') return undefined
  const { status, authorizationId, failure, refund, movements, history } = found
  return {
    orderId,
    paymentId: paymentIdOf(orderId),
    status,
    ...sumsOf(found),
    ...(authorizationId === null ? {} : { authorizationId }),
    ...(failure ?? {}),
    ...(status === 'REFUND_FAILED' && typeof refund?.retryAt === 'string' ? { retryAt: refund.retryAt } : {}),
    ...(isShippedUnpaid(found) ? { shippedUnpaid: true } : {}),
    movements: [...movements],
    history: [...history],
  }
}

const sumsOf = (found: Payment) => {
  if (!isRequested(found)) return {}
  const { amount } = found.request
  return {
    amount,
    authorized: inCurrencyOf(found, found.authorizationId === null ? 0 : amount.amount),
    captured: inCurrencyOf(found, found.captured),
    refunded: inCurrencyOf(found, found.refunded),
  }
}
