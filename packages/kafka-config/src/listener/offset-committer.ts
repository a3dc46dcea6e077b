import type { Connection } from '@platformatic/kafka'
import { offsetCommitV8 } from '@platformatic/kafka'
import { protocolFailure, reason } from '../client/failure.ts'
import type { Logger } from '../client/logger.ts'
import { PROTOCOL, protocolName } from '../client/protocol-codes.ts'
import { request } from '../client/request.ts'
import { backOffDelay, pause, settlesWithin } from '../client/wait.ts'
import type { TopicPartition } from './listener-types.ts'
import { partitionName } from './listener-types.ts'
import type { GroupSession } from './membership.ts'

export interface NextOffset extends TopicPartition {
  /** Offset of the next record to read. */
  readonly offset: bigint
  /** Kept beside it by the broker; see handled-ranges.ts. Default empty. */
  readonly metadata?: string
}

export interface CommitterOptions {
  readonly groupId: string
  readonly requestTimeoutMs: number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
}

/** The part of the membership that committing needs. */
export interface CommitPlace {
  coordinatorConnection(): Promise<Connection>
  forgetCoordinator(): void
  lose(session: GroupSession, code: number): void
}

const BACK_OFF_MULTIPLIER = 2
/** A busy listener ends a batch every millisecond or two; a commit for each costs broker and client more than the batch. */
const LEAST_INTERVAL_MS = 50

/**
 * Commits of one session (generation). At most one is under way and one begins every 50 ms, the first at once; what is handled meanwhile
 * collects, newest offset wins. A process that is killed has handled at most that much without a commit. Member and generation
 * are those of the session and never a later one's: a broker accepts a commit of a present member for any partition, also for one that
 * has gone to another member, and would set that one back.
 */
export class OffsetCommitter {
  readonly #session: GroupSession
  readonly #place: CommitPlace
  readonly #options: CommitterOptions
  readonly #logger: Logger
  readonly #closed = new AbortController()
  /** Commit what there is without waiting for more. */
  readonly #hurry = new AbortController()
  #pending = new Map<string, NextOffset>()
  #running: Promise<void> | undefined
  #committed = new Map<string, NextOffset>()

  constructor(session: GroupSession, place: CommitPlace, options: CommitterOptions, logger: Logger) {
    this.#session = session
    this.#place = place
    this.#options = options
    this.#logger = logger
  }

  committed(partition: TopicPartition): bigint | undefined {
    return this.#committed.get(partitionName(partition))?.offset
  }

  /** Returns at once. */
  request(offsets: readonly NextOffset[]): void {
    if (this.#closed.signal.aborted || this.#session.lost.aborted) return
    for (const offset of offsets) this.#pending.set(partitionName(offset), offset)
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
  }

  /** Waits for everything requested, at most `timeoutMs`; false if something could not be committed. No commit goes out afterwards. */
  async close(timeoutMs: number): Promise<boolean> {
    this.#hurry.abort()
    const done = this.#running === undefined || (await settlesWithin(this.#running, timeoutMs, this.#session.lost))
    this.#closed.abort()
    return done && this.#pending.size === 0
  }

  async #run(): Promise<void> {
    let failures = 0
    const { retryBackoffMs, retryBackoffMaxMs } = this.#options
    while (this.#pending.size > 0 && !this.#session.lost.aborted && !this.#closed.signal.aborted) {
      const offsets = this.#pending
      this.#pending = new Map()
      const beganAt = performance.now()
      const failure = await this.#commit([...offsets.values()])
      if (failure === undefined) {
        failures = 0
        for (const [name, offset] of offsets) this.#committed.set(name, offset)
        // Waits also when nothing is pending yet: whatever comes next shall keep the interval.
        await pause(LEAST_INTERVAL_MS - (performance.now() - beganAt), this.#hurry.signal)
        continue
      }
      for (const [name, offset] of offsets) if (!this.#pending.has(name)) this.#pending.set(name, offset)
      if (this.#session.lost.aborted) return
      if (++failures > 1 && (failures & (failures - 1)) === 0) {
        this.#logger.warn(
          { groupId: this.#options.groupId, attempt: failures, error: reason(failure) },
          'commit failed; trying on',
        )
      }
      const delay = backOffDelay(
        { initialMs: retryBackoffMs, maxMs: retryBackoffMaxMs, multiplier: BACK_OFF_MULTIPLIER },
        failures,
      )
      await pause(delay, AbortSignal.any([this.#session.lost, this.#closed.signal]))
    }
  }

  /** undefined: committed. */
  async #commit(offsets: readonly NextOffset[]): Promise<unknown> {
    const topics = [...Map.groupBy(offsets, ({ topic }) => topic)].map(([name, partitions]) => ({
      name,
      partitions: partitions.map(({ partition, offset, metadata = '' }) => ({
        partitionIndex: partition,
        committedOffset: offset,
        committedLeaderEpoch: -1,
        committedMetadata: metadata,
      })),
    }))
    const { groupId, requestTimeoutMs } = this.#options
    const { generation, memberId } = this.#session
    try {
      const connection = await this.#place.coordinatorConnection()
      const response = await request(
        connection,
        requestTimeoutMs,
        offsetCommitV8.api,
        groupId,
        generation,
        memberId,
        null,
        topics,
      )
      const codes = response.topics.flatMap((topic) => topic.partitions.map((partition) => partition.errorCode))
      // The offset of a partition that was deleted is nothing to insist on.
      const code = codes.find((each) => each !== PROTOCOL.NONE && each !== PROTOCOL.UNKNOWN_TOPIC_OR_PARTITION)
      return code === undefined ? undefined : this.#refused(code)
    } catch (error) {
      this.#place.forgetCoordinator()
      return error
    }
  }

  #refused(code: number): unknown {
    switch (code) {
      case PROTOCOL.UNKNOWN_MEMBER_ID:
      case PROTOCOL.ILLEGAL_GENERATION:
      case PROTOCOL.FENCED_INSTANCE_ID:
        this.#logger.warn(
          { groupId: this.#options.groupId, error: protocolName(code) },
          'commit refused: the group has gone on, the records will be handled again',
        )
        this.#place.lose(this.#session, code)
        break
      case PROTOCOL.NOT_COORDINATOR:
      case PROTOCOL.COORDINATOR_NOT_AVAILABLE:
        this.#place.forgetCoordinator()
        break
    }
    return protocolFailure(code, `Committing offsets of group ${this.#options.groupId}`, 'FETCH_FAILED')
  }
}
