import type { AttemptNotes, Inbox } from '@stocker/cqrs'
import { CqrsError } from '@stocker/cqrs'
import type {
  Dependency,
  ErrorHandlerOptions,
  KafkaConfig,
  KafkaSender,
  ListenerContainer,
  TypeRegistry,
} from '@stocker/kafka-config'
import { ExceptionClassifier, KafkaConsumerConfig } from '@stocker/kafka-config'
import type { HealthRegistry } from '../health.ts'
import type { Logger } from '../logging/create-logger.ts'
import type { ConsumerMetrics, Metrics } from '../metrics/create-metrics.ts'
import type { Tracing } from '../tracing/tracing.ts'
import { isUnavailable } from '../unavailable.ts'
import type { AttemptLog } from './attempt-log.ts'
import { createAttemptLog } from './attempt-log.ts'
import { createDeadLetters } from './dead-letters.ts'
import type { DecodeRecord } from './decoded-batch.ts'
import { inboxListener } from './inbox-listener.ts'
import { observeListener } from './listener-metrics.ts'
import { PACE_FROM_RECORDS, PACE_INTERVAL_MS } from './pacing.ts'

export interface EventRetryOptions {
  /** How often an event is handled again before it goes to the dead letters. What only waiting cures has no limit, apart from transactions that take too long. Default 9. */
  readonly maxRetries: number
  /** Wait before the first of them; each later one is twice as long. Milliseconds, default 200. */
  readonly initialIntervalMs: number
  /** Longest wait. Milliseconds, default 10,000. */
  readonly maxIntervalMs: number
  /** Failed events and those that wait behind them, at most; then their partitions wait. Default 10,000. */
  readonly maxParkedRecords: number
}

/** With these an event that fails at every attempt is a dead letter after 42 s. */
export const EVENT_RETRY: EventRetryOptions = {
  maxRetries: 9,
  initialIntervalMs: 200,
  maxIntervalMs: 10_000,
  maxParkedRecords: 10_000,
}

export interface EventListenerOptions {
  readonly kafka: KafkaConfig
  readonly topics: readonly string[]
  /** Consumer group; also the consumer's name in quarantine and metrics. Default: spring.kafka.consumer.group-id. */
  readonly groupId?: string
  readonly inbox: Inbox
  /** Where attempts without effect are noted. */
  readonly notes: AttemptNotes
  readonly decode: DecodeRecord
  readonly types?: TypeRegistry
  /** Writes the dead letters, and the confirmations of those that were sent again and handled. */
  readonly sender: KafkaSender
  readonly retry?: Partial<EventRetryOptions>
  /** While one of them is away nothing is handed out. */
  readonly dependencies: readonly Dependency[]
  readonly logger: Logger
  readonly metrics: Metrics
  /** Records a span for each event of a recorded trace. Default: none. */
  readonly tracing?: Tracing | undefined
  /** Registers the component `kafka-consumer`, of readiness and of liveness. */
  readonly health: HealthRegistry
}

export interface EventListener {
  /** Begins to join the group; keeps trying while the broker is away. */
  start(): Promise<void>
  /** Finishes the batch in hand, commits its offsets, leaves the group. */
  stop(): Promise<void>
  /** Finishes the batch in hand and leaves the group, until `resume`: what comes waits in the topics. Healthy all the same, for it is meant. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Milliseconds since 1970; undefined while it is not paused. */
  readonly pausedSince: number | undefined
  readonly container: ListenerContainer
}

const MULTIPLIER = 2

/**
 * Topics → inbox. Each batch takes effect in one transaction, then its offsets are committed. An event that cannot be handled holds up the later ones of
 * its key and nothing else: it is tried again, and at last goes to `<topic>-dlt`, then the next one follows. Nothing is tried while a dependency is away.
 * Dead letters that are sent again come in by `<group>-redrive`.
 */
