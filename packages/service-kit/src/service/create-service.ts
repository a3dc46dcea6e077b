import type {
  AnyAggregate,
  AnySaga,
  CommandBus,
  EventStore,
  InlineProjection,
  MessageHandlers,
  OutboundCalls,
} from '@stocker/cqrs'
import {
  createAttemptNotes,
  createCommandBus,
  createEventStore,
  createInbox,
  migrations as kernelMigrations,
} from '@stocker/cqrs'
import type { TopicDeclaration, TypeRegistry } from '@stocker/kafka-config'
import { KafkaProducerConfig, KafkaTopicConfig, redriveTopics } from '@stocker/kafka-config'
import type { AnyTables, Database } from '../database/connect-database.ts'
import { connectDatabase } from '../database/connect-database.ts'
import { databaseDependency } from '../database/database-dependency.ts'
import type { Migration } from '../database/migrate.ts'
import { ServiceKitError } from '../errors.ts'
import { faultRoutes } from '../faults/fault-routes.ts'
import type { Faults } from '../faults/fault-switches.ts'
import { FaultSwitches, NO_FAULTS } from '../faults/fault-switches.ts'
import type { HealthRegistry } from '../health.ts'
import { createHealth } from '../health.ts'
import type { HttpApp } from '../http/create-http-app.ts'
import { createHttpApp } from '../http/create-http-app.ts'
import type { Logger } from '../logging/create-logger.ts'
import { createLogger } from '../logging/create-logger.ts'
import { brokerReachable } from '../messaging/broker-health.ts'
import type { DecodeRecord } from '../messaging/decoded-batch.ts'
import { createEventListener } from '../messaging/event-listener.ts'
import type { EncodeEvent, MapEvent } from '../messaging/event-publisher.ts'
import { createEventPublisher } from '../messaging/event-publisher.ts'
import { listenerRoutes } from '../messaging/listener-routes.ts'
import { quarantineMigrations } from '../messaging/quarantine.ts'
import { stopPublisher } from '../messaging/stop-publisher.ts'
import type { Metrics } from '../metrics/create-metrics.ts'
import { createMetrics } from '../metrics/create-metrics.ts'
import { observeOutboundCalls } from '../metrics/observe-outbound-calls.ts'
import { observeSagas } from '../metrics/observe-sagas.ts'
import type { Tracing } from '../tracing/tracing.ts'
import { createTracing } from '../tracing/tracing.ts'
import type { Service } from './lifecycle.ts'
import { createLifecycle } from './lifecycle.ts'
import { runNowRoutes } from './run-now-routes.ts'
import type { ServiceConfig } from './service-config.ts'
import { createServiceDeadlines, hasDeadlines } from './service-deadlines.ts'
import { gateOf } from './service-gate.ts'

/** A service, as its app.ts describes it. */
export interface ServiceDefinition<Tables = AnyTables> {
  /** `order-service`: in logs, as name of the publisher and of the database connections. */
  readonly name: string
  /** Version and description of the HTTP API. */
  readonly version: string
  readonly description: string
  readonly config: ServiceConfig
  /** Default: JSON lines to standard output at the configured level. */
  readonly logger?: Logger
  /** What decides: the streams of the event store. */
  readonly aggregates: readonly AnyAggregate[]
  /** Business processes: they see the events of the aggregates and of the listener, and what they do about them is in the same transaction. */
  readonly sagas?: readonly AnySaga[]
  /** Default: the system's clock. For tests that let time pass. */
  readonly clock?: () => Date
  /** Read models that are written in the transaction of the events. */
  readonly projections?: readonly InlineProjection[]
  /** The service's own tables; those of the event store and of the kit come before them. */
  readonly migrations?: readonly Migration[]
  /** Topics that the service owns: created at the start where they are missing. */
  readonly topics?: readonly TopicDeclaration[]
  /** The service itself asks its callers who they are, and whom it lets in. Default false: the kit does, by the configured tokens. */
  readonly ownGate?: boolean
  /** Connects the service's own parts; called once, before anything is connected. */
  readonly wire: (parts: ServiceParts<Tables>) => ServiceWiring
}

/** What there is to build on. Nothing of it is connected while `wire` runs. */
export interface ServiceParts<Tables = AnyTables> {
  readonly database: Database<Tables>
  readonly store: EventStore
  readonly bus: CommandBus
  readonly logger: Logger
  readonly health: HealthRegistry
  readonly metrics: Metrics
  /** Lets calls to the outside be made to fail, where faults are enabled. */
  readonly faults: Faults
  /** undefined where no endpoint for spans is configured. */
  readonly tracing: Tracing | undefined
  /** Aborted when the service begins to stop: what waits on purpose must end then. */
  readonly stopping: AbortSignal
}

export interface ServiceWiring {
  readonly routes: (app: HttpApp) => void
  /** Kafka → inbox → handlers. */
  readonly listen?: {
    readonly topics: readonly string[]
    readonly handlers: MessageHandlers
    readonly decode: DecodeRecord
    readonly types?: TypeRegistry
  }
  /** Event store → Kafka. */
  readonly publish?: {
    readonly topics: readonly string[]
    readonly map: MapEvent
    readonly encode: EncodeEvent
    readonly types?: TypeRegistry
  }
  /** Calls to the outside: seen in the metrics, and operators can have one made at once. Whoever starts and stops them is in `background`. */
  readonly calls?: readonly OutboundCalls[]
  /** Runs after the migrations and before the first request, repeated while the database is away: for a seed. */
  readonly prepare?: () => Promise<void>
  /** Works beside requests and events (calls to the outside): started after everything else, stopped before the database goes. */
  readonly background?: readonly BackgroundWork[]
}

