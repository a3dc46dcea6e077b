import type { Logger } from '../client/logger.ts'
import type { KafkaConfig } from '../config/kafka-config.ts'
import type { ProducerSettings } from '../config/settings.ts'
import { createSerializer } from '../serialization/create.ts'
import type { Serializer, TypeRegistry } from '../serialization/serializer.ts'
import { KafkaSender } from './kafka-sender.ts'

export interface KafkaProducerConfigOptions {
  /** With spring.json.add.type.headers=true: the package of the types in `__TypeId__`. */
  readonly types?: TypeRegistry
}

/** The producer's side of a configuration: senders, and the serializers that the properties name. */
export class KafkaProducerConfig {
  readonly settings: ProducerSettings
  readonly keySerializer: Serializer
  /** The value serializer. */
  readonly serializer: Serializer

  constructor(config: KafkaConfig, options: KafkaProducerConfigOptions = {}) {
    this.settings = config.producer
    this.keySerializer = createSerializer(config.producer.keySerializer)
    this.serializer = createSerializer(config.producer.valueSerializer, options.types)
  }

  /** One idempotent producer with connections of its own; a process needs one. It connects at the first `send`. */
  createSender(options: { readonly logger?: Logger } = {}): KafkaSender {
    return new KafkaSender(this.settings, options)
  }
}
