import { KafkaConsumerConfig, KafkaTopicConfig } from '@stocker/kafka-config'
import { expect, it } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import { freshTopic, testConfig } from './support.ts'

it('a static member that starts again reads a topic that was created while it was away', async () => {
  // given a static member of two topics, of which only one exists, that has gone without leaving
  const config = testConfig({ 'spring.kafka.consumer.properties.group.instance.id': 'one' })
  const first = await freshTopic(config, 'first', { partitions: 2 })
  const second = `${first}-second`
  const start = async () => {
    const container = new KafkaConsumerConfig(config).createListenerContainer({
      topics: [first, second],
      listener: async () => {},
    })
    await container.start()
    return container
  }
  const before = await start()
  await waitFor(() => before.assignments.length === 2, { what: 'the partitions of the first topic' })
  await before.stop()

  // when the other topic is created and the member starts again
  const topics = new KafkaTopicConfig(config, [{ name: second, partitions: 3 }])
  await topics.ensureTopics()
  await topics.close()
  const after = await start()

  // then it has both
  await waitFor(() => after.assignments.length === 5, { what: 'the partitions of both topics' })
  expect(new Set(after.assignments.map(({ topic }) => topic))).toEqual(new Set([first, second]))
  await after.stop()
})
