import type { Cluster } from '../client/cluster.ts'
import type { Logger } from '../client/logger.ts'
import { backOffDelay, pause, settlesWithin } from '../client/wait.ts'
import type { ConsumerSettings } from '../config/settings.ts'
import { KafkaConfigError } from '../errors.ts'
import type { Deserializer } from '../serialization/serializer.ts'
import { nextOffsets } from './batch-offsets.ts'
import { CommitGates } from './commit-gates.ts'
import type { Pacing } from './container-options.ts'
import type { FetcherHandlers } from './fetcher.ts'
import { Fetcher } from './fetcher.ts'
import { HeldPartitions } from './held-partitions.ts'
import type { ListenerRecord, PartitionLag, TopicPartition } from './listener-types.ts'
import { partitionName } from './listener-types.ts'
import type { GroupMembership, GroupSession } from './membership.ts'
import type { NextOffset } from './offset-committer.ts'
import { OffsetCommitter } from './offset-committer.ts'
import { startPositions } from './start-positions.ts'

export interface SessionServiceOptions {
  readonly groupId: string
  readonly consumer: ConsumerSettings
  readonly deserializer: Deserializer
  /** Names of the partitions that are paused; read when fetching begins. */
  readonly paused: ReadonlySet<string>
  readonly pacing: Pacing | undefined
}

const BACK_OFF_MULTIPLIER = 2
/** Records on their way at a time; with more of them partitions wait. */
const MOST_RECOVERIES = 1000

/** What serves one generation: where to begin, the fetcher, the committer. It ends with the generation. */
export class SessionService {
  readonly session: GroupSession
  readonly committer: OffsetCommitter
  /** Tells the listener that its records are no longer ours. */
  readonly cancel = new AbortController()
  /** Partitions whose records were handed out and wait to be handed out again. */
  readonly held: HeldPartitions
  readonly #recoveries = new Set<Promise<void>>()
  readonly #gates = new CommitGates()
  readonly #starts = new Map<string, NextOffset>()
  #over = false
  readonly #cluster: Cluster
  readonly #membership: GroupMembership
  readonly #options: SessionServiceOptions
  readonly #handlers: FetcherHandlers
  readonly #logger: Logger
  #fetcher: Fetcher | undefined

  constructor(
    session: GroupSession,
    cluster: Cluster,
    membership: GroupMembership,
    options: SessionServiceOptions,
    handlers: FetcherHandlers,
    logger: Logger,
  ) {
    this.session = session
    this.#cluster = cluster
    this.#membership = membership
    this.#options = options
    this.#handlers = handlers
    this.#logger = logger
    this.held = new HeldPartitions(() => this.wake())
    const { requestTimeoutMs, retryBackoffMs, retryBackoffMaxMs } = options.consumer.connection
    const { groupId } = options
    this.committer = new OffsetCommitter(
      session,
      membership,
      { groupId, requestTimeoutMs, retryBackoffMs, retryBackoffMaxMs },
      logger,
    )
    session.lost.addEventListener('abort', () => this.cancel.abort(), { once: true })
  }

  take(limit: number): ListenerRecord[] {
    return this.#fetcher?.take(limit) ?? []
  }

  pause(partition: TopicPartition): void {
    this.#fetcher?.pause(partition)
  }

  resume(partition: TopicPartition): void {
    this.#fetcher?.resume(partition)
  }

  /** Where the session began to read the partition; known from the first record on. */
  startOf(partition: TopicPartition): NextOffset | undefined {
    return this.#starts.get(partitionName(partition))
  }

  /** There may be something to hand out. */
  wake(): void {
    this.#handlers.available()
  }

  /** Nothing more of the partition is handed out until `release`. */
  hold(partition: TopicPartition): void {
    this.#fetcher?.hold(partition)
  }

  release(partition: TopicPartition): void {
    this.#fetcher?.release(partition)
  }

