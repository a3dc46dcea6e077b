import type { DeadLetterOptions, KafkaConfig, ListenerRecord, ProducerRecord } from '@stocker/kafka-config'
import {
  DeadLetterPublishingRecoverer,
  deadLetterTopics,
  eachRecord,
  fixedBackOff,
  KafkaTopicConfig,
} from '@stocker/kafka-config'
import { describe, expect, it } from 'vitest'
import { waitFor } from '../../../../test/servers.ts'
import { committed, useListeners } from '../listeners.ts'
import { createTopic, freshTopic, recordingLogger, testConfig } from '../support.ts'

const { listen, openSender } = useListeners()

class OrderRefused extends Error {
  readonly code = 'ORDER_REFUSED'
}

interface Failing {
  readonly config?: KafkaConfig
  readonly name: string
  readonly records: readonly Omit<ProducerRecord, 'topic'>[]
  readonly options?: DeadLetterOptions
  readonly error?: unknown
  readonly partitions?: number
  readonly deadLetters?: { readonly partitions?: number; readonly configs?: Readonly<Record<string, string>> } | null
  readonly suffix?: string
}

/** Sends records to a listener that fails at each, and reads what arrives in the dead-letter topic. */
async function failEach({
  config = testConfig(),
  name,
  records,
  options = {},
  error = new OrderRefused('no such customer'),
  partitions = 2,
  deadLetters = {},
  suffix = '-dlt',
}: Failing) {
  const topic = await freshTopic(config, name, { partitions })
  if (deadLetters) await createTopic(config, `${topic}${suffix}`, { partitions, ...deadLetters })
  const sender = openSender(config)
  const { container } = listen(config, [topic], {
    errorHandler: {
      backOff: fixedBackOff(0, 0),
      recoverer: new DeadLetterPublishingRecoverer(sender, options),
    },
    listener: eachRecord(() => {
      throw error
    }),
  })
  await sender.sendAll(records.map((record) => ({ topic, ...record })))
  await container.start()
  const follow = (deadLetterTopic = `${topic}${suffix}`) => {
    const followed = listen(config, [deadLetterTopic], { groupId: `${config.consumer.groupId}-dlt` })
    return followed.container.start().then(() => followed.records)
  }
  return { config, topic, container, follow }
}

const text = (record: ListenerRecord) =>
  Object.fromEntries(record.raw.headers.map(({ key, value }) => [key, value.toString()]))
const hex = (record: ListenerRecord, key: string) =>
  record.raw.headers.filter((header) => header.key === key).map(({ value }) => value.toString('hex'))
const names = (record: ListenerRecord) => record.raw.headers.map(({ key }) => key)

