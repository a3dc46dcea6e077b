export type { DomainEvent, EventData, EventName, TopicName } from './catalogue.ts'
export { EVENT_NAMES, EVENT_TYPES, EVENTS, isEventName, TOPIC_NAMES, TOPICS } from './catalogue.ts'
export type { EventEnvelope } from './envelope.ts'
export type { PaymentFailureReason } from './payment-events.ts'
export { PAYMENT_FAILURE_REASONS } from './payment-events.ts'
export type { Immutable } from './schemas.ts'
export {
  Address,
  CartId,
  CustomerId,
  isPersonal,
  Money,
  OrderId,
  OrderLine,
  PaymentToken,
  PERSONAL,
  ProductName,
  Quantity,
  Sku,
  StockLine,
} from './schemas.ts'
export type { EventDefinition, TopicDefinition } from './topic.ts'
