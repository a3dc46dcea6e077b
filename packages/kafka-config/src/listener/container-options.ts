import type { CircuitBreakerOptions } from '../circuit-breaker/circuit-breaker-options.ts'
import type { Logger } from '../client/logger.ts'
import type { ErrorHandlerOptions } from '../error-handling/error-handler-options.ts'
import type { OrderedRetryOptions } from '../ordered-retry/ordered-retry-options.ts'
import type { RedriveOptions } from '../redrive/redriven-records.ts'
import type { RetryTopicOptions } from '../retry-topics/retry-topic-options.ts'
import type { TypeRegistry } from '../serialization/serializer.ts'
import type { BatchListener } from './listener-types.ts'

export interface ListenerContainerOptions {
  /** At least one. A topic that does not exist yet is read as soon as it does (unless listener.missing-topics-fatal). */
  readonly topics: readonly string[]
  readonly listener: BatchListener
  /** Default: spring.kafka.consumer.group-id. */
  readonly groupId?: string
  /** Default: group.instance.id of the consumer's properties. */
  readonly groupInstanceId?: string
  /** How the type of a JSON value is found when no `__TypeId__` header names it. */
  readonly types?: TypeRegistry
  /** What becomes of records that fail. Default: they are handed out again until they succeed, after 500 ms, doubled up to 30 s. */
  readonly errorHandler?: ErrorHandlerOptions
  /**
   * Where records that fail go to be handled again later, while their partition goes on: Spring's @RetryableTopic. It takes the place of a recoverer.
   * false: none, also where spring.kafka.retry.topic.enabled=true. Default none.
   */
  readonly retryTopics?: RetryTopicOptions | false
  /**
   * Takes the group's dead letters that are sent again, from `<group>-redrive`, as the records that they were, and confirms each that the listener
   * handled. Needs auto-offset-reset=earliest. Default none.
   */
  readonly redrive?: RedriveOptions
  /**
   * A record that fails holds up only the later records of its key; its partition goes on. Default none: its partition waits. `{}` for the defaults.
   * Not together with `retryTopics`, which give the order up.
   */
  readonly orderedRetry?: OrderedRetryOptions
  /** Nothing is handed out while something is away that every record needs; no attempt is counted for that. Default none. */
  readonly circuitBreaker?: CircuitBreakerOptions
  /**
   * A batch in hand, a partition that is held, an open circuit or records that wait without any being handled, for longer than this, make the
   * container's health down. Milliseconds, default 60 000.
   */
  readonly stalledAfterMs?: number
  /** How long `stop` waits for the batch in hand. Milliseconds, default 10 000 (Spring's shutdownTimeout). */
  readonly shutdownTimeoutMs?: number
  /** Fewer and larger batches under load. Default: none, each batch is handed out as soon as there is one. */
  readonly pacing?: Pacing
  /** Default silent. */
  readonly logger?: Logger
}

/**
 * After a batch of at least `fromRecords` records (but not a full one, which shows a backlog) the next one is handed out `intervalMs`
 * after it at the earliest. At rest nothing waits; under load the fixed costs of a batch are shared by more records.
 */
export interface Pacing {
  /** Records. */
  readonly fromRecords: number
  /** Milliseconds from the start of one batch to the start of the next. */
  readonly intervalMs: number
}

export const CONTAINER_DEFAULTS = {
  stalledAfterMs: 60_000,
  shutdownTimeoutMs: 10_000,
} as const
