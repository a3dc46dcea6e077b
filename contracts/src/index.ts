export type { AsyncApiOptions } from './async-api.ts'
export { asyncApiDocument } from './async-api.ts'
export type { DomainEvent, EventData, EventName, TopicName } from './catalogue.ts'
export { EVENT_NAMES, EVENT_TYPES, EVENTS, isEventName, TOPIC_NAMES, TOPICS } from './catalogue.ts'
export type { DecodedEvent, RecordSource, UndecodableEvent } from './decode.ts'
export { decodeEvent } from './decode.ts'
export type { DeliveryFailureReason } from './delivery-events.ts'
export { DELIVERY_FAILURE_REASONS } from './delivery-events.ts'
export { encodeEvent, violationsIn } from './encode.ts'
export type { EventEnvelope } from './envelope.ts'
export type { ContractErrorCode } from './errors.ts'
export { CONTRACT_ERRORS, ContractError } from './errors.ts'
export type { EventField } from './fields.ts'
export { fieldsOf } from './fields.ts'
export type { PaymentFailureReason } from './payment-events.ts'
export { PAYMENT_FAILURE_REASONS } from './payment-events.ts'
export type { EventMessage, EventRecord, PublishableEvent, UndecodableRecord } from './records.ts'
export { eventTypesFor, messageReader, topicsReadBy, topicsWrittenBy, toWire } from './records.ts'
export { sampleFile } from './samples.ts'
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
export type { ServiceContract } from './service-contract.ts'
export type { EventDefinition, TopicDefinition } from './topic.ts'
export type { Violation } from './violations.ts'
