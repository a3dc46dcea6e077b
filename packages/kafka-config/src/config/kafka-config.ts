import type { Properties } from '@stocker/properties'
import { loadProperties } from '@stocker/properties'
import { buildSettings } from './build-settings.ts'
import { collect } from './collect.ts'
import type { ExplainedProperty } from './explain.ts'
import { explain } from './explain.ts'
import { createProblems } from './problems.ts'
import type {
  AdminSettings,
  ConsumerSettings,
  KafkaSettings,
  ListenerSettings,
  ProducerSettings,
  RetryTopicSettings,
} from './settings.ts'

export interface KafkaConfigOptions {
  /** client.id where the properties name none; default `kafka-config`. */
  readonly defaultClientId?: string
}

/**
 * The base of everything here: every spring.kafka.* key of the application, checked once. Immutable.
 *
 * What a key means, its default and whether it is honoured stands in one table (`configurationTable`); a key that is
 * unknown or cannot be honoured is refused by name, never ignored.
 */
export class KafkaConfig {
  readonly bootstrapServers: readonly string[]
  readonly clientId: string
  readonly consumer: ConsumerSettings
  readonly producer: ProducerSettings
  readonly admin: AdminSettings
  readonly listener: ListenerSettings
  readonly retryTopic: RetryTopicSettings | undefined
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
    Object.freeze(this)
  }

  /**
   * Files and placeholders are the part of the properties: what is wrong with them is a PropertiesError.
   *
   * @throws KafkaConfigError INVALID_CONFIGURATION with every problem found
   */
  static fromProperties(
    properties: Properties | Readonly<Record<string, string>>,
    options: KafkaConfigOptions = {},
  ): KafkaConfig {
    const problems = createProblems()
    const collected = collect(isProperties(properties) ? properties : loadProperties({ values: properties }), problems)
    const settings = buildSettings(collected, options.defaultClientId, problems)
    problems.throwIfAny()
    return new KafkaConfig(settings, explain(collected))
  }

  /** Every effective setting with where it came from; secrets masked. */
  explain(): readonly ExplainedProperty[] {
    return this.#explained
  }
}

function isProperties(properties: Properties | Readonly<Record<string, string>>): properties is Properties {
  return typeof properties.get === 'function' && typeof properties.entries === 'function'
}
