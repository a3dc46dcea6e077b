import type { Connection, ConnectionPool } from '@platformatic/kafka'
import type { Cluster } from '../client/cluster.ts'
import { NO_LEADER } from '../client/cluster.ts'
import { isAuthenticationFailure, protocolFailure } from '../client/failure.ts'
import type { Logger } from '../client/logger.ts'
import { PROTOCOL, protocolName } from '../client/protocol-codes.ts'
import { backOffDelay, Gate, pause } from '../client/wait.ts'
import type { OffsetReset } from '../config/settings.ts'
import type { Deserializer } from '../serialization/serializer.ts'
import type { Pacing } from './container-options.ts'
import type { FetchAnswer, FetchedPartition, FetchLimits } from './fetch-request.ts'
import { fetchRecords } from './fetch-request.ts'
import type { ListenerRecord, PartitionLag, TopicPartition } from './listener-types.ts'
import { partitionName } from './listener-types.ts'
import type { NextOffset } from './offset-committer.ts'
import { OwnedPartition } from './owned-partition.ts'
import { RecordBatchReader } from './record-batch-reader.ts'
import { listOffsets, noOffset } from './start-positions.ts'

export interface FetcherOptions {
  readonly groupId: string
  readonly limits: FetchLimits
  readonly autoOffsetReset: OffsetReset
  /** Fetching rests while more bytes than this wait to be handed out, those of partitions that are held not counted. */
  readonly maxBufferedBytes: number
  /** When answers come so thick that the listener takes several at once, they are asked for less often: each costs the broker the same, however little is in it. */
  readonly pacing: Pacing | undefined
  /** An answer of so many records shows a backlog, and the next one is asked for at once. */
  readonly maxPollRecords: number
}

export interface FetcherHandlers {
  /** There is something to take. */
  available(): void
  /** A fetch was answered, and nothing that is to be fetched fails at the moment. */
  answered(): void
  /** Something failed and is tried again. */
  trouble(error: unknown): void
  /** It is no use to try again. */
  failed(error: unknown): void
}

const BACK_OFF_MULTIPLIER = 2
const STALE_LEADER: ReadonlySet<number> = new Set([
  PROTOCOL.NOT_LEADER_OR_FOLLOWER,
  PROTOCOL.UNKNOWN_TOPIC_OR_PARTITION,
  PROTOCOL.LEADER_NOT_AVAILABLE,
  PROTOCOL.REPLICA_NOT_AVAILABLE,
  PROTOCOL.KAFKA_STORAGE_ERROR,
  PROTOCOL.FENCED_LEADER_EPOCH,
  PROTOCOL.UNKNOWN_LEADER_EPOCH,
  PROTOCOL.OFFSET_NOT_AVAILABLE,
])

/**
 * Reads the partitions of one session ahead of the listener: one long poll per leader at a time, always for all of the leader's partitions
 * that are not paused, as long as the buffer has room. (Leaving out partitions that still have records would let one idle partition's long poll
 * hold up a busy one.) What has arrived stays bytes until it is taken.
 */
export class Fetcher {
  readonly #cluster: Cluster
  readonly #options: FetcherOptions
  readonly #handlers: FetcherHandlers
  readonly #logger: Logger
  readonly #pool: ConnectionPool
  readonly #partitions = new Map<string, OwnedPartition>()
  readonly #stopping = new AbortController()
  /** Node ids. */
  readonly #loops = new Set<number>()
  readonly #room = new Gate()
  #order: OwnedPartition[] = []
  #turn = 0
  /** Something arrived that the listener does not know of. */
  #arrived = false
  /** Records so far, those that a transaction took back included. */
  #received = 0
  #recovering: Promise<void> | undefined

