import { Type } from 'typebox'
import { identifier, OrderId, ReceivedBy, timestamp } from './schemas.ts'
import { defineTopic, EVENT_TOPIC } from './topic.ts'

const DeliveryId = identifier('The delivery')

export const deliveryEvents = defineTopic({
  ...EVENT_TOPIC,
  name: 'delivery-events',
  owner: 'delivery-service',
  key: 'orderId',
  description: "The parcel's way to the customer",
  defaultType: 'OrderDeliveredEvent',
  readers: ['order-service'],
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
  },
})