describe('§1.A a dead letter', () => {
  it('is the record byte for byte, at <topic>-dlt in the partition of the same number, with a time of its own', async () => {
    const before = BigInt(Date.now())
    const { follow } = await failEach({
      name: 'bytes',
      records: [
        {
          partition: 1,
          key: Buffer.from([0xff, 0x00, 0x6b]),
          value: Buffer.from([0xfe, 0x7b, 0x00]),
          timestamp: 1_700_000_000_000n,
          headers: [
            { key: '__TypeId__', value: Buffer.from('com.stocker.events.OrderCreatedEvent') },
            { key: 'traceparent', value: Buffer.from('00-ab') },
            { key: 'traceparent', value: Buffer.from([0xff]) },
          ],
        },
      ],
    })
    const records = await follow()
    const [letter] = await waitFor(() => records.length === 1 && records, { what: 'the dead letter' })
    expect(letter?.partition).toBe(1)
    expect(letter?.raw.key?.toString('hex')).toBe('ff006b')
    expect(letter?.raw.value?.toString('hex')).toBe('fe7b00')
    expect(letter?.raw.headers.slice(0, 3).map(({ key, value }) => [key, value.toString('hex')])).toEqual([
      ['__TypeId__', Buffer.from('com.stocker.events.OrderCreatedEvent').toString('hex')],
      ['traceparent', Buffer.from('00-ab').toString('hex')],
      ['traceparent', 'ff'],
    ])
    expect(letter?.timestamp).toBeGreaterThanOrEqual(before)
  })

  it('keeps a missing key, a tombstone and an empty value apart', async () => {
    const { follow } = await failEach({
      name: 'nulls',
      partitions: 1,
      records: [{ key: 'a', value: null }, { value: '1' }, { key: '', value: '' }],
    })
    const records = await follow()
    await waitFor(() => records.length === 3, { what: 'the dead letters' })
    expect(records.map(({ raw }) => [raw.key?.toString() ?? null, raw.value?.toString() ?? null])).toEqual([
      ['a', null],
      [null, '1'],
      ['', ''],
    ])
  })

  it('has the exception headers, then the original ones, in Spring’s order and encodings', async () => {
    const cause = new Error('table customers is empty')
    const { topic, config, follow } = await failEach({
      name: 'headers',
      error: new OrderRefused('no such customer', { cause }),
      records: [{ partition: 1, key: 'order-1', value: '{}', timestamp: 1_700_000_000_000n }],
    })
    const records = await follow()
    const letter = (await waitFor(() => records[0], { what: 'the dead letter' })) as ListenerRecord
    expect(names(letter)).toEqual([
      'kafka_dlt-exception-fqcn',
      'kafka_dlt-exception-cause-fqcn',
      'kafka_dlt-exception-message',
      'kafka_dlt-exception-stacktrace',
      'kafka_dlt-original-topic',
      'kafka_dlt-original-partition',
      'kafka_dlt-original-offset',
      'kafka_dlt-original-timestamp',
      'kafka_dlt-original-timestamp-type',
      'kafka_dlt-original-consumer-group',
    ])
    expect(text(letter)).toMatchObject({
      'kafka_dlt-exception-fqcn': 'OrderRefused',
      'kafka_dlt-exception-cause-fqcn': 'OrderRefused',
      'kafka_dlt-exception-message': 'ORDER_REFUSED: no such customer',
      'kafka_dlt-original-topic': topic,
      'kafka_dlt-original-timestamp-type': 'CreateTime',
      'kafka_dlt-original-consumer-group': config.consumer.groupId,
    })
    expect(text(letter)['kafka_dlt-exception-stacktrace']).toMatch(
      /^Error: no such customer\n(.*\n)*Caused by: Error: table customers is empty\n/,
    )
    expect(hex(letter, 'kafka_dlt-original-partition')).toEqual(['00000001'])
    expect(hex(letter, 'kafka_dlt-original-offset')).toEqual(['0000000000000000'])
    expect(hex(letter, 'kafka_dlt-original-timestamp')).toEqual(['0000018bcfe56800'])
  })

  it('of a record that cannot be read says what was wrong with the bytes', async () => {
    const { follow } = await failEach({ name: 'unreadable', records: [{ key: 'k', value: 'not json' }] })
    const records = await follow()
    const letter = (await waitFor(() => records[0], { what: 'the dead letter' })) as ListenerRecord
    expect(letter.raw.value?.toString()).toBe('not json')
    expect(text(letter)).toMatchObject({
      'kafka_dlt-exception-fqcn': 'KafkaConfigError',
      'kafka_dlt-exception-message': expect.stringMatching(/^NOT_JSON: 8 bytes/),
    })
  })

  it('that fails once more has the new place behind the first one, and only the new exception', async () => {
    const { topic, config, follow } = await failEach({
      name: 'repeated',
      partitions: 1,
      records: [
        { value: '"padding"' },
        {
          value: '{}',
          headers: [
            { key: 'kafka_dlt-original-offset', value: Buffer.from('0000000000000007', 'hex') },
            { key: 'kafka_dlt-exception-message', value: Buffer.from('earlier') },
            { key: 'kafka_dlt-key-exception-message', value: Buffer.from('earlier') },
          ],
        },
      ],
    })
    const records = await follow()
    await waitFor(() => records.length === 2, { what: 'the dead letters' })
    const letter = records[1] as ListenerRecord
    expect(hex(letter, 'kafka_dlt-original-offset')).toEqual(['0000000000000007', '0000000000000001'])
    expect(
      letter.raw.headers.filter(({ key }) => key.includes('exception-message')).map(({ value }) => String(value)),
    ).toEqual(['ORDER_REFUSED: no such customer'])
    await waitFor(async () => (await committed(config, topic)) === 2n, { what: 'the commit' })
  })

  it('with appendOriginalHeaders=false keeps only the first place', async () => {
    const first = { key: 'kafka_dlt-original-offset', value: Buffer.from('0000000000000007', 'hex') }
    const { follow } = await failEach({
      name: 'first-place',
      options: { appendOriginalHeaders: false },
      records: [{ value: '{}', headers: [first] }],
    })
    const records = await follow()
    const letter = (await waitFor(() => records[0], { what: 'the dead letter' })) as ListenerRecord
    expect(hex(letter, 'kafka_dlt-original-offset')).toEqual(['0000000000000007'])
    expect(hex(letter, 'kafka_dlt-original-topic')).toHaveLength(1)
  })

  it('goes to <topic>.DLT where that is the suffix, and the headers of one’s own come last', async () => {
    const { topic, follow } = await failEach({
      name: 'old-suffix',
      suffix: '.DLT',
      options: { suffix: '.DLT', headers: ({ offset }) => [{ key: 'owner', value: Buffer.from(`team@${offset}`) }] },
      records: [{ value: '{}' }],
    })
    const records = await follow()
    const letter = (await waitFor(() => records[0], { what: 'the dead letter' })) as ListenerRecord
    expect(letter.topic).toBe(`${topic}.DLT`)
    expect(letter.raw.headers.at(-1)).toEqual({ key: 'owner', value: Buffer.from('team@0') })
  })

  it('goes where its key belongs when the dead-letter topic has no partition of that number', async () => {
    const { follow } = await failEach({
      name: 'fewer-partitions',
      partitions: 4,
      deadLetters: { partitions: 1 },
      records: [{ partition: 3, key: 'k', value: '{}' }],
    })
    const records = await follow()
    const letter = (await waitFor(() => records[0], { what: 'the dead letter' })) as ListenerRecord
    expect(letter.partition).toBe(0)
    expect(hex(letter, 'kafka_dlt-original-partition')).toEqual(['00000003'])
  })

  it('without destination is skipped with a warning, or comes again with throwIfNoDestination', async () => {
    const logger = recordingLogger()
    const skipped = await failEach({
      name: 'no-destination',
      deadLetters: null,
      options: { destinationResolver: () => undefined, logger },
      records: [{ value: '{}' }],
    })
    await waitFor(async () => (await committed(skipped.config, skipped.topic)) === 1n, { what: 'the commit' })
    expect(logger.lines).toMatchObject([
      { level: 'warn', message: 'a failed record has no destination and is skipped' },
    ])

    const kept = await failEach({
      name: 'no-destination-kept',
      deadLetters: null,
      options: { destinationResolver: () => undefined, throwIfNoDestination: true },
      records: [{ value: '{}' }],
    })
    await waitFor(() => kept.container.state === 'backing-off', { what: 'the failed recovery' })
    expect(await committed(kept.config, kept.topic)).toBe(0n)
  })

  it('that fails for good in its own topic is skipped, and stays there', async () => {
    const logger = recordingLogger()
    const { topic, config } = await failEach({
      name: 'same-topic',
      deadLetters: null,
      error: new TypeError('a mistake'),
      options: { destinationResolver: (record) => ({ topic: record.topic }), logger },
      records: [{ value: '{}' }],
    })
    await waitFor(async () => (await committed(config, topic)) === 1n, { what: 'the commit' })
    expect(logger.lines).toMatchObject([{ level: 'error', message: expect.stringContaining('stays in its topic') }])
  })
})