export function createEventListener(options: EventListenerOptions): EventListener {
  const { kafka, topics, sender, dependencies, logger, health } = options
  const retry = { ...EVENT_RETRY, ...options.retry }
  const consumer = options.groupId ?? kafka.consumer.groupId ?? ''
  const metrics = options.metrics.consumer(consumer, topics)
  const attempts = createAttemptLog(options.notes, consumer, options.decode)
  const deadLetters = createDeadLetters(kafka, topics, sender, logger)
  const container = new KafkaConsumerConfig(kafka).createListenerContainer({
    topics,
    logger,
    orderedRetry: { maxParkedRecords: retry.maxParkedRecords },
    circuitBreaker: { dependencies },
    errorHandler: { ...errorHandling(retry, metrics, attempts), recoverer: deadLetters.recoverer },
    redrive: { sender },
    pacing: { fromRecords: PACE_FROM_RECORDS, intervalMs: PACE_INTERVAL_MS },
    // These retries keep the order, which retry topics do not.
    retryTopics: false,
    ...(options.groupId !== undefined && { groupId: options.groupId }),
    ...(options.types && { types: options.types }),
    listener: inboxListener({
      inbox: options.inbox,
      decode: options.decode,
      consumer,
      attempts,
      metrics,
      tracing: options.tracing,
      logger,
    }),
  })
  let pausedSince: number | undefined
  let started = false
  let turn: Promise<void> = Promise.resolve()
  // A container that is still stopping cannot be started.
  const inTurn = (step: () => Promise<void>): Promise<void> => {
    const done = turn.then(step)
    turn = done.catch(() => {})
    return done
  }
  health.add('kafka-consumer', () => {
    if (pausedSince !== undefined) {
      return { up: true, detail: `stopped by an operator since ${new Date(pausedSince).toISOString()}` }
    }
    const { up, detail } = container.health()
    const parked = container.parked().reduce((sum, { records }) => sum + records, 0)
    return { up, detail: parked === 0 ? detail : `${detail}; ${parked} records wait for a retry or behind one` }
  })
  health.addLiveness('kafka-consumer', () => {
    const { live, detail } = container.health()
    return { up: live, detail }
  })
  const { clientId } = kafka.consumer.connection
  observeListener(options.metrics, container, { consumer, clientId }, dependencies)
  return {
    start: () => {
      started = true
      deadLetters.start()
      return pausedSince === undefined ? container.start() : Promise.resolve()
    },
    stop: async () => {
      started = false
      await container.stop()
      await deadLetters.stop()
      await attempts.settled()
    },
    pause: () =>
      inTurn(async () => {
        if (pausedSince === undefined) logger.warn({ groupId: consumer }, 'the listener is stopped by an operator')
        pausedSince ??= Date.now()
        await container.stop()
      }),
    resume: () =>
      inTurn(async () => {
        if (pausedSince === undefined) return
        pausedSince = undefined
        logger.info({ groupId: consumer }, 'the listener is started again by an operator')
        if (started) await container.start()
      }),
    get pausedSince() {
      return pausedSince
    },
    container,
  }
}

/** It is only counted when the database had time for others (see databaseDependency), and then there is an end to it. */
const mayBeItsOwn = (error: unknown): boolean => error instanceof CqrsError && error.code === 'TRANSACTION_TIMEOUT'

/** Only what cannot be decoded is a dead letter at once. A bug may be gone after a roll-out, and what an event needs may come while it waits. */
function errorHandling(
  { maxRetries, initialIntervalMs, maxIntervalMs }: EventRetryOptions,
  metrics: ConsumerMetrics,
  attempts: AttemptLog,
): ErrorHandlerOptions {
  return {
    backOff: { initialMs: initialIntervalMs, maxMs: maxIntervalMs, multiplier: MULTIPLIER, maxRetries },
    backOffFunction: (_record, error) =>
      isUnavailable(error) && !mayBeItsOwn(error) ? { maxRetries: Number.POSITIVE_INFINITY } : null,
    classifier: new ExceptionClassifier({ standardFatal: false }).addNotRetryable('UNDECODABLE'),
    // While its dead letter cannot be written there is no use in handling it ten times over.
    resetStateOnRecoveryFailure: false,
    retryListeners: [{ recovered: ({ topic }) => metrics.deadLettered(topic) }, attempts.retryListener],
  }
}
