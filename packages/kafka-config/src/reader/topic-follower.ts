import { Cluster } from '../client/cluster.ts'
import type { Logger } from '../client/logger.ts'
import { silentLogger } from '../client/logger.ts'
import { Gate, pause } from '../client/wait.ts'
import type { KafkaConfig } from '../config/kafka-config.ts'
import { Fetcher } from '../listener/fetcher.ts'
import type { ListenerRecord, TopicPartition } from '../listener/listener-types.ts'
import { partitionName } from '../listener/listener-types.ts'
import type { NextOffset } from '../listener/offset-committer.ts'
import { listOffsets } from '../listener/start-positions.ts'
import { createBytesDeserializer } from '../serialization/bytes.ts'

export interface TopicFollowerOptions {
  /**
   * Records as they come, those of a partition in their order; `value` is the bytes (null: a tombstone), which are part of a larger answer: copy what is
   * kept. Called from the event loop, never twice at once. What it throws is logged, and the records count as seen.
   */
  readonly onRecords: (records: readonly ListenerRecord[]) => void
  readonly logger?: Logger
  /** How often new topics and partitions are looked for. Milliseconds, default 5,000. */
  readonly discoveryMs?: number
}

export interface TopicFollower {
  /**
   * Reads these topics and no others from now on; none: every connection is closed. A topic is read from its end as it is now; topics and partitions that
   * come into being later from their beginning. Resolves when the broker has said where that is, or something else is followed.
   */
  follow(topics: readonly string[]): Promise<void>
  close(): Promise<void>
}

export const FOLLOWER_DEFAULTS = { discoveryMs: 5_000 } as const

/** Most records that are handed out before the event loop may do something else. */
const HANDED_OUT_AT_ONCE = 500
const MAX_BYTES = 1024 * 1024

/**
 * Follows topics without a group: it commits nothing, and no one's lag or assignment changes by it. Fetching waits while `onRecords` is behind. When the broker
 * is away it goes on where it was; what the retention took meanwhile is left out. Reads committed records only, if the consumer's isolation level says so.
 */
export function createTopicFollower(config: KafkaConfig, options: TopicFollowerOptions): TopicFollower {
  return new Follower(config, options)
}

class Follower implements TopicFollower {
  readonly #config: KafkaConfig
  readonly #options: Required<TopicFollowerOptions>
  readonly #changed = new Gate()
  /** Of topics whose end was asked for: partitions that are not among them now came later. */
  readonly #known = new Set<string>()
  readonly #positions = new Map<string, NextOffset>()
  #topics: readonly string[] = []
  #started = Promise.withResolvers<void>()
  #stale = false
  #running: Promise<void> | undefined
  #stopping = new AbortController()
  #cluster: Cluster | undefined
  #fetcher: Fetcher | undefined
  #draining = false
  #failing = false
  #closed = false

  constructor(config: KafkaConfig, options: TopicFollowerOptions) {
    this.#config = config
    this.#options = { logger: silentLogger, ...FOLLOWER_DEFAULTS, ...options }
  }

