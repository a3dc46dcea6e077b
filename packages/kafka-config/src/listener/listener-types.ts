import type { CircuitReport } from '../circuit-breaker/circuit-breaker.ts'
import type { KafkaConfigError } from '../errors.ts'
import type { RecordHeader } from '../headers.ts'

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** Who set a record's time: its producer, or the broker (`message.timestamp.type` of the topic). Kafka's own names. */
export type TimestampType = 'CreateTime' | 'LogAppendTime'

export interface ListenerRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** Milliseconds since 1970. */
  readonly timestamp: bigint
  readonly timestampType: TimestampType
  readonly key: string | null
  readonly headers: readonly RecordHeader[]
  /** As it lies in the topic: the bytes, and the headers with those that spring.json.remove.type.headers takes away. */
  readonly raw: {
    readonly key: Buffer | null
    readonly value: Buffer | null
    readonly headers: readonly RecordHeader[]
  }
  /** Deserialized; null for a tombstone, undefined when `failure` is set. */
  readonly value: unknown
  /** Type without package, see TypeRegistry; undefined when nothing names one. */
  readonly typeId: string | undefined
  /** Why the value could not be read. Never thrown into the loop: the listener decides what becomes of the record. */
  readonly failure?: KafkaConfigError | undefined
}

export interface BatchContext {
  /** Which delivery this is, from 1; of a batch with several partitions the highest of them. */
  readonly attempt: number
  /** Which delivery of this record it is, from 1. */
  attemptOf(record: ListenerRecord): number
  /** Aborts when the records are no longer ours: the membership was lost, or the time for handing over is up. */
  readonly signal: AbortSignal
}

/**
 * Records of up to max.poll.records over several partitions, grouped by partition, in offset order within. Resolved: handled, their offsets
 * are committed. Rejected with a BatchListenerFailedError: those before the one that it names are handled, and only that one's partition waits.
 * Rejected otherwise: all of them come again after a back-off, each partition by itself. Nothing is committed past a record that was neither
 * handled nor recovered.
 *
 * With orderedRetry only the key of a failed record waits, and a RecordsFailedError may say of many at once what became of them. Rejected without
 * a word about which record, they are handed out again one by one.
 */
export type BatchListener = (records: readonly ListenerRecord[], context: BatchContext) => Promise<void>

/** See the block above KafkaListenerContainer. */
export type ContainerState =
  | 'stopped'
  | 'starting'
  | 'running'
  | 'rebalancing'
  | 'backing-off'
  | 'circuit-open'
  | 'paused'
  | 'stopping'
  | 'failed'

export interface ContainerHealth {
  /** False: it does not handle records, and `detail` says why. Short interruptions, up to stalledAfterMs, and pauses on purpose are none. */
  readonly up: boolean
  /** False: only a new process helps, as the listener has not come back for longer than max.poll.interval.ms. */
  readonly live: boolean
  readonly state: ContainerState
  /** One line for people: what it does, or why it does not. Never the text of a listener's error, which may quote its record. */
  readonly detail: string
  /** When a batch was last handled, or found that there is none; milliseconds since 1970. */
  readonly lastProgressAt: number | undefined
  readonly lastError?: string | undefined
  /** Number of partitions that this container has. */
  readonly assignments: number
  /** Of the circuit breaker; always closed without one. */
  readonly circuit: CircuitReport
}

export interface PartitionLag extends TopicPartition {
  /** Offset of the next record to hand out. */
  readonly position: bigint
  /** Offset after the newest record that may be read; undefined before the first fetch. */
  readonly endOffset: bigint | undefined
  /** endOffset − position: records not handed out yet. */
  readonly lag: bigint | undefined
}

/** The batch that the listener has at the moment. */
export interface BatchInHand {
  /** Since when, milliseconds since 1970. */
  readonly since: number
  readonly records: number
  readonly first: RecordPlace & { readonly key: string | null; readonly type: string | undefined }
}

/** due: it goes out at once. under-way: it has been handed out, or its dead letter is being written. unknown: nothing of the key waits here. */
export type RetryNow = 'due' | 'under-way' | 'unknown'

/** What of a partition waits to be handed out again. */
export interface ParkedPartition extends TopicPartition {
  readonly records: number
  readonly keys: number
  /** When the oldest of the records was parked, milliseconds since 1970. */
  readonly oldestSince: number | undefined
  /** Whether the partition is held until there are fewer. */
  readonly backPressure: boolean
}

/** A record that has failed and was not handled since. */
export interface FailingRecord extends RecordPlace {
  readonly key: string | null
  readonly type: string | undefined
  /** Deliveries that failed, from 1. */
  readonly attempts: number
  readonly error: unknown
  /** When it is handed out again, milliseconds since 1970; undefined: its retries are used up, and it is on its way to where failed records go. */
  readonly retryAt: number | undefined
}

export interface ContainerEvents {
  state: [ContainerState]
  /** The whole assignment after a rebalance. */
  assigned: [readonly TopicPartition[]]
  /** Given up in order: the batch in hand was finished and committed. */
  revoked: [readonly TopicPartition[]]
  /** Taken away: the group went on without this member. */
  lost: [readonly TopicPartition[], string]
  /** The container has stopped for good and says why. */
  failed: [KafkaConfigError]
}

export interface ListenerContainer {
  readonly groupId: string
  readonly state: ContainerState
  readonly assignments: readonly TopicPartition[]
  /** Returns once joining has begun; keeps trying while the broker is away. */
  start(): Promise<void>
  /** Finishes the batch in hand, commits, leaves the group (a static member does not). */
  stop(): Promise<void>
  /** Everything, or some partitions; these stay paused over rebalances until resumed. */
  pause(partitions?: readonly TopicPartition[]): void
  resume(partitions?: readonly TopicPartition[]): void
  health(): ContainerHealth
  lag(): Promise<readonly PartitionLag[]>
  /** What waits in the member's partitions to be handed out again; empty without orderedRetry. */
  parked(): readonly ParkedPartition[]
  /**
   * Lets a record that waits for its next attempt go out at once, before the later ones of its key as ever. `topic`: default any. Only what this
   * process holds; without orderedRetry nothing.
   */
  retryNow(key: string, topic?: string): RetryNow
  /** One for each member of this process that handles something at the moment. */
  inHand(): readonly BatchInHand[]
  /** Records that failed and were not handled since, those that have failed most often first. */
  failing(): readonly FailingRecord[]
  on<E extends keyof ContainerEvents>(event: E, listener: (...args: ContainerEvents[E]) => void): void
  off<E extends keyof ContainerEvents>(event: E, listener: (...args: ContainerEvents[E]) => void): void
  [Symbol.asyncDispose](): Promise<void>
}

export function partitionName({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

export interface RecordPlace extends TopicPartition {
  readonly offset: bigint
}

export function recordName(place: RecordPlace): string {
  return `${partitionName(place)}@${place.offset}`
}
