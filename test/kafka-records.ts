import { randomUUID } from 'node:crypto'
import type { TopicName } from '@stocker/contracts'
import { TOPICS } from '@stocker/contracts'
import { KafkaConfig, KafkaConsumerConfig, KafkaProducerConfig, KafkaTopicConfig } from '@stocker/kafka-config'
import { kafkaBootstrap } from './servers.ts'

export interface SeenRecord {
  readonly topic: string
  readonly key: string | null
  readonly value: Readonly<Record<string, unknown>>
}

/** The platform's topics as other services see them: what a test puts in, and what comes out. */
export interface TestTopics extends AsyncDisposable {
  /** Values of a key that have been seen on a topic, in order. Topics are shared by all tests of a run, so keys must be the test's own. */
  seen(topic: TopicName, key: string): readonly SeenRecord['value'][]
  /** Sends values as another service would, each with the key of its place in the list. */
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

  const records: SeenRecord[] = []
  const listener = new KafkaConsumerConfig(config).createListenerContainer({
    topics: watched,
    listener: async (batch) => {
      for (const { topic, key, value } of batch) records.push({ topic, key, value: JSON.parse(String(value)) })
    },
  })
  await listener.start()
  const sender = new KafkaProducerConfig(config).createSender()
  const close = async () => {
    await listener.stop()
    await sender.close()
  }
  return {
    seen: (topic, key) =>
      records.filter((record) => record.topic === topic && record.key === key).map(({ value }) => value),
    send: async (topic, values) => {
      await sender.sendAll(values.map(([key, value]) => ({ topic, key, value: JSON.stringify(value) })))
    },
    [Symbol.asyncDispose]: close,
  }
}
