export type { AddressedCommand } from './addressed-command.ts'
export { send } from './addressed-command.ts'
export type {
  Aggregate,
  AnyAggregate,
  CommandOf,
  Creation,
  Decision,
  DomainEvent,
  EventOf,
  EventPlace,
  NamedEvent,
  RejectionOf,
  StateOf,
} from './aggregate.ts'
export { defineAggregate, streamName } from './aggregate.ts'
export type {
  AcceptedCommand,
  CommandBus,
  CommandBusOptions,
  CommandMeta,
  CommandResult,
  RejectedCommand,
  ResultOf,
} from './command-bus.ts'
export { createCommandBus } from './command-bus.ts'
export type { CommandGateway, CommandGatewayOptions } from './command-gateway.ts'
export { createCommandGateway } from './command-gateway.ts'
export type { DeadlineScope, DeadlineTime, Scheduled } from './deadline.ts'
export type { DeadlineLag, Deadlines, DeadlinesOptions } from './deadlines.ts'
export { createDeadlines } from './deadlines.ts'
export type { CommandConditions } from './decide.ts'
export type { CqrsErrorCode } from './errors.ts'
export { CQRS_ERRORS, CqrsError } from './errors.ts'
export type { EventMetadata, FeedPosition, NewEvent, StoredEvent } from './event.ts'
export { FEED_START } from './event.ts'
export type { EventStore, EventStoreOptions } from './event-store.ts'
export { createEventStore } from './event-store.ts'
export type { FeedStart } from './feed-start.ts'
export type { Inbox, InboxMessage, InboxOptions, InboxReport, MessageHandler, MessageHandlers } from './inbox.ts'
export { createInbox } from './inbox.ts'
export type { CommandMessage, DispatchInterceptor, HandlerInterceptor } from './interceptors.ts'
export type { Logger } from './logger.ts'
export type { Migration } from './migrations.ts'
export { migrations } from './migrations.ts'
export { NaturalGrouping } from './natural-grouping.ts'
export type {
  OutboundCall,
  OutboundCalls,
  OutboundCallsOptions,
  RetryOptions,
} from './outbound-calls.ts'
export { createOutboundCalls } from './outbound-calls.ts'
export type { RowDifference } from './postgres/shadow-tables.ts'
export type { SegmentStatus } from './processor-control.ts'
export type { ProcessorState } from './processor-loop.ts'
export type { InlineProjection, StreamChange, TableByMeaning } from './projection.ts'
export type { OutgoingRecord, Publisher, PublisherLag, PublisherOptions, PublisherState } from './publisher.ts'
export { createPublisher } from './publisher.ts'
export type { QueryBus, QueryShape, SubscribeOptions, Subscription, UpdateOf } from './query-bus.ts'
export { createQueryBus } from './query-bus.ts'
export type { SubscriptionItem, VersionOf } from './query-subscription.ts'
export type { RebuildOptions, RebuildReport, RebuiltTable } from './rebuild.ts'
export { rebuildProjection } from './rebuild.ts'
export type { KernelRejection, Rejection } from './rejection.ts'
export { isRejection, KERNEL_REJECTIONS, reject } from './rejection.ts'
export type {
  AnyDeadlines,
  AnySaga,
  DeadlinesOf,
  EventContext,
  Reaction,
  RefusedCommand,
  Saga,
  SagaContext,
  SagaEventHandler,
  SagaStateOf,
} from './saga.ts'
export { defineSaga } from './saga.ts'
export type { SagaQuery, StoredSaga } from './saga-reader.ts'
export type { RowWriter, SqlStatement } from './sql-statement.ts'
export type { ColumnType, RowOf, Table } from './table.ts'
export { defineTable } from './table.ts'
export type {
  HandlerStatements,
  ProcessorStatus,
  TrackingProcessor,
  TrackingProcessorOptions,
} from './tracking-processor.ts'
export { createTrackingProcessor } from './tracking-processor.ts'
export type { NonFinal, Owners, Transitions } from './transitions.ts'
export type { CommandOutcome, UnitOfWork, WorkContext } from './unit-of-work.ts'
export type { EventForm, NewForm, Upcaster } from './upcasters.ts'
export { drop, rename, split, upcast } from './upcasters.ts'
