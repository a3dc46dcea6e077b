import type { KafkaConfig } from '../config/kafka-config.ts'
import type { ConsumerSettings, ListenerSettings } from '../config/settings.ts'
import { KafkaConfigError } from '../errors.ts'
import { withRedrive } from '../redrive/with-redrive.ts'
import { createRetryableContainer } from '../retry-topics/retryable-container.ts'
import { createDeserializer } from '../serialization/create.ts'
import { createConcurrentContainer } from './composite-container.ts'
import type { ListenerContainerOptions } from './container-options.ts'
import { ContainerWithTopics } from './container-with-topics.ts'
import { KafkaListenerContainer } from './kafka-listener-container.ts'
import type { ListenerContainer } from './listener-types.ts'

/** The consumer's side of a configuration: listener containers. */
export class KafkaConsumerConfig {
  readonly settings: ConsumerSettings
  readonly listenerSettings: ListenerSettings
  readonly #config: KafkaConfig

  constructor(config: KafkaConfig) {
    this.settings = config.consumer
    this.listenerSettings = config.listener
    this.#config = config
  }

  /**
   * Not started yet. With spring.kafka.listener.concurrency=n it is n members of the group, which share the listener; with `retryTopics` one more
   * for all the retry topics.
   */
  createListenerContainer(options: ListenerContainerOptions): ListenerContainer {
    if (!options.redrive) return this.#createContainer(options, (main) => this.#createMembers(main))
    const { container, members, topics, logger } = withRedrive(this.settings, options, options.redrive)
    return new ContainerWithTopics(this.#config, topics, logger, [
      this.#createContainer(container, (main) => this.#createMembers(members(main))),
    ])
  }

  #createContainer(
    options: ListenerContainerOptions,
    createMain: (options: ListenerContainerOptions) => ListenerContainer,
  ): ListenerContainer {
    const { retryTopics } = options
    if (retryTopics) return createRetryableContainer(this.#config, options, retryTopics, createMain)
    if (this.#config.retryTopic && retryTopics === undefined) {
      throw new KafkaConfigError(
        'MISSING_VALUE',
        `spring.kafka.retry.topic.enabled=true, but the listener of ${options.topics.join(', ')} has nothing to write retry topics with: set retryTopics: { sender }, or retryTopics: false`,
      )
    }
    return createMain(options)
  }

  #createMembers(options: ListenerContainerOptions): ListenerContainer {
    const deserializer = createDeserializer(this.settings.valueDeserializer, options.types)
    const create = (settings: ConsumerSettings, containerOptions: ListenerContainerOptions) =>
      new KafkaListenerContainer(settings, this.listenerSettings, deserializer, containerOptions)
    const { concurrency } = this.listenerSettings
    return concurrency > 1
      ? createConcurrentContainer(concurrency, this.settings, options, create)
      : create(this.settings, options)
  }
}
