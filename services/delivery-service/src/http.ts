import type { HttpApp } from '@stocker/service-kit'
import { idempotencyOf, traceOf } from '@stocker/service-kit'
import { Type } from 'typebox'
import type { Delivery } from './delivery.ts'
import { DELIVERY_STATUSES } from './delivery.ts'
import type { DeliveryService } from './delivery-service.ts'
import { problems } from './errors.ts'

const Status = Type.Enum(DELIVERY_STATUSES.filter((status) => status !== 'NONE'))
const IdempotencyKey = Type.Object({ 'idempotency-key': Type.Optional(Type.String()) })
const OrderId = Type.Object({ orderId: Type.String({ minLength: 1, maxLength: 100 }) })

const DeliveryView = Type.Object({
  orderId: Type.String(),
  deliveryId: Type.String(),
  status: Status,
  courier: Type.String(),
  trackingNumber: Type.String(),
  deliveredAt: Type.Optional(Type.String()),
  proof: Type.Optional(Type.Object({ receivedBy: Type.String(), proofId: Type.String() })),
  history: Type.Array(Type.Object({ status: Status, at: Type.String() })),
})

const Attempt = Type.Object(
  {
    outcome: Type.String({ minLength: 1, maxLength: 50, description: 'DELIVERED' }),
    receivedBy: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'who took the parcel' })),
  },
  { additionalProperties: false },
)

export const routes =
  (service: DeliveryService) =>
  (app: HttpApp): void => {
    app.get(
      '/api/deliveries/:orderId',
      {
        schema: {
          summary: 'The delivery of one order with its history',
          params: OrderId,
          response: { 200: DeliveryView },
        },
      },
      async ({ params: { orderId } }) => viewOf(orderId, await service.find(orderId)),
    )

    app.post(
      '/api/deliveries/:orderId/attempts',
      {
        schema: {
          summary: 'Record by hand how an attempt to deliver ended',
          description: 'Repeat a request safely with the same Idempotency-Key.',
          headers: IdempotencyKey,
          params: OrderId,
          body: Attempt,
          response: { 200: DeliveryView },
        },
      },
      async (request) => {
        const { orderId } = request.params
        const { outcome, receivedBy } = request.body
        if (outcome !== 'DELIVERED')
          throw problems('OUTCOME_NOT_SUPPORTED', `the outcome ${outcome} is not known here; DELIVERED is`)
        if (receivedBy === undefined)
          throw problems('RECEIVER_MISSING', `nobody is named who took the parcel of order ${orderId}`)
        const { idempotency } = idempotencyOf(request)
        const result = await service.recordDelivery(orderId, receivedBy, {
          ...traceOf(request),
          ...(idempotency && { idempotency: { ...idempotency, key: `delivery:${orderId}:${idempotency.key}` } }),
        })
        if (result.status === 'rejected') throw problems.from(result.rejection)
        return viewOf(orderId, result.state)
      },
    )
  }

const viewOf = (orderId: string, found: Delivery | undefined) => {
  if (found === undefined || found.status === 'NONE' || found.schedule === null)
    throw problems('DELIVERY_NOT_FOUND', `there is no delivery of order ${orderId}`)
  const { status, proof, deliveredAt, history } = found
  const { deliveryId, courier, trackingNumber } = found.schedule
  return {
    orderId,
    deliveryId,
    status,
    courier,
    trackingNumber,
    ...(deliveredAt === null ? {} : { deliveredAt }),
    ...(proof === null ? {} : { proof }),
    history: [...history],
  }
}
