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
    idempotencyKey: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description:
          'of the request that it answers: it counts once then, whether the answer came as well or not, and not any more when the courier has something else to do by now',
      }),
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

export const COURIER_WEBHOOK = '/api/courier/events'

/** Where the courier reports what happened to parcels. A report that is sent again is answered as the first time. */
export const courierWebhook = (service: DeliveryService, receiver: WebhookReceiver, app: HttpApp) => {
  const { now = () => new Date() } = receiver
  app.post(
    COURIER_WEBHOOK,
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
      const { body } = request
      const { orderId, trackingNumber, idempotencyKey, at, proofId = `courier-${webhookIdOf(request)}`, ...rest } = body
      const happened = at === undefined ? now() : new Date(Math.min(Date.parse(at), now().getTime()))
      const report = reportOf({ ...rest, orderId, proofId, at: happened.toISOString() })
      const result = await service.report(
        {
          orderId,
          reports: [report],
          ...(trackingNumber !== undefined && { trackingNumber }),
          ...(idempotencyKey !== undefined && { request: idempotencyKey }),
        },
        { ...traceOf(request), idempotency: webhookIdempotency('courier', request) },
      )
      if (result.status === 'rejected') {
        const { rejected } = result.rejection
        request.log.warn(
          { orderId, event: rest.event, rejected },
          'A report of the courier was rejected; compare the delivery with what the courier knows of the parcel',
        )
        throw problems.from(result.rejection)
      }
      const { status } = result.state
      if (status === 'NONE' || status === 'RECALLED')
        throw problems('DELIVERY_NOT_FOUND', `there is no delivery of order ${orderId}`)
      return { orderId, status }
    },
  )
}