describe('a dead letter that cannot be written', () => {
  const impatient = () =>
    testConfig({
      'spring.kafka.producer.properties.max.block.ms': '300',
      'spring.kafka.producer.properties.delivery.timeout.ms': '30000',
    })

  it('because its topic is missing is not lost: its record comes again, other partitions go on, and once there is the topic it goes there', async () => {
    const config = impatient()
    const topic = await freshTopic(config, 'missing-dlt', { partitions: 2 })
    const sender = openSender(config)
    const handled: unknown[] = []
    const { container } = listen(config, [topic], {
      errorHandler: { backOff: fixedBackOff(0, 0), recoverer: new DeadLetterPublishingRecoverer(sender) },
      listener: eachRecord(({ value }) => {
        if (value === 'poison') throw new Error('poison')
        handled.push(value)
      }),
    })
    await sender.sendAll([
      { topic, partition: 0, value: '"poison"' },
      { topic, partition: 0, value: '"behind"' },
      { topic, partition: 1, value: '"beside"' },
    ])
    await container.start()
    await waitFor(() => container.state === 'backing-off', { what: 'the failed recovery' })
    await waitFor(() => handled.length === 1, { what: 'the other partition' })
    expect(handled).toEqual(['beside'])
    await using topics = new KafkaTopicConfig(config, deadLetterTopics([topic]))
    expect((await topics.ensureTopics()).created).toEqual([`${topic}-dlt`])
    await waitFor(() => handled.length === 2, { what: 'the record behind' })
    const letters = listen(config, [`${topic}-dlt`], { groupId: `${config.consumer.groupId}-dlt` })
    await letters.container.start()
    await waitFor(() => letters.records.length === 1, { what: 'the dead letter' })
    expect(letters.records[0]?.value).toBe('poison')
  })

  it('because it is too large loses headers before it loses anything else', async () => {
    const value = JSON.stringify('x'.repeat(6000))
    const earlier = (n: number) => [
      { key: 'kafka_dlt-original-topic', value: Buffer.from('y'.repeat(100)) },
      { key: 'kafka_dlt-original-offset', value: Buffer.from(`000000000000000${n}`, 'hex') },
    ]
    const { follow } = await failEach({
      name: 'too-large',
      partitions: 1,
      deadLetters: { configs: { 'max.message.bytes': '7000' } },
      error: new Error('m'.repeat(1000)),
      records: [{ value: '"small"' }, { value }, { value, headers: [...earlier(1), ...earlier(2), ...earlier(3)] }],
    })
    const records = await follow()
    await waitFor(() => records.length === 3, { what: 'the dead letters' })
    const [small, large, larger] = records as [ListenerRecord, ListenerRecord, ListenerRecord]
    expect(text(small)['kafka_dlt-exception-stacktrace']).toBeDefined()
    expect(text(large)['kafka_dlt-exception-stacktrace']).toBeUndefined()
    expect(text(large)['kafka_dlt-exception-message']).toHaveLength(128)
    expect(hex(larger, 'kafka_dlt-original-offset')).toEqual(['0000000000000002'])
    expect([large, larger].map(({ raw }) => raw.value?.toString())).toEqual([value, value])
  })

  it('because even its bare record is too large is not lost: it stays where it is, uncommitted', async () => {
    const { config, topic, container } = await failEach({
      name: 'much-too-large',
      partitions: 1,
      deadLetters: { configs: { 'max.message.bytes': '500' } },
      records: [{ value: JSON.stringify('x'.repeat(2000)) }],
    })
    await waitFor(() => container.state === 'backing-off', { what: 'the failed recovery' })
    expect(await committed(config, topic)).toBe(0n)
  })
})

it('a topic that is to have as many partitions as another is created when that one is there', async () => {
  const config = testConfig()
  const orders = `${await freshTopic(config, 'source', { partitions: 1 })}-later`
  await using topics = new KafkaTopicConfig(config, deadLetterTopics([orders]))
  expect(await topics.ensureTopics()).toMatchObject({ created: [], pending: true })
  await createTopic(config, orders, { partitions: 5 })
  const letters = listen(config, [`${orders}-dlt`])
  await letters.container.start()
  await waitFor(() => letters.container.assignments.length === 5, { what: 'five partitions' })
})
