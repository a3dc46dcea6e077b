import type { KafkaConfig, ListenerRecord } from '@stocker/kafka-config'
import {
  KafkaConsumerConfig,
  KafkaEventUtils,
  KafkaProducerConfig,
  partitionForKey,
  readGroupLag,
} from '@stocker/kafka-config'
import { describe, expect, it } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import { freshTopic, range, testConfig } from './support.ts'

async function readAll(config: KafkaConfig, topic: string, count: number): Promise<readonly ListenerRecord[]> {
  const read: ListenerRecord[] = []
  await using container = new KafkaConsumerConfig(config).createListenerContainer({
    topics: [topic],
    types: { typeProperty: 'eventType' },
    listener: async (records) => void read.push(...records),
  })
  await container.start()
  await waitFor(() => read.length >= count, { what: `${count} records` })
  return read
}

describe('KafkaEventUtils', () => {
  it('sends an event as the configured serializer writes it, to the partition of its key, and tells its place', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'event')
    const producerConfig = new KafkaProducerConfig(config)
    await using sender = producerConfig.createSender()
    const events = new KafkaEventUtils(sender, { producerConfig })
    const event = { eventType: 'OrderCreatedEvent', orderId: 'order-1', total: 4999 }
    const place = await events.sendEvent(topic, 'order-1', event, [
      { key: 'traceparent', value: Buffer.from('00-1-2-01') },
    ])
    expect(place).toEqual({ topic, partition: partitionForKey('order-1', 6), offset: 0n })
    const [record] = await readAll(config, topic, 1)
    expect(record).toMatchObject({
      key: 'order-1',
      value: event,
      typeId: 'OrderCreatedEvent',
      partition: place.partition,
    })
    expect(record?.headers).toEqual([{ key: 'traceparent', value: Buffer.from('00-1-2-01') }])
  })

  it('sends many in their order', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'events')
    const producerConfig = new KafkaProducerConfig(config)
    await using sender = producerConfig.createSender()
    const events = new KafkaEventUtils(sender, { producerConfig })
    const places = await events.sendEvents(
      range(50).map((n) => ({ topic, key: 'order-1', event: { eventType: 'E', n } })),
    )
    expect(places.map(({ offset }) => offset)).toEqual(range(50).map(BigInt))
    const records = await readAll(config, topic, 50)
    expect(records.map(({ value }) => (value as { n: number }).n)).toEqual(range(50))
  })

  it('sends nothing of a list with an event that cannot be written', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'unwritable')
    const producerConfig = new KafkaProducerConfig(config)
    await using sender = producerConfig.createSender()
    const events = new KafkaEventUtils(sender, { producerConfig })
    const list = [
      { topic, key: 'a', event: { n: 1 } },
      { topic, key: 'b', event: { n: 1n } },
    ]
    await expect(events.sendEvents(list)).rejects.toMatchObject({ code: 'NOT_SERIALIZABLE' })
    expect(sender.metrics.requests).toBe(0)
  })
})

describe('the lag of a group', () => {
  it('is what it has still to read, also while nobody runs', async () => {
    const config = testConfig({ 'spring.kafka.consumer.max-poll-records': '10' })
    const topic = await freshTopic(config, 'lag', { partitions: 1 })
    await using sender = new KafkaProducerConfig(config).createSender()
    await sender.sendAll(range(30).map((n) => ({ topic, value: `${n}` })))
    const groupId = config.consumer.groupId as string
    expect(await readGroupLag(config, groupId, [topic])).toEqual([
      { topic, partition: 0, committed: undefined, endOffset: 30n, lag: undefined },
    ])
    await readAll(config, topic, 30)
    await sender.sendAll(range(12).map((n) => ({ topic, value: `${n}` })))
    expect(await readGroupLag(config, groupId, [topic])).toEqual([
      { topic, partition: 0, committed: 30n, endOffset: 42n, lag: 12n },
    ])
  })
})
