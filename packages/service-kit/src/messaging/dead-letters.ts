import type { KafkaConfig, KafkaSender, Recoverer } from '@stocker/kafka-config'
import { DeadLetterPublishingRecoverer, deadLetterTopics, KafkaTopicConfig } from '@stocker/kafka-config'
import { reasonOf } from '../keep-trying.ts'
import type { Logger } from '../logging/create-logger.ts'

/** Where records go that a listener could not handle: `<topic>-dlt` of each of its topics. */
export interface DeadLetters {
  readonly recoverer: Recoverer
  /** Has the missing topics created, as soon as the topics are there that they belong to. Returns at once. */
  start(): void
  stop(): Promise<void>
}

export function createDeadLetters(
  kafka: KafkaConfig,
  topics: readonly string[],
  sender: KafkaSender,
  logger: Logger,
): DeadLetters {
  const ensured = new KafkaTopicConfig(kafka, deadLetterTopics(topics), { logger })
  return {
    recoverer: new DeadLetterPublishingRecoverer(sender, { logger }),
    start: () => {
      ensured.ensureTopics().catch((error: unknown) => {
        logger.error({ err: error }, `dead-letter topics cannot be created: ${reasonOf(error)}`)
      })
    },
    stop: () => ensured.close(),
  }
}
