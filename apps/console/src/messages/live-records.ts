import { TOPIC_NAMES } from '@stocker/contracts'
import type { KafkaConfig, ListenerRecord } from '@stocker/kafka-config'
import { createTopicFollower } from '@stocker/kafka-config'
import type { Logger } from '@stocker/service-kit'
import type { KafkaMessage } from './kafka-message.ts'
import { kafkaMessage } from './kafka-message.ts'

export type LiveRecord = KafkaMessage

/** All that is given must hold. */
export interface LiveFilter {
  /** Default: the topics of the platform's contracts. */
  readonly topics?: readonly string[]
  readonly key?: string
  readonly correlationId?: string
}

export interface LiveRecordsOptions {
  readonly kafka: KafkaConfig
  readonly logger: Logger
  /** How often new topics and partitions are looked for. Milliseconds, default 5,000. */
  readonly discoveryMs?: number
}

export interface LiveRecords {
  /**
   * Hands on what comes into the topics from now on, in the order of each partition, until the function that it returns is called. A topic that comes into being
   * later is read from its beginning. A listener that throws does not disturb the others; it is logged.
   */
  subscribe(filter: LiveFilter, listener: (records: readonly LiveRecord[]) => void): () => void
  /** Resolves when everything subscribed so far is being read. */
  following(): Promise<void>
  close(): Promise<void>
}

interface Subscription {
  readonly filter: LiveFilter
  readonly topics: ReadonlySet<string>
  readonly listener: (records: readonly LiveRecord[]) => void
}

/** One reader without a group for everything in the console that follows topics. Without a subscription it has no connection. */
export function createLiveRecords({ kafka, logger, discoveryMs }: LiveRecordsOptions): LiveRecords {
  const subscriptions = new Set<Subscription>()
  let followed: ReadonlySet<string> = new Set()
  let following = Promise.resolve()

  const follower = createTopicFollower(kafka, {
    logger,
    ...(discoveryMs !== undefined && { discoveryMs }),
    onRecords: (records) => {
      // Shared by all subscriptions: the value of a record is parsed once, or never.
      const messages = records.map((record: ListenerRecord) => kafkaMessage(record))
      for (const subscription of subscriptions) hand(subscription, messages)
    },
  })

  function hand({ filter, topics, listener }: Subscription, messages: readonly LiveRecord[]): void {
    const { key, correlationId } = filter
    const wanted = messages.filter(
      (message) =>
        topics.has(message.topic) &&
        (key === undefined || message.key === key) &&
        (correlationId === undefined || message.correlationId === correlationId),
    )
    if (wanted.length === 0) return
    try {
      listener(wanted)
    } catch (error) {
      logger.error({ err: error }, 'a listener of live records failed at them; it goes on after them')
    }
  }

  function follow(): void {
    const topics = new Set([...subscriptions].flatMap((each) => [...each.topics]))
    if (topics.size === followed.size && [...topics].every((topic) => followed.has(topic))) return
    followed = topics
    following = follower.follow([...topics])
  }

  return {
    subscribe(filter, listener) {
      const subscription = { filter, topics: new Set(filter.topics ?? TOPIC_NAMES), listener }
      subscriptions.add(subscription)
      follow()
      return () => {
        if (subscriptions.delete(subscription)) follow()
      }
    },
    following: () => following,
    async close() {
      subscriptions.clear()
      await follower.close()
    },
  }
}
