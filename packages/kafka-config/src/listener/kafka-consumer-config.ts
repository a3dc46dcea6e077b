import type { KafkaConfig } from '../config/kafka-config.ts'
import type { ConsumerSettings, ListenerSettings } from '../config/settings.ts'
import { createDeserializer } from '../serialization/create.ts'
import { createConcurrentContainer } from './concurrent-container.ts'
import type { ListenerContainerOptions } from './container-options.ts'
import { KafkaListenerContainer } from './kafka-listener-container.ts'
import type { ListenerContainer } from './listener-types.ts'

/** The consumer's side of a configuration: listener containers. */
export class KafkaConsumerConfig {
  readonly settings: ConsumerSettings
  readonly listenerSettings: ListenerSettings

  constructor(config: KafkaConfig) {
    this.settings = config.consumer
    this.listenerSettings = config.listener
  }

  /** Not started yet. With spring.kafka.listener.concurrency=n it is n members of the group, which share the listener. */
  createListenerContainer(options: ListenerContainerOptions): ListenerContainer {
    const deserializer = createDeserializer(this.settings.valueDeserializer, options.types)
    const create = (settings: ConsumerSettings, containerOptions: ListenerContainerOptions) =>
      new KafkaListenerContainer(settings, this.listenerSettings, deserializer, containerOptions)
    const { concurrency } = this.listenerSettings
    return concurrency > 1
      ? createConcurrentContainer(concurrency, this.settings, options, create)
      : create(this.settings, options)
  }
}
