export type {
  Aggregate,
  AnyAggregate,
  CommandOf,
  Creation,
  Decision,
  DomainEvent,
  EventOf,
  NamedEvent,
  RejectionOf,
  StateOf,
} from './aggregates/aggregate.ts'
export { streamName } from './aggregates/aggregate.ts'
export type { CommandConditions } from './aggregates/decide.ts'
export { defineAggregate } from './aggregates/define-aggregate.ts'
export type { KernelRejection, Rejection } from './aggregates/rejection.ts'
export { isRejection, KERNEL_REJECTIONS, reject } from './aggregates/rejection.ts'
export type { NonFinal, Owners, Transitions } from './aggregates/transitions.ts'
export type { EventForm, EventPlace, NewForm, Upcaster } from './aggregates/upcaster.ts'
export { drop, rename, split, upcast } from './aggregates/upcaster.ts'
export type { RetryOptions } from './back-off.ts'
export type { AddressedCommand } from './commands/addressed-command.ts'
export { send } from './commands/addressed-command.ts'
export type {
  AcceptedCommand,
  CommandBus,
  CommandBusOptions,
  CommandResult,
  RejectedCommand,
  ResultOf,
} from './commands/command-bus.ts'
export type { CommandGateway, CommandGatewayOptions } from './commands/command-gateway.ts'
export { createCommandGateway } from './commands/command-gateway.ts'
export type { CommandMeta } from './commands/command-meta.ts'
export { createCommandBus } from './commands/create-command-bus.ts'
export type { CommandMessage, DispatchInterceptor, HandlerInterceptor } from './commands/interceptors.ts'
export { NaturalGrouping } from './commands/natural-grouping.ts'
export { createDeadlines } from './deadlines/create-deadlines.ts'
export type { DeadlineScope, DeadlineTime, Scheduled } from './deadlines/deadline.ts'
export type { DeadlineLag, DeadlineRun, Deadlines, DeadlinesOptions } from './deadlines/deadlines.ts'
export type { CqrsErrorCode } from './errors.ts'
export { CQRS_ERRORS, CqrsError } from './errors.ts'
export type { Logger } from './logger.ts'
export type { AttemptNotes, AttemptNotesOptions } from './messaging/attempt-notes.ts'
export { createAttemptNotes } from './messaging/attempt-notes.ts'
export type { FeedStart } from './messaging/feed-start.ts'
export type {
  Inbox,
  InboxOptions,
  InboxReport,
  MessageHandler,
  MessageHandlers,
} from './messaging/inbox.ts'
export { createInbox } from './messaging/inbox.ts'
export type { InboxMessage } from './messaging/inbox-message.ts'
export type {
  OutgoingRecord,
  Publisher,
  PublisherLag,
  PublisherOptions,
  PublisherState,
} from './messaging/publisher.ts'
export { createPublisher } from './messaging/publisher.ts'
export type { Migration } from './migrations.ts'
export { migrations } from './migrations.ts'
export { createOutboundCalls } from './outbound/create-outbound-calls.ts'
export type {
  CallRun,
  OpenCalls,
  OutboundCall,
  OutboundCalls,
  OutboundCallsOptions,
} from './outbound/outbound-calls.ts'
export type { DeadlineKey } from './postgres/deadline-rows.ts'
export type { RowDifference } from './postgres/shadow-tables.ts'
export type { SegmentStatus } from './processors/processor-control.ts'
export type { ProcessorState } from './processors/processor-loop.ts'
export type {
  ProcessorStatus,
  TrackingProcessor,
} from './processors/tracking-processor.ts'
export { createTrackingProcessor } from './processors/tracking-processor.ts'
export type { HandlerStatements, TrackingProcessorOptions } from './processors/tracking-processor-options.ts'
export type { QueryBus, QueryShape, SubscribeOptions, Subscription, UpdateOf } from './queries/query-bus.ts'
export { createQueryBus } from './queries/query-bus.ts'
export type { SubscriptionItem, VersionOf } from './queries/query-subscription.ts'
export type { InlineProjection, StreamChange, TableByMeaning } from './read-models/projection.ts'
export type { RebuildOptions, RebuildReport, RebuiltTable } from './read-models/rebuild.ts'
export { rebuildProjection } from './read-models/rebuild.ts'
export type { ColumnType, RowOf, Table } from './read-models/table.ts'
export { defineTable } from './read-models/table.ts'
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
} from './sagas/saga.ts'
export { defineSaga } from './sagas/saga.ts'
export type { SagaFigures, SagaStageFigures } from './sagas/saga-figures.ts'
export type { SagaQuery, StoredSaga } from './sagas/saga-reader.ts'
export type { RowWriter, SqlStatement, TableEffect, TableVerb } from './sql-statement.ts'
export type { EventMetadata, FeedPosition, NewEvent, StoredEvent } from './store/event.ts'
export { FEED_START, isAfter } from './store/event.ts'
export type { EventStore, EventStoreOptions } from './store/event-store.ts'
export { createEventStore } from './store/event-store.ts'
export type { CommandOutcome, UnitOfWork, WorkContext } from './store/unit-of-work.ts'
export type { EventEffects } from './trail/effects.ts'
export { effectsOf } from './trail/effects.ts'
export type { FieldChange } from './trail/field-changes.ts'
export type { TrailQuery } from './trail/read-trail.ts'
export { readEarlierEvents, readEvents, readHandlings, readTrail } from './trail/read-trail.ts'
export type { RowChange } from './trail/row-changes.ts'
export type {
  AttemptNote,
  AttemptOutcome,
  HandledMessage,
  MessageSource,
  OpenCall,
  PendingDeadline,
  SagaInstance,
  Trail,
} from './trail/trail.ts'
export { ATTEMPT_OUTCOMES } from './trail/trail.ts'
export { WakeUp } from './wake-up.ts'