export interface BackgroundWork {
  start(): void | Promise<void>
  stop(): Promise<void>
}

/**
 * Builds a service from the parts of this package; each of them can be used without it. Nothing is connected until `start`, which goes through the
 * steps below from top to bottom; `close` goes through them from bottom to top.
 */
export function createService<Tables = AnyTables>(definition: ServiceDefinition<Tables>): Service {
  const { name, config } = definition
  const logger = definition.logger ?? createLogger({ service: name, level: config.logLevel })
  const health = createHealth()
  const metrics = createMetrics()
  const tracing = config.tracing && createTracing(config.tracing, { name, version: definition.version, logger })
  const stopping = new AbortController()

  const database = connectDatabase<Tables>({ ...config.database, applicationName: name, logger, health, metrics })
  const store = createEventStore({
    pool: database.pool,
    aggregates: definition.aggregates,
    sagas: definition.sagas ?? [],
    projections: definition.projections ?? [],
    transactionTimeoutMs: config.transactionTimeoutMs,
    ...(definition.clock && { clock: definition.clock }),
    logger,
  })
  const bus = createCommandBus({ store })
  const switches = config.faultsEnabled ? new FaultSwitches() : undefined
  const faults: Faults = switches ?? NO_FAULTS
  const wiring = definition.wire({
    faults,
    database,
    store,
    bus,
    logger,
    health,
    metrics,
    tracing,
    stopping: stopping.signal,
  })
  const { listen, publish, calls = [] } = wiring
  for (const each of calls) observeOutboundCalls(metrics, each)
  observeSagas(metrics, store, definition.sagas ?? [])
  const deadlines = hasDeadlines(definition) ? createServiceDeadlines({ store, name, logger, metrics }) : undefined

  const groupId = config.kafka.consumer.groupId ?? `${name}-group`
  const declared = [...(definition.topics ?? []), ...(listen ? redriveTopics(groupId) : [])]
  const topics = declared.length > 0 ? new KafkaTopicConfig(config.kafka, declared, { logger }) : undefined
  const producer = new KafkaProducerConfig(config.kafka, publish?.types ? { types: publish.types } : {})
  const sender = producer.createSender({ logger })
  const publisher =
    publish &&
    createEventPublisher({
      ...publish,
      store,
      pool: database.pool,
      name,
      sender,
      serialize: producer.serializer.serialize,
      logger,
      metrics,
      tracing,
      health,
    })
  const listener =
    listen &&
    createEventListener({
      ...listen,
      kafka: config.kafka,
      groupId,
      inbox: createInbox({ store, consumer: groupId, handlers: faults.handling(listen.handlers) }),
      notes: createAttemptNotes({ store, logger }),
      sender,
      retry: config.retry,
      dependencies: [databaseDependency(database.pool)],
      logger,
      metrics,
      tracing,
      health,
    })

  // A listener is always in touch with the broker; a service that only publishes would not notice its absence until it has something to say.
  if (publish && !listen) health.add('kafka', brokerReachable(config.kafka.bootstrapServers))

  const migrations = [...kernelMigrations, ...quarantineMigrations, ...(definition.migrations ?? [])]
  let serving = false
  const openForRequests = (): void => {
    serving = true
  }
  const gate = definition.ownGate === true ? undefined : gateOf(name, config, logger)
  const app = createHttpApp({
    ...definition,
    service: name,
    logger,
    health,
    metrics,
    tracing,
    ...(gate && { gate }),
    unavailableBecause: () => (serving ? undefined : `${name} is starting: its database is not ready yet.`),
  })
  wiring.routes(app)
  if (listener !== undefined) listenerRoutes(app, listener)
  runNowRoutes(app, { calls, deadlines, listener, logger })
  // Who handles no events and calls nobody has nothing that could be made to fail.
  if (switches !== undefined && switches.list().length > 0) faultRoutes(app, switches, logger)

  return createLifecycle({
    name,
    logger,
    health,
    app,
    address: config.http,
    stopping,
    shutdownTimeoutMs: config.shutdownTimeoutMs,
    quietMs: () => performance.now() - metrics.lastEventAt(),
    steps: [
      { name: 'tracing', start: () => tracing?.start(), stop: () => tracing?.stop() },
      { name: 'database', start: (signal) => database.ready(signal), stop: () => database.close() },
      { name: 'schema', start: () => database.migrate(migrations) },
      { name: 'event store', stop: () => store.close() },
      { name: 'command bus', stop: () => bus.close() },
      { name: 'preparation', ...(wiring.prepare && { start: wiring.prepare }) },
      // From here commands are accepted, broker or not: their events are stored, and published when it is there.
      { name: 'requests', start: openForRequests },
      { name: 'topics', ...(topics && { start: () => ensured(topics), stop: () => topics.close() }) },
      { name: 'sender', stop: () => sender.close() },
      { name: 'publisher', start: () => publisher?.start(), stop: () => publisher && stopPublisher(publisher) },
      { name: 'deadlines', start: () => deadlines?.start(), stop: () => deadlines?.stop() },
      ...(wiring.background ?? []).map((work) => ({
        name: 'background',
        start: () => work.start(),
        stop: () => work.stop(),
      })),
      { name: 'listener', start: () => listener?.start(), stop: () => listener?.stop() },
    ],
  })
}

async function ensured(topics: KafkaTopicConfig): Promise<void> {
  const { pending } = await topics.ensureTopics()
  if (pending) throw new ServiceKitError('BROKER_AWAY', 'The broker does not answer.')
}
