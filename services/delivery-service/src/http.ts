import { DELIVERY_FAILURE_REASONS } from '@stocker/contracts'
import type { HttpApp, WebhookReceiver } from '@stocker/service-kit'
import { idempotencyOf, traceOf } from '@stocker/service-kit'
import { Type } from 'typebox'
import type { CourierEvent } from './courier.ts'
import { courierWebhook } from './courier-webhook.ts'
import type { Delivery } from './delivery.ts'
import type { DeliveryService } from './delivery-service.ts'
import { SHOWN_STATUSES } from './delivery-status.ts'
import { problems } from './errors.ts'
import { REPORT_FIELDS, reportOf } from './reported.ts'

const Status = Type.Enum(SHOWN_STATUSES)
const IdempotencyKey = Type.Object({ 'idempotency-key': Type.Optional(Type.String()) })
const OrderId = Type.Object({ orderId: Type.String({ minLength: 1, maxLength: 100 }) })

const DeliveryView = Type.Object({
  orderId: Type.String(),
  deliveryId: Type.String(),
  status: Status,
  courier: Type.String(),
  trackingNumber: Type.String(),
  attempts: Type.Array(
    Type.Object({ attempt: Type.Integer(), reason: Type.Enum(DELIVERY_FAILURE_REASONS), at: Type.String() }),
    { description: 'those that failed' },
  ),
  nextAttemptAt: Type.Optional(Type.String()),
  deliveredAt: Type.Optional(Type.String()),
  proof: Type.Optional(Type.Object({ receivedBy: Type.String({ 'x-personal': true }), proofId: Type.String() })),
  returnReason: Type.Optional(Type.String()),
  history: Type.Array(Type.Object({ status: Status, at: Type.String(), reason: Type.Optional(Type.String()) })),
})

/** What a person calls it → what the courier would report. */
const OUTCOMES: ReadonlyMap<string, CourierEvent> = new Map([
  ['PICKED_UP', 'PICKED_UP'],
  ['DELIVERED', 'DELIVERED'],
  ['FAILED', 'ATTEMPT_FAILED'],
  ['RETURNED', 'RETURNED'],
  ['LOST', 'LOST'],
])
const KNOWN_OUTCOMES = [...OUTCOMES.keys()].join(', ')

const Attempt = Type.Object(
  { outcome: Type.String({ minLength: 1, maxLength: 50, description: KNOWN_OUTCOMES }), ...REPORT_FIELDS },
  { additionalProperties: false },
)

export const routes =
  (service: DeliveryService, webhook: WebhookReceiver) =>
  (app: HttpApp): void => {
    app.get(
      '/api/deliveries/:orderId',
      {
        config: { access: 'staff' },
        schema: {
          summary: 'The delivery of one order with its attempts, proof and history',
          params: OrderId,
          response: { 200: DeliveryView },
        },
      },
      async ({ params: { orderId } }) => viewOf(orderId, await service.find(orderId)),
    )

    app.post(
      '/api/deliveries/:orderId/attempts',
      {
        config: { access: 'staff' },
        schema: {
          summary: 'Record by hand what happened to the parcel just now',
          description: 'Repeat a request safely with the same Idempotency-Key.',
          headers: IdempotencyKey,
          params: OrderId,
          body: Attempt,
          response: { 200: DeliveryView },
        },
      },
      async (request) => {
        const { orderId } = request.params
        const { outcome, ...rest } = request.body
        const event = OUTCOMES.get(outcome)
        if (event === undefined)
          throw problems(
            'OUTCOME_NOT_SUPPORTED',
            `the outcome ${outcome} is not known here; known are ${KNOWN_OUTCOMES}`,
          )
        const { idempotency } = idempotencyOf(request)
        const result = await service.reportByHand(
          orderId,
          (at, proofId) => reportOf({ ...rest, orderId, event, at, proofId }),
          {
            ...traceOf(request),
            ...(idempotency && { idempotency: { ...idempotency, key: `delivery:${orderId}:${idempotency.key}` } }),
          },
        )
        if (result.status === 'rejected') throw problems.from(result.rejection)
        return viewOf(orderId, result.state)
      },
    )

    courierWebhook(service, webhook, app)
  }

const viewOf = (orderId: string, found: Delivery | undefined) => {
  if (found === undefined || found.status === 'NONE' || found.status === 'RECALLED' || found.schedule === null)
    throw problems('DELIVERY_NOT_FOUND', `there is no delivery of order ${orderId}`)
  const { status, attempts, nextAttemptAt, proof, deliveredAt, returnReason, history } = found
  const { deliveryId, courier, trackingNumber } = found.schedule
  return {
    orderId,
    deliveryId,
    status,
    courier,
    trackingNumber,
    attempts: [...attempts],
    ...(nextAttemptAt !== null && { nextAttemptAt }),
    ...(deliveredAt !== null && { deliveredAt }),
    ...(proof !== null && { proof }),
    ...(returnReason !== null && { returnReason }),
    history: [...history],
  }
}
