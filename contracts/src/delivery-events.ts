import { Type } from 'typebox'
import { identifier, OrderId, ReceivedBy, reasonCode, timestamp } from './schemas.ts'
import { defineTopic, EVENT_TOPIC } from './topic.ts'

const DeliveryId = identifier('The delivery')

/** Why nobody got the parcel. Another reason is another version: readers refuse what they do not know. */
export const DELIVERY_FAILURE_REASONS = ['ABSENT', 'REFUSED', 'BAD_ADDRESS'] as const
export type DeliveryFailureReason = (typeof DELIVERY_FAILURE_REASONS)[number]

const AttemptNumber = Type.Integer({ minimum: 1, maximum: 3, description: 'Attempts so far, this one included' })

export const deliveryEvents = defineTopic({
  ...EVENT_TOPIC,
  name: 'delivery-events',
  owner: 'delivery-service',
  key: 'orderId',
  description: "The parcel's way to the customer",
  defaultType: 'OrderDeliveredEvent',
  readers: ['order-service', 'payment-service', 'dispatch-service'],
  events: {
    OrderDeliveredEvent: {
      version: 1,
      description: 'The parcel was handed over',
      data: Type.Object({
        orderId: OrderId,
        deliveryId: DeliveryId,
        deliveredAt: timestamp('When it was handed over'),
        proof: Type.Object(
          { receivedBy: ReceivedBy, proofId: identifier("The courier's number of the proof") },
          { description: 'Proof of delivery' },
        ),
      }),
    },
    DeliveryScheduledEvent: {
      version: 1,
      description: 'A courier took over the parcel',
      data: Type.Object({
        orderId: OrderId,
        deliveryId: DeliveryId,
        courier: Type.String({ minLength: 1, maxLength: 100, description: "The courier's name" }),
        trackingNumber: identifier("The courier's number of the parcel"),
      }),
    },
    OrderOutForDeliveryEvent: {
      version: 1,
      description: 'The courier has the parcel on the way to the customer: it can no longer be called back',
      data: Type.Object({ orderId: OrderId, deliveryId: DeliveryId, attempt: AttemptNumber }),
    },
    DeliveryAttemptFailedEvent: {
      version: 1,
      description: 'Nobody got the parcel; without `nextAttemptAt` it goes back',
      data: Type.Object({
        orderId: OrderId,
        deliveryId: DeliveryId,
        attempt: AttemptNumber,
        reason: Type.Enum(DELIVERY_FAILURE_REASONS, { description: 'Why' }),
        nextAttemptAt: Type.Optional(timestamp('When the courier tries again')),
      }),
    },
    DeliveryReturnedEvent: {
      version: 1,
      description: 'The parcel is back: its pieces go into stock and the customer gets the money back',
      data: Type.Object({
        orderId: OrderId,
        deliveryId: DeliveryId,
        reason: reasonCode('THREE_ATTEMPTS_FAILED'),
        returnedAt: timestamp('When it came back'),
      }),
    },
    DeliveryLostEvent: {
      version: 1,
      description: 'The parcel will never arrive: the customer gets the money back, the pieces are gone',
      data: Type.Object({ orderId: OrderId, deliveryId: DeliveryId, reason: reasonCode('LOST_BY_COURIER') }),
    },
  },
})