  constructor(
    cluster: Cluster,
    starts: readonly NextOffset[],
    paused: ReadonlySet<string>,
    deserializer: Deserializer,
    options: FetcherOptions,
    handlers: FetcherHandlers,
    logger: Logger,
  ) {
    this.#cluster = cluster
    this.#options = options
    this.#handlers = handlers
    this.#logger = logger
    this.#pool = cluster.createPool()
    for (const start of starts) {
      const owned = new OwnedPartition(start, deserializer)
      owned.paused = paused.has(partitionName(start))
      this.#partitions.set(partitionName(start), owned)
    }
    this.#order = [...this.#partitions.values()]
  }

  start(): void {
    this.#plan()
  }

  /** Nothing is handed out from now on; a long poll under way is cut off. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#room.open()
    this.#order = []
    await this.#cluster.dropPool(this.#pool)
  }

  /** Up to `limit` records, grouped by partition; the partition that begins changes from call to call. */
  take(limit: number): ListenerRecord[] {
    const records: ListenerRecord[] = []
    const count = this.#order.length
    for (let i = 0; i < count && records.length < limit; i++) {
      const owned = this.#order[(this.#turn + i) % count] as OwnedPartition
      if (!owned.rests) this.#takeFrom(owned, limit, records)
    }
    if (count > 0) this.#turn = (this.#turn + 1) % count
    this.#makeRoom()
    return records
  }

  pause(partition: TopicPartition): void {
    const owned = this.#partitions.get(partitionName(partition))
    if (!owned || owned.paused) return
    owned.paused = true
    // What is buffered would keep others from being fetched for as long as the pause lasts.
    owned.discard(0)
    this.#makeRoom()
  }

  resume(partition: TopicPartition): void {
    const owned = this.#partitions.get(partitionName(partition))
    if (!owned) return
    owned.paused = false
    this.#plan()
  }

  /** Hands nothing out of the partition until `release`; of what is buffered, one response is kept. */
  hold(partition: TopicPartition): void {
    const owned = this.#partitions.get(partitionName(partition))
    if (!owned) return
    owned.held = true
    owned.discard(1)
    this.#makeRoom()
  }

  release(partition: TopicPartition): void {
    const owned = this.#partitions.get(partitionName(partition))
    if (!owned) return
    owned.held = false
    if (!owned.paused) this.#plan()
  }

