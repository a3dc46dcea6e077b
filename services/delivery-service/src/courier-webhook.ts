import type { HttpApp, WebhookReceiver } from '@stocker/service-kit'
import {
  SIGNED_BY_STANDARD_WEBHOOKS,
  signedWebhook,
  traceOf,
  webhookIdempotency,
  webhookIdOf,
} from '@stocker/service-kit'
import { Type } from 'typebox'
import { COURIER_EVENTS } from './courier.ts'
import type { DeliveryService } from './delivery-service.ts'
import { SHOWN_STATUSES } from './delivery-status.ts'
import { problems } from './errors.ts'
import { REPORT_FIELDS, reportOf } from './reported.ts'

const CourierReport = Type.Object(
  {
    orderId: Type.String({ minLength: 1, maxLength: 100, description: 'the reference that came with the parcel' }),
    trackingNumber: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, description: 'if given, it must be that of the parcel' }),
    ),
    event: Type.Enum(COURIER_EVENTS),
    at: Type.Optional(Type.String({ format: 'date-time', description: 'when it happened; default: now' })),
    proofId: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, description: "DELIVERED: the courier's number of the proof" }),
    ),
    ...REPORT_FIELDS,
  },
  { additionalProperties: false },
)

/** Where the courier reports what happened to parcels. A report that is sent again is answered as the first time. */
export const courierWebhook = (service: DeliveryService, receiver: WebhookReceiver, app: HttpApp) => {
  const { now = () => new Date() } = receiver
  app.post(
    '/api/courier/events',
    {
      ...signedWebhook(receiver),
      schema: {
        summary: "Take the courier's report of a parcel",
        description: SIGNED_BY_STANDARD_WEBHOOKS,
        body: CourierReport,
        response: { 200: Type.Object({ orderId: Type.String(), status: Type.Enum(SHOWN_STATUSES) }) },
      },
    },
    async (request) => {
      const { orderId, trackingNumber, at, proofId = `courier-${webhookIdOf(request)}`, ...rest } = request.body
      const happened = at === undefined ? now() : new Date(Math.min(Date.parse(at), now().getTime()))
      const report = reportOf({ ...rest, orderId, proofId, at: happened.toISOString() })
      const result = await service.report(
        { orderId, reports: [report], ...(trackingNumber !== undefined && { trackingNumber }) },
        { ...traceOf(request), idempotency: webhookIdempotency('courier', request) },
      )
      if (result.status === 'rejected') throw problems.from(result.rejection)
      const { status } = result.state
      if (status === 'NONE' || status === 'RECALLED')
        throw problems('DELIVERY_NOT_FOUND', `there is no delivery of order ${orderId}`)
      return { orderId, status }
    },
  )
}
