import { createHash } from 'node:crypto'
import type { HttpApp } from '@stocker/service-kit'
import { rawBodyOf, traceOf } from '@stocker/service-kit'
import { Type } from 'typebox'
import { COURIER_EVENTS } from './courier.ts'
import type { DeliveryService } from './delivery-service.ts'
import { SHOWN_STATUSES } from './delivery-status.ts'
import { problems } from './errors.ts'
import { REPORT_FIELDS, reportOf } from './reported.ts'
import type { SignatureRules } from './webhook-signature.ts'
import { SIGNATURE_HEADER, signatureFault, TIMESTAMP_HEADER } from './webhook-signature.ts'

const CourierReport = Type.Object(
  {
    eventId: Type.String({ minLength: 1, maxLength: 100, description: 'the same for every repetition of this report' }),
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

export interface CourierWebhook extends Omit<SignatureRules, 'secret'> {
  /** undefined: no report is believed. */
  readonly secret: string | undefined
  readonly now: () => Date
}

/** Where the courier reports what happened to parcels. A report that is sent again is answered as the first time. */
export const courierWebhook = (service: DeliveryService, { secret, toleranceMs, now }: CourierWebhook, app: HttpApp) =>
  app.post(
    '/api/courier/events',
    {
      config: { access: 'signed', rawBody: true },
      schema: {
        summary: "Take the courier's report of a parcel",
        description: `Signed: ${TIMESTAMP_HEADER} in seconds since 1970, ${SIGNATURE_HEADER}: sha256=<hex of the HMAC-SHA256 of "<timestamp>.<body>">.`,
        body: CourierReport,
        response: { 200: Type.Object({ orderId: Type.String(), status: Type.Enum(SHOWN_STATUSES) }) },
      },
      // Before the body is looked at: who is not the courier learns nothing.
      preValidation: async (request) => {
        if (secret === undefined) throw problems('WEBHOOK_OFF', 'no secret is agreed with the courier')
        const fault = signatureFault(
          {
            timestamp: request.headers[TIMESTAMP_HEADER],
            signature: request.headers[SIGNATURE_HEADER],
            body: rawBodyOf(request),
          },
          { secret, toleranceMs },
          now(),
        )
        if (fault !== null) throw problems('SIGNATURE_REFUSED', fault)
      },
    },
    async (request) => {
      const { eventId, orderId, trackingNumber, at, proofId = `courier-${eventId}`, ...rest } = request.body
      const happened = at === undefined ? now() : new Date(Math.min(Date.parse(at), now().getTime()))
      const report = reportOf({ ...rest, orderId, proofId, at: happened.toISOString() })
      const result = await service.report(
        { orderId, reports: [report], ...(trackingNumber !== undefined && { trackingNumber }) },
        {
          ...traceOf(request),
          idempotency: {
            key: `courier:${eventId}`,
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
