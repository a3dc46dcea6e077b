import { createHash } from 'node:crypto'
import type { HttpApp, WebhookRules } from '@stocker/service-kit'
import {
  rawBodyOf,
  traceOf,
  verifyWebhook,
  WEBHOOK_ID_HEADER,
  WEBHOOK_SIGNATURE_HEADER,
  WEBHOOK_TIMESTAMP_HEADER,
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

/** Without a secret no report is believed. */
export interface CourierWebhook extends WebhookRules {
  readonly now: () => Date
}

/** Where the courier reports what happened to parcels. A report that is sent again is answered as the first time. */
export const courierWebhook = (service: DeliveryService, { now, ...rules }: CourierWebhook, app: HttpApp) => {
  app.post(
    '/api/courier/events',
    {
      config: { access: 'signed', rawBody: true },
      schema: {
        summary: "Take the courier's report of a parcel",
        description: `Signed by the rules of https://www.standardwebhooks.com: ${WEBHOOK_ID_HEADER} is the same for every repetition of a report, ${WEBHOOK_TIMESTAMP_HEADER} in seconds since 1970, ${WEBHOOK_SIGNATURE_HEADER}: v1,<base64 of the HMAC-SHA256 of "<id>.<timestamp>.<body>">.`,
        body: CourierReport,
        response: { 200: Type.Object({ orderId: Type.String(), status: Type.Enum(SHOWN_STATUSES) }) },
      },
      // Before the body is looked at: who is not the courier learns nothing.
      preValidation: async (request) => {
        if (rules.secrets.length === 0) throw problems('WEBHOOK_OFF', 'no secret is agreed with the courier')
        const { fault } = verifyWebhook({ headers: request.headers, body: rawBodyOf(request) }, rules, now())
        if (fault !== undefined) throw problems('SIGNATURE_REFUSED', fault)
      },
    },
    async (request) => {
      const id = String(request.headers[WEBHOOK_ID_HEADER])
      const { orderId, trackingNumber, at, proofId = `courier-${id}`, ...rest } = request.body
      const happened = at === undefined ? now() : new Date(Math.min(Date.parse(at), now().getTime()))
      const report = reportOf({ ...rest, orderId, proofId, at: happened.toISOString() })
      const result = await service.report(
        { orderId, reports: [report], ...(trackingNumber !== undefined && { trackingNumber }) },
        {
          ...traceOf(request),
          idempotency: {
            key: `courier:${id}`,
            fingerprint: createHash('sha256').update(rawBodyOf(request)).digest('base64url'),
          },
        },
      )
      if (result.status === 'rejected') throw problems.from(result.rejection)
      const { status } = result.state
      if (status === 'NONE' || status === 'RECALLED')
        throw problems('DELIVERY_NOT_FOUND', `there is no delivery of order ${orderId}`)
      return { orderId, status }
    },
  )
}
