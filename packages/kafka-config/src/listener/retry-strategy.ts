import type { Doubt } from '../circuit-breaker/circuit-breaker-options.ts'
import type { ListenerRecord, ParkedPartition, PartitionLag, RetryNow, TopicPartition } from './listener-types.ts'
import type { SessionService } from './session-service.ts'

export interface ListenerFailure {
  readonly error: unknown
}

/** Records for one call of the listener. */
export interface Batch {
  readonly records: readonly ListenerRecord[]
  /** None of them has been handed out before in this session. */
  readonly fresh: boolean
  /**
   * Sees to what the listener said; undefined: everything was handled. Only called while the session is not over. What it returns is to be handed
   * out at once.
   */
  settle(failure: ListenerFailure | undefined): Batch | undefined
}

/** Why nothing of a partition is handed out. */
export interface BlockedPartition {
  /** `topic-partition`. */
  readonly name: string
  /** Milliseconds since 1970. */
  readonly since: number
  readonly why: 'failing' | 'held back'
  readonly detail: string
}

/** Which records are handed out next, and what becomes of those that failed. One batch is in hand at a time. */
export interface RetryStrategy {
  /** The partition that has been blocked for longest. */
  readonly blocked: BlockedPartition | undefined
  readonly lastError: string | undefined
  next(serving: SessionService): Batch | undefined
  /** What was handed out and waits to be handed out again counts as not handed out. */
  lagOf(serving: SessionService, lag: PartitionLag): PartitionLag
  parked(): readonly ParkedPartition[]
  /** Hands out what of a key waits for its next attempt; it keeps its place before the later ones of the key. */
  retryNow(key: string, topic: string | undefined): RetryNow
  sessionEnded(): void
}

/** What a strategy needs to know of its container, and tells it. */
export interface RetryHost {
  mayHandOut(serving: SessionService): boolean
  isPaused(partition: TopicPartition): boolean
  /** Something that the listener depends on is away: that is nobody's failure, and not counted. */
  isAway(error: unknown): boolean
  /** It may be the failure of something that the listener depends on, or the record's. */
  doubtOf(error: unknown): Doubt | undefined
  /** Something was handled or recovered. */
  progressed(): void
  /** `blocked` has changed. */
  blockedChanged(): void
}
