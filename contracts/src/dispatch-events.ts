import { Type } from 'typebox'
import { Address, identifier, OrderId, reasonCode, Sku, StockLine } from './schemas.ts'
import { defineTopic, EVENT_TOPIC } from './topic.ts'

const StockLines = Type.Array(StockLine, { minItems: 1 })

const Shortage = Type.Object(
  {
    sku: Sku,
    requested: Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'Pieces that the order needs' }),
    available: Type.Integer({ minimum: 0, maximum: 2_147_483_647, description: 'Pieces that could be reserved' }),
  },
  { description: 'A sku of which there is too little' },
)

export const dispatchEvents = defineTopic({
  ...EVENT_TOPIC,
  name: 'dispatch-events',
  owner: 'dispatch-service',
  key: 'orderId',
  description: 'Stock and shipping of an order',
  defaultType: 'OrderDispatchedEvent',
  readers: ['order-service', 'payment-service', 'delivery-service'],
  events: {
    OrderDispatchedEvent: {
      version: 1,
      description: 'The parcel left the warehouse: delivery takes over',
      data: Type.Object({
        orderId: OrderId,
        dispatchId: identifier('The dispatch'),
        lines: StockLines,
        shippingAddress: Address,
      }),
    },
    StockReservedEvent: {
      version: 1,
      description: 'All pieces of the order are set aside',
      data: Type.Object({ orderId: OrderId, lines: StockLines }),
    },
    StockRejectedEvent: {
      version: 1,
      description: 'There is too little stock for the order; nothing is set aside',
      data: Type.Object({ orderId: OrderId, shortages: Type.Array(Shortage, { minItems: 1 }) }),
    },
    StockReleasedEvent: {
      version: 1,
      description: 'Nothing of the order will be shipped: the pieces that were set aside, if any, are free again',
      data: Type.Object({ orderId: OrderId, lines: Type.Array(StockLine), reason: reasonCode('PAYMENT_DECLINED') }),
    },
    StockReturnedEvent: {
      version: 1,
      description: 'The parcel came back, and its pieces are on hand again',
      data: Type.Object({ orderId: OrderId, lines: StockLines, reason: reasonCode('THREE_ATTEMPTS_FAILED') }),
    },
  },
})
