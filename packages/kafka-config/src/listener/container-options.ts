import type { Logger } from '../client/logger.ts'
import type { BackOff } from '../client/wait.ts'
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
  /** Waits between the calls of a listener that rejects. Default 500 ms, doubled up to 30 s. */
  readonly backOff?: Partial<BackOff>
  /** A batch in hand (or failing) for longer than this makes the container's health down. Milliseconds, default 60 000. */
  readonly stalledAfterMs?: number
  /** How long `stop` waits for the batch in hand. Milliseconds, default 10 000 (Spring's shutdownTimeout). */
  readonly shutdownTimeoutMs?: number
  /** Default silent. */
  readonly logger?: Logger
}

export const CONTAINER_DEFAULTS = {
  backOff: { initialMs: 500, maxMs: 30_000, multiplier: 2 },
  stalledAfterMs: 60_000,
  shutdownTimeoutMs: 10_000,
} as const
