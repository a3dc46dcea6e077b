import type { Properties } from '@stocker/properties'
import type {
  AdminSettings,
  ConsumerSettings,
  KafkaSettings,
  ListenerSettings,
  ProducerSettings,
  RetryTopicSettings,
} from './settings.ts'

export interface KafkaConfigOptions {
  /** client.id where the properties name none; default 'kafka-config'. */
  readonly defaultClientId?: string
}

export interface ExplainedProperty {
  readonly key: string
  readonly value: string
  readonly origin: string
}

/** Every spring.kafka.* key, checked once. Immutable. */
export class KafkaConfig {
  readonly bootstrapServers: readonly string[]
  readonly clientId: string
  readonly consumer: ConsumerSettings
  readonly producer: ProducerSettings
  readonly admin: AdminSettings
  readonly listener: ListenerSettings
  readonly retryTopic: RetryTopicSettings
  readonly #explained: readonly ExplainedProperty[]

  private constructor(settings: KafkaSettings, explained: readonly ExplainedProperty[]) {
    this.bootstrapServers = settings.bootstrapServers
    this.clientId = settings.clientId
    this.consumer = settings.consumer
    this.producer = settings.producer
    this.admin = settings.admin
    this.listener = settings.listener
    this.retryTopic = settings.retryTopic
    this.#explained = explained
  }

  /** @throws KafkaConfigError INVALID_CONFIGURATION with every problem found */
  static fromProperties(_properties: Properties | Record<string, string>, _options?: KafkaConfigOptions): KafkaConfig {
    throw new Error('not yet written')
  }

  /** Every effective setting with where it came from; secrets masked. */
  explain(): readonly ExplainedProperty[] {
    return this.#explained
  }
}