  follow(topics: readonly string[]): Promise<void> {
    if (this.#closed) return Promise.resolve()
    this.#topics = [...new Set(topics)]
    this.#started.resolve()
    this.#started = Promise.withResolvers<void>()
    const { promise } = this.#started
    if (this.#topics.length === 0) this.#started.resolve()
    this.#stale = true
    this.#stopping.abort()
    this.#changed.open()
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return promise
  }

  async close(): Promise<void> {
    await this.follow([])
    this.#closed = true
    await this.#running
  }

  async #run(): Promise<void> {
    for (;;) {
      this.#stopping = new AbortController()
      this.#stale = false
      if (this.#topics.length === 0) {
        await this.#disconnect()
        if (this.#stale) continue
        return
      }
      const { signal } = this.#stopping
      let waitMs = this.#options.discoveryMs
      try {
        await this.#readAll(signal)
      } catch (error) {
        waitMs = this.#config.consumer.connection.retryBackoffMaxMs
        if (!signal.aborted) this.#trouble(error)
      }
      await pause(waitMs, signal)
    }
  }

  async #disconnect(): Promise<void> {
    this.#known.clear()
    this.#positions.clear()
    await this.#fetcher?.stop()
    this.#fetcher = undefined
    await this.#cluster?.close()
    this.#cluster = undefined
  }

  /** Sees to it that every partition that there is now is read. */
  async #readAll(signal: AbortSignal): Promise<void> {
    const topics = this.#topics
    this.#cluster ??= new Cluster(this.#config.consumer.connection)
    const cluster = this.#cluster
    for (const known of this.#known) if (!topics.includes(known)) this.#known.delete(known)
    await cluster.refresh(topics)
    const partitions = topics.flatMap((topic) =>
      Array.from({ length: cluster.layout(topic)?.leaders.length ?? 0 }, (_, partition) => ({ topic, partition })),
    )
    this.#notePositions()
    const starts = await this.#startsOf(cluster, partitions)
    if (signal.aborted) return
    for (const start of starts) this.#positions.set(partitionName(start), start)
    for (const topic of topics) this.#known.add(topic)
    const wanted = new Set(partitions.map(partitionName))
    const unchanged = starts.length === 0 && wanted.size === this.#positions.size
    if (!this.#fetcher || !unchanged) await this.#replaceFetcher(cluster, wanted)
    this.#recovered()
    if (!signal.aborted) this.#started.resolve()
  }

  #startsOf(cluster: Cluster, partitions: readonly TopicPartition[]): Promise<readonly NextOffset[]> {
    const unknown = partitions.filter((each) => !this.#positions.has(partitionName(each)))
    const { late = [], first = [] } = Object.groupBy(unknown, ({ topic }) =>
      this.#known.has(topic) ? 'late' : 'first',
    )
    const readCommitted = this.#config.consumer.isolationLevel === 'read_committed'
    return Promise.all([
      listOffsets(cluster, late, 'earliest', readCommitted),
      listOffsets(cluster, first, 'latest', readCommitted),
    ]).then((both) => both.flat())
  }

  /** Where the fetcher stands is where the next one begins. */
  #notePositions(): void {
    for (const { topic, partition, position } of this.#fetcher?.lag() ?? []) {
      this.#positions.set(partitionName({ topic, partition }), { topic, partition, offset: position })
    }
  }

  async #replaceFetcher(cluster: Cluster, wanted: ReadonlySet<string>): Promise<void> {
    // Nothing is handed out between the note and the stop: both happen before the event loop goes on.
    this.#notePositions()
    const stopped = this.#fetcher?.stop()
    this.#fetcher = undefined
    for (const name of this.#positions.keys()) if (!wanted.has(name)) this.#positions.delete(name)
    await stopped
    if (this.#positions.size === 0) return
    this.#fetcher = this.#createFetcher(cluster)
    this.#fetcher.start()
  }

  #createFetcher(cluster: Cluster): Fetcher {
    const { consumer } = this.#config
    const readCommitted = consumer.isolationLevel === 'read_committed'
    return new Fetcher(
      cluster,
      [...this.#positions.values()],
      new Set(),
      createBytesDeserializer(),
      {
        groupId: 'none',
        // For a position that the retention took: the next record that there is.
        autoOffsetReset: 'earliest',
        maxBufferedBytes: 2 * MAX_BYTES,
        pacing: undefined,
        maxPollRecords: HANDED_OUT_AT_ONCE,
        limits: {
          maxWaitMs: consumer.fetchMaxWaitMs,
          minBytes: 1,
          maxBytes: MAX_BYTES,
          maxPartitionBytes: MAX_BYTES,
          readCommitted,
        },
      },
      {
        available: () => this.#drain(),
        answered: () => this.#recovered(),
        trouble: (error) => this.#trouble(error),
        failed: (error) => {
          this.#trouble(error)
          void this.#fetcher?.stop()
          this.#notePositions()
          this.#fetcher = undefined
        },
      },
      this.#options.logger,
    )
  }

  #drain(): void {
    if (this.#draining) return
    const records = this.#fetcher?.take(HANDED_OUT_AT_ONCE) ?? []
    if (records.length === 0) return
    try {
      this.#options.onRecords(records)
    } catch (error) {
      this.#options.logger.error({ err: error }, 'what follows the topics failed at records; going on after them')
    }
    if (records.length < HANDED_OUT_AT_ONCE) return
    this.#draining = true
    setImmediate(() => {
      this.#draining = false
      this.#drain()
    })
  }

  #trouble(error: unknown): void {
    if (this.#failing) return
    this.#failing = true
    this.#options.logger.warn(
      { err: error, topics: this.#topics },
      'topics cannot be followed at the moment; trying on',
    )
  }

  #recovered(): void {
    if (!this.#failing) return
    this.#failing = false
    this.#options.logger.info({ topics: this.#topics }, 'topics are followed again')
  }
}
