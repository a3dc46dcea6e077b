import type { ConnectionPool } from '@platformatic/kafka'
import { Cluster, NO_LEADER } from '../client/cluster.ts'
import { isAuthenticationFailure, protocolFailure } from '../client/failure.ts'
import { PROTOCOL } from '../client/protocol-codes.ts'
import { backOffDelay, pause } from '../client/wait.ts'
import type { KafkaConfig } from '../config/kafka-config.ts'
import { KafkaConfigError } from '../errors.ts'
import type { FetchedPartition } from '../listener/fetch-request.ts'
import { fetchRecords } from '../listener/fetch-request.ts'
import { recordMaker } from '../listener/fetched-record.ts'
import type { ListenerRecord, TopicPartition } from '../listener/listener-types.ts'
import { partitionName } from '../listener/listener-types.ts'
import { RecordBatchReader } from '../listener/record-batch-reader.ts'
import { createBytesDeserializer } from '../serialization/bytes.ts'
import { askOffsets, END, FIRST } from './topic-offsets.ts'

export interface PartitionOffsets extends TopicPartition {
  /** Of the oldest record that is still there. */
  readonly first: bigint
  /** After the newest record that may be read. */
  readonly end: bigint
}

export interface OffsetRange extends TopicPartition {
  readonly from: bigint
  /** Not included. */
  readonly to: bigint
}

export interface ReadPiece {
  readonly range: OffsetRange
  /** In their order; `value` is the bytes, part of a larger answer: copy what is kept. */
  readonly records: readonly ListenerRecord[]
  /** Everything of the range before this offset is read. */
  readonly readTo: bigint
  /** What the broker sent for it, as it was on the wire. */
  readonly bytes: number
}

const MAX_BYTES = 1024 * 1024
/** A part of a topic is often small: a broker would send all that follows it, too. */
const MAX_PARTITION_BYTES = 256 * 1024
const MAX_WAIT_MS = 250
/** Somebody is waiting in front of a screen. */
const ATTEMPTS = 4
const DESERIALIZER = createBytesDeserializer()

interface Wanted {
  readonly range: OffsetRange
  /** The next offset to read. */
  readonly at: bigint
}

/**
 * Reads parts of topics without a group, for looking at them: it commits nothing, and no one's lag or assignment changes by it. Nothing is read ahead of whoever
 * takes it. What fails is tried again a few times, with fresh metadata: a leader may have moved. Connections are kept until `close`.
 */
export class TopicReader {
  readonly #cluster: Cluster
  readonly #readCommitted: boolean
  readonly #closing = new AbortController()

  constructor({ consumer }: KafkaConfig) {
    this.#cluster = new Cluster(consumer.connection)
    this.#readCommitted = consumer.isolationLevel === 'read_committed'
  }

  /** What there is in the partitions of those topics that exist. @throws KafkaConfigError BROKER_UNREACHABLE, AUTHORIZATION_FAILED */
  offsets(topics: readonly string[]): Promise<readonly PartitionOffsets[]> {
    return this.#tryAgain(() => this.#offsets(topics))
  }

