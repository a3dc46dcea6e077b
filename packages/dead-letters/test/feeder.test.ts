import { KafkaProducerConfig, KafkaTopicConfig } from '@stocker/kafka-config'
import { expect, it } from 'vitest'
import { testTopic, waitFor } from '../../../test/servers.ts'
import { recordingLogger, testConfig, uniqueGroup } from '../../kafka-config/test/support.ts'
import { DeadLetterFeeder } from '../src/index.ts'
import { useShop } from './shop.ts'

const { openDatabase, openStore } = useShop()

it('reads dead-letter topics that are created later, also as a static member of its group', async () => {
  const { intake, queries } = openStore((await openDatabase()).pool)
  const kafka = testConfig({ 'spring.kafka.consumer.properties.group.instance.id': uniqueGroup() })
  const name = testTopic('late')
  const suffixes = [`${name}-dlt`, `${name}.DLT`]
  const feeder = new DeadLetterFeeder({ kafka, intake, logger: recordingLogger(), suffixes, discoveryMs: 200 })
  feeder.start()
  const seen = async () => (await queries.list({}, { limit: 9 })).map(({ topic }) => topic)
  try {
    await using sender = new KafkaProducerConfig(kafka).createSender()
    for (const [index, topic] of suffixes.entries()) {
      await using topics = new KafkaTopicConfig(kafka, [{ name: topic, partitions: 1 }])
      await topics.ensureTopics()
      await sender.send({ topic, key: 'k', value: '{}' })
      await waitFor(async () => (await seen()).length === index + 1, { what: `what is in ${topic}` })
    }
  } finally {
    await feeder.stop()
  }
  expect(await seen()).toEqual(suffixes.toReversed())
})