  /** Holds the partition of the records, with these before all others, until they are due. */
  giveBack(records: readonly ListenerRecord[], dueAt: number, singly = false): void {
    const first = records[0]
    if (this.#over || !first) return
    const { topic, partition } = first
    this.hold({ topic, partition })
    this.held.hold({ topic, partition, records, dueAt, singly })
  }

  /** Records of several partitions. */
  giveBackAll(records: readonly ListenerRecord[], dueAt: number, singly = false): void {
    for (const ofPartition of Map.groupBy(records, partitionName).values()) this.giveBack(ofPartition, dueAt, singly)
  }

  /** A record that was given back is done with; what is held beside it is due. */
  dropHeld(record: ListenerRecord): void {
    this.held.drop(record)
    this.releaseUnlessHeld(record)
    this.wake()
  }

  /** A recovery failed: the record comes again then, and what follows it after it. */
  postpone(record: ListenerRecord, dueAt: number): void {
    this.hold(record)
    this.held.postpone(record, dueAt)
  }

  releaseUnlessHeld(partition: TopicPartition): void {
    if (this.held.waitingFrom(partition) === undefined) this.release(partition)
  }

  /** Commits the offsets after records that were handled or recovered, as far as no record before them is still missing. */
  done(records: readonly ListenerRecord[]): readonly NextOffset[] {
    const offsets = nextOffsets(records)
    this.committer.request(this.#gates.pass(records, offsets))
    return offsets
  }

  /** Others go on while the record is recovered: nothing is committed past it until it is `done`. */
  commitNothingPast(record: ListenerRecord): void {
    this.#gates.shut(record)
  }

  /** A record is on its way to where failed ones go. */
  recovering(recovery: Promise<void>): void {
    this.#recoveries.add(recovery)
    void recovery.finally(() => this.#recoveries.delete(recovery))
  }

  get mayRecoverMore(): boolean {
    return this.#recoveries.size < MOST_RECOVERIES
  }

  get anyRecovering(): boolean {
    return this.#recoveries.size > 0
  }

  /** Waits for the recoveries under way, at most `timeoutMs`: their records would be handled again. */
  async settleRecoveries(timeoutMs: number): Promise<void> {
    if (this.#recoveries.size > 0) await settlesWithin(Promise.all(this.#recoveries), timeoutMs, this.session.lost)
  }

  lag(): readonly PartitionLag[] {
    return this.#fetcher?.lag() ?? []
  }

  /** Partitions were given up: what the listener or a recoverer finishes from now on counts for nothing. */
  get over(): boolean {
    return this.#over
  }

  end(): void {
    this.#over = true
    this.held.clear()
  }

  async stopFetching(): Promise<void> {
    await this.#fetcher?.stop()
  }

  /** Finds the positions and begins; tries until it succeeds or the partitions have to be given up. */
  async begin(): Promise<void> {
    const { leaving, partitions } = this.session
    const { connection } = this.#options.consumer
    if (partitions.length === 0) return
    for (let attempt = 1; !leaving.aborted; attempt++) {
      try {
        const positions = await this.#positions()
        if (leaving.aborted) return
        this.#fetcher = this.#createFetcher(positions)
        this.#fetcher.start()
        return
      } catch (error) {
        if (leaving.aborted) return
        if (error instanceof KafkaConfigError && !error.retryable && error.code !== 'UNKNOWN_TOPIC') {
          this.#handlers.failed(error)
          return
        }
        this.#handlers.trouble(error)
        const backOff = {
          initialMs: connection.retryBackoffMs,
          maxMs: connection.retryBackoffMaxMs,
          multiplier: BACK_OFF_MULTIPLIER,
        }
        await pause(backOffDelay(backOff, attempt), leaving)
        const topics = [...new Set(partitions.map(({ topic }) => topic))]
        await this.#cluster.refresh(topics).catch((failure: unknown) => this.#handlers.trouble(failure))
      }
    }
  }

  async #positions(): Promise<readonly NextOffset[]> {
    const { groupId, consumer } = this.#options
    const coordinator = await this.#membership.coordinatorConnection()
    const { partitions } = this.session
    const { autoOffsetReset } = consumer
    const readCommitted = consumer.isolationLevel === 'read_committed'
    const { positions, reset } = await startPositions(
      this.#cluster,
      coordinator,
      groupId,
      partitions,
      autoOffsetReset,
      readCommitted,
    )
    // Spring's AssignmentCommitOption.LATEST_ONLY: else records that come while nobody runs would never be read.
    if (autoOffsetReset === 'latest' && !this.session.leaving.aborted) this.committer.request(reset)
    for (const start of positions) this.#starts.set(partitionName(start), start)
    return positions
  }

  #createFetcher(positions: readonly NextOffset[]): Fetcher {
    const { groupId, consumer, deserializer, paused, pacing } = this.#options
    return new Fetcher(
      this.#cluster,
      positions,
      paused,
      deserializer,
      {
        groupId,
        autoOffsetReset: consumer.autoOffsetReset,
        // One response is handed out while the next one is under way: about two of them are in memory.
        maxBufferedBytes: 1.5 * consumer.fetchMaxBytes,
        pacing,
        maxPollRecords: consumer.maxPollRecords,
        limits: {
          maxWaitMs: consumer.fetchMaxWaitMs,
          minBytes: consumer.fetchMinBytes,
          maxBytes: consumer.fetchMaxBytes,
          maxPartitionBytes: consumer.maxPartitionFetchBytes,
          readCommitted: consumer.isolationLevel === 'read_committed',
        },
      },
      this.#handlers,
      this.#logger,
    )
  }
}
