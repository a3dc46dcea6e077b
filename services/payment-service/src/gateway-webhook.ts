import type { HttpApp, WebhookReceiver } from '@stocker/service-kit'
import { SIGNED_BY_STANDARD_WEBHOOKS, signedWebhook, traceOf, webhookIdempotency } from '@stocker/service-kit'
import { Type } from 'typebox'
import { problems } from './errors.ts'
import { DECLINE_REASONS } from './gateway.ts'
import type { TakeReport } from './gateway-report.ts'
import { DONE_EVENTS } from './gateway-report.ts'
import { PAYMENT_STATUSES } from './payment/payment-status.ts'
import { AmountView } from './payment-view.ts'

const Id = (description: string) => Type.String({ minLength: 1, maxLength: 200, description })
const CALL = {
  orderId: Type.String({ minLength: 1, maxLength: 100, description: 'the reference that came with the call' }),
  idempotencyKey: Id('of the call'),
  amount: AmountView,
} as const
const Message = Type.String({ maxLength: 500 })
const CLOSED = { additionalProperties: false } as const

const GatewayReport = Type.Union([
  Type.Object(
    { event: Type.Enum(DONE_EVENTS), ...CALL, gatewayId: Id('of the authorisation or of the movement') },
    CLOSED,
  ),
  Type.Object(
    { event: Type.Literal('DECLINED'), ...CALL, reason: Type.Enum(DECLINE_REASONS), message: Message },
    CLOSED,
  ),
  Type.Object({ event: Type.Literal('REFUND_REFUSED'), ...CALL, message: Message }, CLOSED),
])

export const GATEWAY_WEBHOOK = '/api/payments/webhooks/gateway'

export interface GatewayWebhook extends WebhookReceiver {
  readonly report: TakeReport
}

/** Where the gateway reports what it did. A report that is sent again is answered as the first time. */
export const gatewayWebhook = ({ report, ...receiver }: GatewayWebhook, app: HttpApp): void => {
  app.post(
    GATEWAY_WEBHOOK,
    {
      ...signedWebhook(receiver),
      schema: {
        summary: "Take the gateway's report of a call",
        description: SIGNED_BY_STANDARD_WEBHOOKS,
        body: GatewayReport,
        response: { 200: Type.Object({ orderId: Type.String(), status: Type.Enum(PAYMENT_STATUSES) }) },
      },
    },
    async (request) => {
      const { orderId, idempotencyKey, event } = request.body
      const result = await report(request.body, {
        ...traceOf(request),
        idempotency: webhookIdempotency('gateway', request),
      })
      if (result.status === 'rejected') {
        const { rejected } = result.rejection
        request.log.warn(
          { orderId, idempotencyKey, event, rejected },
          "A report of the gateway was rejected; compare the payment with the gateway's ledger",
        )
        throw problems.from(result.rejection)
      }
      return { orderId, status: result.state.status }
    },
  )
}
