import type { HttpApp } from '@stocker/service-kit'
import { idempotencyOf, traceOf } from '@stocker/service-kit'
import { Type } from 'typebox'
import { problems } from './errors.ts'
import type { GatewayWebhook } from './gateway-webhook.ts'
import { gatewayWebhook } from './gateway-webhook.ts'
import type { Payment } from './payment/payment-state.ts'
import type { PaymentService } from './payment-service.ts'
import { AmountView, PaymentView, viewOf } from './payment-view.ts'

const OrderId = Type.Object({ orderId: Type.String({ minLength: 1, maxLength: 100 }) })

const Refund = Type.Object(
  {
    amount: Type.Optional(AmountView),
    reason: Type.String({ minLength: 1, maxLength: 100, description: 'code, e.g. GOODWILL; it is published' }),
  },
  { additionalProperties: false },
)

export const routes =
  (service: PaymentService, webhook: GatewayWebhook) =>
  (app: HttpApp): void => {
    app.get(
      '/api/payments/:orderId',
      {
        config: { access: 'staff' },
        schema: {
          summary: 'The payment of one order: sums, movements and history',
          params: OrderId,
          response: { 200: PaymentView },
        },
      },
      async ({ params: { orderId } }) => shown(orderId, await service.find(orderId)),
    )

    app.post(
      '/api/payments/:orderId/refunds',
      {
        config: { access: 'staff' },
        schema: {
          summary: 'Give captured money back: `amount`, or all that is left',
          description:
            'The Idempotency-Key is required: sent again with the same key the request gives nothing back a second time.',
          headers: Type.Object({ 'idempotency-key': Type.String() }),
          params: OrderId,
          body: Refund,
          response: { 202: PaymentView },
        },
      },
      async (request, reply) => {
        const { orderId } = request.params
        const result = await service.refund(orderId, request.body, metaOf(orderId, request))
        if (result.status === 'rejected') throw problems.from(result.rejection)
        return reply.code(202).send(shown(orderId, result.state))
      },
    )

    app.post(
      '/api/payments/:orderId/refunds/retry',
      {
        config: { access: 'staff' },
        schema: {
          summary: 'Ask the gateway again, now, for a refund that it refused',
          params: OrderId,
          response: { 202: PaymentView },
        },
      },
      async (request, reply) => {
        const { orderId } = request.params
        const result = await service.retryRefund(orderId, metaOf(orderId, request))
        if (result.status === 'rejected') throw problems.from(result.rejection)
        return reply.code(202).send(shown(orderId, result.state))
      },
    )

    gatewayWebhook(webhook, app)
  }

/** Keys of different payments are different keys. */
const metaOf = (orderId: string, request: Parameters<typeof idempotencyOf>[0]) => {
  const { idempotency } = idempotencyOf(request)
  return {
    ...traceOf(request),
    ...(idempotency && { idempotency: { ...idempotency, key: `payment:${orderId}:${idempotency.key}` } }),
  }
}

const shown = (orderId: string, found: Payment | undefined) => {
  const view = viewOf(orderId, found)
  if (view === undefined) throw problems('PAYMENT_NOT_FOUND', `there is no payment of order ${orderId}`)
  return view
}
