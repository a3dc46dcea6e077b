import type { Cluster } from '../client/cluster.ts'
import { protocolFailure } from '../client/failure.ts'
import type { Logger } from '../client/logger.ts'
import { PROTOCOL } from '../client/protocol-codes.ts'
import { pause } from '../client/wait.ts'
import { KafkaConfigError } from '../errors.ts'

export interface TopicSubscriptionOptions {
  readonly groupId: string
  readonly topics: readonly string[]
  /** spring.kafka.listener.missing-topics-fatal */
  readonly missingTopicsFatal: boolean
}

const WATCH_MS = 30_000
const WATCH_MISSING_MS = 1000

/** The topics that exist and their partition counts. The group itself tells nobody that there are more of them. */
export class TopicSubscription {
  readonly #cluster: Cluster
  readonly #options: TopicSubscriptionOptions
  readonly #logger: Logger
  #joinedWith: ReadonlyMap<string, number> = new Map()

  constructor(cluster: Cluster, options: TopicSubscriptionOptions, logger: Logger) {
    this.#cluster = cluster
    this.#options = options
    this.#logger = logger
  }

  /**
   * Those that exist; waits for the first, or until `signal` aborts. `waiting` is told what for.
   * @throws KafkaConfigError MISSING_TOPICS with missingTopicsFatal, AUTHORIZATION_FAILED, BROKER_UNREACHABLE
   */
  async existing(signal: AbortSignal, waiting: (detail: string) => void): Promise<ReadonlyMap<string, number>> {
    const { groupId, topics, missingTopicsFatal } = this.#options
    for (let attempt = 0; ; attempt++) {
      const counts = await this.#partitionCounts()
      const missing = topics.filter((topic) => !counts.has(topic))
      if (missing.length > 0) {
        const message = `${missing.length === 1 ? 'Topic' : 'Topics'} ${missing.join(', ')} missing`
        if (missingTopicsFatal) {
          throw new KafkaConfigError('MISSING_TOPICS', `${message}, and listener.missing-topics-fatal=true`)
        }
        if (attempt === 0) this.#logger.warn({ groupId, topics: missing }, `${message}; waiting for it`)
        waiting(`waiting: ${message}`)
      }
      if (counts.size > 0 || signal.aborted) {
        this.#joinedWith = counts
        return counts
      }
      await pause(WATCH_MISSING_MS, signal)
    }
  }

  /** Resolves with the topics whose partitions are others than `existing` said; undefined when `signal` aborts. */
  async change(
    signal: AbortSignal,
    maxAgeMs: number,
    trouble: (error: unknown) => void,
  ): Promise<readonly string[] | undefined> {
    const { topics } = this.#options
    while (!signal.aborted) {
      const complete = topics.every((topic) => this.#joinedWith.has(topic))
      await pause(complete ? Math.min(WATCH_MS, maxAgeMs) : WATCH_MISSING_MS, signal)
      if (signal.aborted) return undefined
      try {
        const counts = await this.#partitionCounts()
        const changed = topics.filter((topic) => counts.get(topic) !== this.#joinedWith.get(topic))
        if (changed.length > 0) return changed
      } catch (error) {
        trouble(error)
      }
    }
    return undefined
  }

  async #partitionCounts(): Promise<ReadonlyMap<string, number>> {
    const { topics } = this.#options
    const { forbidden } = await this.#cluster.refresh(topics)
    if (forbidden.length > 0) {
      throw protocolFailure(PROTOCOL.TOPIC_AUTHORIZATION_FAILED, `Reading topic ${forbidden.join(', ')}`)
    }
    const counts = new Map<string, number>()
    for (const topic of topics) {
      const layout = this.#cluster.layout(topic)
      if (layout) counts.set(topic, layout.leaders.length)
    }
    return counts
  }
}
