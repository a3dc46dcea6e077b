import { PAYMENT_FAILURE_REASONS } from '@stocker/contracts'
import type { HttpApp } from '@stocker/service-kit'
import { Type } from 'typebox'
import { problems } from './errors.ts'
import type { Payment } from './payment.ts'
import { PAYMENT_STATUSES } from './payment.ts'
import type { PaymentService } from './payment-service.ts'

const Status = Type.Enum(PAYMENT_STATUSES.filter((status) => status !== 'NONE'))

const PaymentView = Type.Object({
  orderId: Type.String(),
  paymentId: Type.String(),
  status: Status,
  amount: Type.Object({ amount: Type.Integer(), currency: Type.String() }),
  authorizationId: Type.Optional(Type.String({ description: 'present when the money is held' })),
  reason: Type.Optional(Type.Enum(PAYMENT_FAILURE_REASONS, { description: 'present when the payment failed' })),
  message: Type.Optional(Type.String({ description: 'what the gateway said, when the payment failed' })),
  history: Type.Array(Type.Object({ status: Status, at: Type.String(), reason: Type.Optional(Type.String()) })),
})

export const routes =
  (service: PaymentService) =>
  (app: HttpApp): void => {
    app.get(
      '/api/payments/:orderId',
      {
        schema: {
          summary: 'The payment of one order with its history',
          params: Type.Object({ orderId: Type.String({ minLength: 1, maxLength: 100 }) }),
          response: { 200: PaymentView },
        },
      },
      async ({ params: { orderId } }) => viewOf(orderId, await service.find(orderId)),
    )
  }

const viewOf = (orderId: string, found: Payment | undefined) => {
  if (found === undefined || found.status === 'NONE' || found.request === null)
    throw problems('PAYMENT_NOT_FOUND', `there is no payment of order ${orderId}`)
  const { status, authorizationId, failure, history } = found
  const { paymentId, amount } = found.request
  return {
    orderId,
    paymentId,
    status,
    amount,
    ...(authorizationId === null ? {} : { authorizationId }),
    ...(failure ?? {}),
    history: [...history],
  }
}
