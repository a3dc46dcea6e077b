import type { RecordHeader } from './headers.ts'
import type { KafkaProducerConfig } from './sender/kafka-producer-config.ts'
import type { KafkaSender } from './sender/kafka-sender.ts'
import type { ProducerRecord, RecordMetadata } from './sender/producer-record.ts'

export interface OutgoingEvent {
  readonly topic: string
  /** Events of one key are read in the order in which they were sent. */
  readonly key: string
  readonly event: object
  readonly headers?: readonly RecordHeader[]
}

export interface KafkaEventUtilsOptions {
  /** Its serializers write key and event. */
  readonly producerConfig: KafkaProducerConfig
}

/** Sends events as objects: written by the configured serializer, partition by the key as a Java producer chooses it. */
export class KafkaEventUtils {
  readonly #sender: KafkaSender
  readonly #config: KafkaProducerConfig

  constructor(sender: KafkaSender, { producerConfig }: KafkaEventUtilsOptions) {
    this.#sender = sender
    this.#config = producerConfig
  }

  /** Resolves when the broker has the event. @throws KafkaConfigError NOT_SERIALIZABLE, and those of KafkaSender.send */
  async sendEvent(
    topic: string,
    key: string,
    event: object,
    headers: readonly RecordHeader[] = [],
  ): Promise<RecordMetadata> {
    return this.#sender.send(this.#record({ topic, key, event, headers }))
  }

  /** Places in the order of the events. An event that cannot be written refuses the whole list before anything is sent. */
  async sendEvents(events: readonly OutgoingEvent[]): Promise<readonly RecordMetadata[]> {
    return this.#sender.sendAll(events.map((event) => this.#record(event)))
  }

  #record({ topic, key, event, headers = [] }: OutgoingEvent): ProducerRecord {
    const { serializer, keySerializer } = this.#config
    const value = serializer.serialize(topic, headers, event)
    return {
      topic,
      key: keySerializer.serialize(topic, value.headers, key).data,
      value: value.data,
      headers: value.headers,
    }
  }
}