  async #offsets(topics: readonly string[]): Promise<readonly PartitionOffsets[]> {
    const partitions = await this.#partitions(topics)
    const [firsts, ends] = await Promise.all([FIRST, END].map((timestamp) => this.#offsetsBy(partitions, timestamp)))
    // In the order of the question: a broker answers in one of its own.
    return partitions.flatMap((each) => {
      const end = ends?.get(partitionName(each))
      return end === undefined ? [] : [{ ...each, first: firsts?.get(partitionName(each)) ?? 0n, end }]
    })
  }

  async #offsetsBy(partitions: readonly TopicPartition[], timestamp: bigint): Promise<ReadonlyMap<string, bigint>> {
    const questions = partitions.map((each) => ({ ...each, timestamp }))
    const answers = await askOffsets(this.#cluster, questions, this.#readCommitted)
    return new Map(answers.map((each) => [partitionName(each), each.offset]))
  }

  /**
   * By partition of the topic, the offset of its first record that is not older; undefined where there is none. Empty if there is no such topic.
   * @param time milliseconds since 1970
   * @throws KafkaConfigError BROKER_UNREACHABLE, AUTHORIZATION_FAILED
   */
  offsetsAt(topic: string, time: number): Promise<ReadonlyMap<number, bigint | undefined>> {
    return this.#tryAgain(() => this.#offsetsAt(topic, time))
  }

  async #offsetsAt(topic: string, time: number): Promise<ReadonlyMap<number, bigint | undefined>> {
    const questions = (await this.#partitions([topic])).map((each) => ({ ...each, timestamp: BigInt(time) }))
    const answers = await askOffsets(this.#cluster, questions, this.#readCommitted)
    return new Map(answers.map(({ partition, offset }) => [partition, offset < 0n ? undefined : offset]))
  }

  /**
   * The records of the ranges, in pieces as the broker sends them; those of one range in their order, ranges of one partition one after
   * the other, partitions in turn. The last piece of a range has read to its
   * end, whether there was a record or not. What the retention took meanwhile is left out.
   * @throws KafkaConfigError FETCH_FAILED, BROKER_UNREACHABLE
   */
  async *read(ranges: readonly OffsetRange[], signal?: AbortSignal): AsyncGenerator<ReadPiece> {
    const queues = Map.groupBy(
      ranges.filter(({ from, to }) => from < to),
      partitionName,
    )
    const open = new Map<string, { range: OffsetRange; at: bigint }>()
    const openNext = (name: string): void => {
      const range = queues.get(name)?.shift()
      if (range) open.set(name, { range, at: range.from })
    }
    for (const name of queues.keys()) openNext(name)
    if (open.size === 0) return
    const pool = this.#cluster.createPool()
    const abort = () => void this.#cluster.dropPool(pool)
    signal?.addEventListener('abort', abort, { once: true })
    try {
      while (open.size > 0) {
        signal?.throwIfAborted()
        const wanted = [...open.values()]
        const pieces = await this.#tryAgain(() => this.#pieces(pool, wanted), wanted, signal)
        for (const piece of pieces) {
          const name = partitionName(piece.range)
          const each = open.get(name)
          if (!each) continue
          each.at = piece.readTo
          // Turns: a broker fills its answer in the order of the request.
          open.delete(name)
          if (piece.readTo < each.range.to) open.set(name, each)
          else openNext(name)
          yield piece
        }
      }
    } finally {
      signal?.removeEventListener('abort', abort)
      await this.#cluster.dropPool(pool)
    }
  }

  close(): Promise<void> {
    this.#closing.abort()
    return this.#cluster.close()
  }

  /** `of`: whose leaders are to be looked for anew. */
  async #tryAgain<T>(work: () => Promise<T>, of: readonly Wanted[] = [], signal = this.#closing.signal): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work()
      } catch (error) {
        if (attempt === ATTEMPTS || signal.aborted || !isWorthAnother(error)) throw error
        const { retryBackoffMs, retryBackoffMaxMs } = this.#cluster.settings
        await pause(
          backOffDelay({ initialMs: retryBackoffMs, maxMs: retryBackoffMaxMs, multiplier: 2 }, attempt),
          signal,
        )
        if (of.length > 0)
          await this.#cluster.refresh([...new Set(of.map(({ range }) => range.topic))]).catch(() => undefined)
      }
    }
  }

  async #pieces(pool: ConnectionPool, wanted: readonly Wanted[]): Promise<readonly ReadPiece[]> {
    const fetched = await this.#fetch(pool, wanted)
    return Promise.all(
      fetched.flatMap((partition) => {
        const asked = wanted.find(({ range }) => partitionName(range) === partitionName(partition))
        return asked ? [this.#piece(partition, asked.range, asked.at)] : []
      }),
    )
  }

  async #partitions(topics: readonly string[]): Promise<readonly TopicPartition[]> {
    const { forbidden } = await this.#cluster.refresh(topics)
    if (forbidden.length > 0) {
      throw protocolFailure(PROTOCOL.TOPIC_AUTHORIZATION_FAILED, `Reading topic ${forbidden.join(', ')}`)
    }
    return topics.flatMap((topic) =>
      Array.from({ length: this.#cluster.layout(topic)?.leaders.length ?? 0 }, (_, partition) => ({
        topic,
        partition,
      })),
    )
  }

  async #fetch(pool: ConnectionPool, wanted: readonly Wanted[]): Promise<readonly FetchedPartition[]> {
    const byLeader = Map.groupBy(wanted, ({ range }) => this.#cluster.leader(range.topic, range.partition))
    const limits = {
      maxWaitMs: MAX_WAIT_MS,
      minBytes: 1,
      maxBytes: MAX_BYTES,
      maxPartitionBytes: MAX_PARTITION_BYTES,
      readCommitted: this.#readCommitted,
    }
    const answers: FetchedPartition[] = []
    for (const [leader, ofLeader] of byLeader) {
      if (leader === NO_LEADER) {
        const names = ofLeader.map(({ range }) => partitionName(range)).join(', ')
        throw new KafkaConfigError('BROKER_UNREACHABLE', `${names}: no leader at the moment`)
      }
      const connection = await this.#cluster.connectionTo(leader, pool)
      const timeoutMs = MAX_WAIT_MS + this.#cluster.settings.requestTimeoutMs
      const targets = ofLeader.map(({ range: { topic, partition }, at }) => ({ topic, partition, offset: at }))
      const { errorCode, partitions } = await fetchRecords(connection, timeoutMs, limits, targets)
      if (errorCode !== PROTOCOL.NONE)
        throw protocolFailure(errorCode, `Fetching from broker ${leader}`, 'FETCH_FAILED')
      answers.push(...partitions)
    }
    return answers
  }

  async #piece(fetched: FetchedPartition, range: OffsetRange, at: bigint): Promise<ReadPiece> {
    const { topic, partition, errorCode, bytes, aborted, endOffset } = fetched
    if (errorCode === PROTOCOL.OFFSET_OUT_OF_RANGE) {
      return { range, records: [], readTo: await this.#afterLoss(range, at), bytes: 0 }
    }
    if (errorCode !== PROTOCOL.NONE)
      throw protocolFailure(errorCode, `Fetching ${partitionName(range)}`, 'FETCH_FAILED')
    const reader = new RecordBatchReader(bytes, at, aborted)
    const records: ListenerRecord[] = []
    reader.read(Number.MAX_SAFE_INTEGER, recordMaker(topic, partition, DESERIALIZER), records)
    const wanted = records.filter(({ offset }) => offset < range.to)
    // Nothing came, and there is nothing before the end: the range reaches further than the log, or a compaction emptied its end.
    const readTo = bytes.length === 0 && endOffset <= at ? range.to : reader.nextOffset
    return { range, records: wanted, readTo: readTo > range.to ? range.to : readTo, bytes: bytes.length }
  }

  /** Retention took the beginning: where the log begins now, or the end of the range when nothing of it is left. */
  async #afterLoss(range: OffsetRange, at: bigint): Promise<bigint> {
    const [first] = await askOffsets(this.#cluster, [{ ...range, timestamp: FIRST }], this.#readCommitted)
    return first !== undefined && first.offset > at && first.offset < range.to ? first.offset : range.to
  }
}

/** An error of the connection has no code of ours. A topic that has just been created is not known to every broker. */
function isWorthAnother(error: unknown): boolean {
  if (isAuthenticationFailure(error)) return false
  return !(error instanceof KafkaConfigError) || error.retryable || error.code === 'UNKNOWN_TOPIC'
}