  lag(): readonly PartitionLag[] {
    return [...this.#partitions.values()].map(({ topic, partition, position, endOffset }) => ({
      topic,
      partition,
      position,
      endOffset,
      lag: endOffset === undefined ? undefined : endOffset > position ? endOffset - position : 0n,
    }))
  }

  #takeFrom(owned: OwnedPartition, limit: number, into: ListenerRecord[]): void {
    try {
      owned.take(limit, into)
    } catch (error) {
      this.#handlers.failed(error)
    }
  }

  get #full(): boolean {
    let bytes = 0
    for (const owned of this.#order) if (!owned.held) bytes += owned.bufferedBytes
    return bytes >= this.#options.maxBufferedBytes
  }

  #makeRoom(): void {
    if (!this.#full) this.#room.open()
  }

  // Fetching ----------------------------------------------------------------------------------------------------

  /** A loop for every leader that has something to fetch from; looks for the leaders that are not known. */
  #plan(): void {
    if (this.#stopping.signal.aborted) return
    if (!this.#startLoops()) this.#recover()
  }

  /** Whether every partition that is not paused has a leader. */
  #startLoops(): boolean {
    let complete = true
    for (const owned of this.#order) {
      if (!owned.wanted) continue
      const leader = owned.stale ? NO_LEADER : this.#cluster.leader(owned.topic, owned.partition)
      if (leader === NO_LEADER) complete = false
      else if (!this.#loops.has(leader)) this.#startLoop(leader)
    }
    return complete
  }

  #startLoop(leader: number): void {
    this.#loops.add(leader)
    this.#loop(leader)
      .catch((error: unknown) => this.#handlers.failed(error))
      .finally(() => {
        this.#loops.delete(leader)
        if (this.#targets(leader).length > 0) this.#plan()
      })
  }

  #targets(leader: number): OwnedPartition[] {
    if (this.#stopping.signal.aborted) return []
    return this.#order.filter(
      (owned) => owned.wanted && !owned.stale && this.#cluster.leader(owned.topic, owned.partition) === leader,
    )
  }

  async #loop(leader: number): Promise<void> {
    const { limits } = this.#options
    const timeoutMs = limits.maxWaitMs + this.#cluster.settings.requestTimeoutMs
    let connection: Connection | undefined
    let turn = 0
    let received = 0
    let startedAt = Number.NEGATIVE_INFINITY
    for (;;) {
      const restMs = this.#restMs(received, startedAt)
      if (restMs > 0) {
        this.#announce()
        await pause(restMs, this.#stopping.signal)
      }
      if (this.#full && !this.#stopping.signal.aborted) {
        this.#announce()
        await this.#room.wait()
        continue
      }
      const targets = this.#targets(leader)
      if (targets.length === 0) {
        this.#announce()
        return
      }
      // The broker fills its answer in the order of the request: each partition comes first in its turn.
      turn = (turn + 1) % targets.length
      const asked = [...targets.slice(turn), ...targets.slice(0, turn)].map((owned) => ({
        owned,
        topic: owned.topic,
        partition: owned.partition,
        offset: owned.fetchPosition,
      }))
      startedAt = performance.now()
      let answer: FetchAnswer
      try {
        if (!connection?.isConnected()) connection = await this.#cluster.connectionTo(leader, this.#pool)
        const fetching = fetchRecords(connection, timeoutMs, limits, asked)
        // Only now that the next request is under way: the listener keeps the event loop until the buffer is empty.
        this.#announce()
        answer = await fetching
      } catch (error) {
        this.#announce()
        if (this.#stopping.signal.aborted) return
        if (isAuthenticationFailure(error)) return this.#handlers.failed(error)
        this.#handlers.trouble(error)
        for (const { owned } of asked) {
          owned.stale = true
          owned.failing = true
        }
        this.#recover()
        return
      }
      if (this.#stopping.signal.aborted) return
      if (answer.errorCode !== PROTOCOL.NONE) {
        this.#handlers.trouble(protocolFailure(answer.errorCode, `Fetching from broker ${leader}`, 'FETCH_FAILED'))
        await pause(this.#cluster.settings.retryBackoffMs, this.#stopping.signal)
        continue
      }
      const before = this.#received
      const outOfRange = this.#accept(asked, answer)
      received = this.#received - before
      if (outOfRange.length > 0) await this.#reset(outOfRange)
    }
  }

  #restMs(received: number, startedAt: number): number {
    const { pacing, maxPollRecords } = this.#options
    if (pacing === undefined || received < pacing.fromRecords || received >= maxPollRecords) return 0
    return pacing.intervalMs - (performance.now() - startedAt)
  }

  /** Tells the listener of what has arrived. */
  #announce(): void {
    if (!this.#arrived) return
    this.#arrived = false
    this.#handlers.available()
  }

  /** The partitions whose position is outside the log. */
  #accept(asked: readonly { owned: OwnedPartition; offset: bigint }[], answer: FetchAnswer): OwnedPartition[] {
    let stale = false
    const outOfRange: OwnedPartition[] = []
    for (const fetched of answer.partitions) {
      const owned = this.#partitions.get(partitionName(fetched))
      const offset = asked.find((each) => each.owned === owned)?.offset
      // Paused or held (and so set back) meanwhile: these records will be asked for again.
      if (!owned || owned.fetchPosition !== offset || !owned.wanted) continue
      if (fetched.errorCode === PROTOCOL.NONE) {
        owned.endOffset = fetched.endOffset
        owned.failing = false
        if (this.#store(owned, fetched)) this.#arrived = true
      } else if (fetched.errorCode === PROTOCOL.OFFSET_OUT_OF_RANGE) outOfRange.push(owned)
      else {
        const error = protocolFailure(fetched.errorCode, `Fetching ${partitionName(fetched)}`, 'FETCH_FAILED')
        this.#handlers.trouble(error)
        if (!STALE_LEADER.has(fetched.errorCode))
          this.#logger.warn({ ...place(owned), error: protocolName(fetched.errorCode) }, 'fetch refused; trying on')
        owned.stale = true
        owned.failing = true
        stale = true
      }
    }
    if (!this.#order.some((owned) => owned.failing && owned.wanted)) this.#handlers.answered()
    if (stale) this.#recover()
    return outOfRange
  }

  #store(owned: OwnedPartition, fetched: FetchedPartition): boolean {
    if (fetched.bytes.length === 0) return false
    const from = owned.fetchPosition
    const stored = owned.store(new RecordBatchReader(fetched.bytes, from, fetched.aborted))
    this.#received += Number(owned.fetchPosition - from)
    return stored
  }

  /** auto.offset.reset, for a position that the log does not have (any more). */
  async #reset(partitions: readonly OwnedPartition[]): Promise<void> {
    const policy = this.#options.autoOffsetReset
    if (policy === 'none') {
      this.#handlers.failed(noOffset(this.#options.groupId, partitions, 'stands outside the log of'))
      return
    }
    try {
      const offsets = await listOffsets(this.#cluster, partitions, policy, this.#options.limits.readCommitted)
      for (const { topic, partition, offset } of offsets) {
        const owned = this.#partitions.get(partitionName({ topic, partition }))
        if (!owned) continue
        this.#logger.warn(
          { topic, partition, from: owned.fetchPosition, to: offset, policy },
          'position is out of range: reset by auto.offset.reset',
        )
        owned.moveTo(offset)
      }
    } catch (error) {
      this.#handlers.trouble(error)
      await pause(this.#cluster.settings.retryBackoffMs, this.#stopping.signal)
    }
  }

  /** Fresh metadata, again and again, until every partition has a leader; then the loops go on. */
  #recover(): void {
    if (this.#recovering || this.#stopping.signal.aborted) return
    this.#recovering = this.#refreshUntilHoused().finally(() => {
      this.#recovering = undefined
      if ([...this.#partitions.values()].some((owned) => owned.stale && owned.wanted)) this.#recover()
    })
  }

  async #refreshUntilHoused(): Promise<void> {
    const { retryBackoffMs, retryBackoffMaxMs } = this.#cluster.settings
    const signal = this.#stopping.signal
    for (let attempt = 1; !signal.aborted; attempt++) {
      await pause(
        backOffDelay({ initialMs: retryBackoffMs, maxMs: retryBackoffMaxMs, multiplier: BACK_OFF_MULTIPLIER }, attempt),
        signal,
      )
      if (signal.aborted) return
      try {
        await this.#cluster.refresh([...new Set([...this.#partitions.values()].map(({ topic }) => topic))])
        for (const owned of this.#partitions.values()) {
          if (this.#cluster.leader(owned.topic, owned.partition) !== NO_LEADER) owned.stale = false
        }
        const homeless = [...this.#partitions.values()].filter(
          (owned) => owned.wanted && this.#cluster.leader(owned.topic, owned.partition) === NO_LEADER,
        )
        this.#startLoops()
        if (homeless.length === 0) return
        for (const owned of homeless) owned.failing = true
        this.#handlers.trouble(
          protocolFailure(PROTOCOL.LEADER_NOT_AVAILABLE, homeless.map(partitionName).join(', '), 'FETCH_FAILED'),
        )
      } catch (error) {
        if (isAuthenticationFailure(error)) return this.#handlers.failed(error)
        this.#handlers.trouble(error)
      }
    }
  }
}

function place({ topic, partition }: TopicPartition): TopicPartition {
  return { topic, partition }
}
