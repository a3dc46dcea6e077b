import type { ListenerRecord, RecordMetadata } from '@stocker/kafka-config'
import { KafkaConsumerConfig, KafkaProducerConfig, KafkaTopicConfig } from '@stocker/kafka-config'
import { describe, expect, it } from 'vitest'
import { testTopic, waitFor } from '../../../test/servers.ts'
import { freshTopic, range, testConfig } from './support.ts'

const KEYS = range(20).map((index) => `order-${index}`)

describe('the sender', () => {
  it('keeps the order of each key, whoever sends how much at a time, and tells the place of every record', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'order-per-key')
    await using sender = new KafkaProducerConfig(config).createSender()
    const sent = new Map<string, RecordMetadata>()
    const send = async (records: { key: string; value: string }[]) => {
      const places = await sender.sendAll(records.map((record) => ({ topic, ...record })))
      records.forEach(({ key, value }, index) => {
        sent.set(`${key} ${value}`, places[index] as RecordMetadata)
      })
    }

    // Singles and lists mixed, without waiting for each other.
    await Promise.all(
      range(100).flatMap((round) => [
        send(KEYS.map((key) => ({ key, value: `${2 * round}` }))),
        ...KEYS.map((key) => send([{ key, value: `${2 * round + 1}` }])),
      ]),
    )

    const read = await readAll(config, topic, 4000)
    for (const key of KEYS) {
      const ofKey = read.filter((record) => record.key === key)
      expect(ofKey.map(({ value }) => value)).toEqual(range(200))
      expect(new Set(ofKey.map(({ partition }) => partition)).size).toBe(1)
    }
    for (const record of read) {
      expect(sent.get(`${record.key} ${record.value}`)).toEqual({
        topic,
        partition: record.partition,
        offset: record.offset,
      })
    }
    const { requests, waitingRecords, waitingBytes } = sender.metrics
    expect({ waitingRecords, waitingBytes }).toEqual({ waitingRecords: 0, waitingBytes: 0 })
    expect(requests).toBeLessThan(100)
  })

  it('writes keys, headers, tombstones and times as they were given', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'as-given')
    await using sender = new KafkaProducerConfig(config).createSender()
    await sender.sendAll([
      {
        topic,
        key: 'a',
        value: '{"n":1}',
        headers: [{ key: 'traceparent', value: Buffer.from('00-1') }],
        timestamp: 1_700_000_000_000n,
      },
      { topic, key: 'a', value: null },
    ])
    const [first, second] = await readAll(config, topic, 2)
    expect(first).toMatchObject({ key: 'a', value: { n: 1 }, timestamp: 1_700_000_000_000n })
    expect(first?.headers).toEqual([{ key: 'traceparent', value: Buffer.from('00-1') }])
    expect(second).toMatchObject({ key: 'a', value: null, raw: { value: null } })
  })

  it('spreads records without a key', async () => {
    const config = testConfig({ 'spring.kafka.producer.batch-size': '1KB' })
    const topic = await freshTopic(config, 'keyless')
    await using sender = new KafkaProducerConfig(config).createSender()
    const places = await sender.sendAll(range(200).map(() => ({ topic, value: 'x'.repeat(100) })))
    expect(new Set(places.map(({ partition }) => partition)).size).toBe(6)
  })

  it('refuses a record above max.request.size at once, and only that', async () => {
    const config = testConfig({ 'spring.kafka.producer.properties.max.request.size': '100KB' })
    const topic = await freshTopic(config, 'too-large')
    await using sender = new KafkaProducerConfig(config).createSender()
    const [before, large, after] = await Promise.allSettled([
      sender.send({ topic, key: 'a', value: '1' }),
      sender.send({ topic, key: 'a', value: 'x'.repeat(200_000) }),
      sender.send({ topic, key: 'a', value: '2' }),
    ])
    expect(large).toMatchObject({ status: 'rejected', reason: { code: 'RECORD_TOO_LARGE', retryable: false } })
    expect((large as PromiseRejectedResult).reason.message).toContain('key a')
    expect(before).toMatchObject({ status: 'fulfilled', value: { offset: 0n } })
    expect(after).toMatchObject({ status: 'fulfilled', value: { offset: 1n } })
  })

  it('splits a batch that the broker finds too large, so that only the record that is too large fails', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'split', { partitions: 1, configs: { 'max.message.bytes': '10000' } })
    await using sender = new KafkaProducerConfig(config).createSender()
    const results = await Promise.allSettled(
      range(40).map((index) => sender.send({ topic, value: 'x'.repeat(index === 17 ? 20_000 : 1000) })),
    )
    const failed = results.flatMap((result, index) =>
      result.status === 'rejected' ? [{ index, code: result.reason.code }] : [],
    )
    expect(failed).toEqual([{ index: 17, code: 'RECORD_TOO_LARGE' }])
    const offsets = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.offset] : []))
    expect(offsets).toEqual(range(39).map(BigInt))
  })

  it('carries a record of 10 MB where broker and topic allow it', async () => {
    const config = testConfig({
      'spring.kafka.producer.properties.max.request.size': '12MB',
      'spring.kafka.producer.batch-size': '12MB',
    })
    const topic = await freshTopic(config, 'ten-megabytes', { configs: { 'max.message.bytes': '12582912' } })
    await using sender = new KafkaProducerConfig(config).createSender()
    const value = JSON.stringify('y'.repeat(10 * 1024 * 1024))
    await sender.send({ topic, key: 'big', value })
    await sender.send({ topic, key: 'big', value: '"small"' })
    const [big, small] = await readAll(config, topic, 2)
    expect(String(big?.value)).toHaveLength(10 * 1024 * 1024)
    expect(small?.value).toBe('small')
  })

  it('says after max.block.ms that a topic does not exist, while other topics go on', async () => {
    const config = testConfig({ 'spring.kafka.producer.properties.max.block.ms': '5s' })
    const topic = await freshTopic(config, 'known')
    await using sender = new KafkaProducerConfig(config).createSender()
    const ends: string[] = []
    const unknown = sender.send({ topic: testTopic('unknown'), value: '1' }).finally(() => ends.push('unknown'))
    unknown.catch(() => undefined)
    await expect(sender.send({ topic, value: '1' })).resolves.toMatchObject({ topic })
    ends.push('known')
    await expect(unknown).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC', retryable: false })
    expect(ends).toEqual(['known', 'unknown'])
  })

  it('sends to a topic that is created while it waits for it', async () => {
    const config = testConfig()
    const topic = testTopic('late')
    await using sender = new KafkaProducerConfig(config).createSender()
    const sending = sender.send({ topic, key: 'a', value: '1' })
    await using topics = new KafkaTopicConfig(config, [{ name: topic, partitions: 2 }])
    await topics.ensureTopics()
    await expect(sending).resolves.toMatchObject({ topic, offset: 0n })
  })

  it('refuses a partition that does not exist instead of taking another', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'partition-7-of-6')
    await using sender = new KafkaProducerConfig(config).createSender()
    await expect(sender.send({ topic, value: '1', partition: 7 })).rejects.toMatchObject({ code: 'INVALID_PARTITION' })
  })

  it('refuses what does not fit into buffer.memory', async () => {
    const config = testConfig({ 'spring.kafka.producer.buffer-memory': '10KB' })
    const topic = await freshTopic(config, 'buffer')
    await using sender = new KafkaProducerConfig(config).createSender()
    const fits = sender.send({ topic, value: 'x'.repeat(8000) })
    await expect(sender.send({ topic, value: 'x'.repeat(8000) })).rejects.toMatchObject({
      code: 'BUFFER_FULL',
      retryable: true,
    })
    await fits
    await expect(sender.send({ topic, value: 'x'.repeat(8000) })).resolves.toMatchObject({ topic })
  })

  it('ends with an error after delivery.timeout.ms when nobody answers, and nothing hangs', async () => {
    const config = testConfig({
      'spring.kafka.bootstrap-servers': '127.0.0.1:1',
      'spring.kafka.producer.properties.delivery.timeout.ms': '700ms',
      'spring.kafka.producer.properties.linger.ms': '0',
      'spring.kafka.producer.properties.request.timeout.ms': '500ms',
    })
    const sender = new KafkaProducerConfig(config).createSender()
    await expect(sender.send({ topic: 'orders', value: '1' })).rejects.toMatchObject({
      code: 'BROKER_UNREACHABLE',
      retryable: true,
    })
    expect(sender.health()).toMatchObject({ up: false, detail: expect.stringContaining('ECONNREFUSED') })
    await sender.close()
    await expect(sender.send({ topic: 'orders', value: '1' })).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('sends everything before it closes', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'close')
    const sender = new KafkaProducerConfig(config).createSender()
    const sending = range(100).map((index) => sender.send({ topic, key: 'a', value: `${index}` }))
    await sender.close()
    await Promise.all(sending)
    expect(await readAll(config, topic, 100)).toHaveLength(100)
  })
})

async function readAll(
  config: ReturnType<typeof testConfig>,
  topic: string,
  count: number,
): Promise<readonly ListenerRecord[]> {
  const read: ListenerRecord[] = []
  await using container = new KafkaConsumerConfig(config).createListenerContainer({
    topics: [topic],
    listener: async (records) => void read.push(...records),
  })
  await container.start()
  await waitFor(() => read.length >= count, { what: `${count} records of ${topic}` })
  return read
}
