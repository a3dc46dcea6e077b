import { randomUUID } from 'node:crypto'
import type { TopicName } from '@stocker/contracts'
import { TOPICS } from '@stocker/contracts'
import { KafkaConfig, KafkaConsumerConfig, KafkaProducerConfig, KafkaTopicConfig } from '@stocker/kafka-config'
import { kafkaBootstrap } from './servers.ts'

export type RecordValue = Readonly<Record<string, unknown>>

/** The platform's topics as other services see them: what a test puts in, and what comes out. */
export interface TestTopics extends AsyncDisposable {
  /** Values of a key that have been seen on a topic, in order. Topics are shared by all tests of a run, so keys must be the test's own. */
  seen(topic: TopicName, key: string): readonly RecordValue[]
  /** Sends values as another service would. */
  send(topic: TopicName, records: readonly (readonly [key: string, value: object])[]): Promise<void>
}

/** Creates the topics where they are missing and follows `watched` from now on. */
export const testTopics = async (topics: readonly TopicName[], watched: readonly TopicName[]): Promise<TestTopics> => {
  const config = KafkaConfig.fromProperties({
    'spring.kafka.bootstrap-servers': kafkaBootstrap(),
    'spring.kafka.consumer.group-id': `test-${randomUUID()}`,
    'spring.kafka.consumer.auto-offset-reset': 'earliest',
    'spring.kafka.consumer.value-deserializer': 'org.apache.kafka.common.serialization.StringDeserializer',
  })
  const declared = new KafkaTopicConfig(
    config,
    topics.map((name) => {
      const { partitions, configs } = TOPICS[name]
      return { name, partitions, configs }
    }),
  )
  await declared.ensureTopics()
  await declared.close()

  const seen = new Map<string, RecordValue[]>()
  const listener = new KafkaConsumerConfig(config).createListenerContainer({
    topics: watched,
    listener: async (batch) => {
      for (const { topic, key, value } of batch) {
        const place = `${topic}/${key}`
        const values = seen.get(place) ?? []
        values.push(JSON.parse(String(value)))
        seen.set(place, values)
      }
    },
  })
  await listener.start()
  const sender = new KafkaProducerConfig(config).createSender()
  const close = async () => {
    await listener.stop()
    await sender.close()
  }
  return {
    seen: (topic, key) => seen.get(`${topic}/${key}`) ?? [],
    send: async (topic, values) => {
      await sender.sendAll(values.map(([key, value]) => ({ topic, key, value: JSON.stringify(value) })))
    },
    [Symbol.asyncDispose]: close,
  }
}
