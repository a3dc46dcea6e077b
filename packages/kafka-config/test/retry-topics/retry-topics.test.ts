import type { KafkaConfig, ListenerRecord, RetryTopicOptions } from '@stocker/kafka-config'
import {
  BatchListenerFailedError,
  eachRecord,
  encodeBigInteger,
  KafkaConsumerConfig,
  originOf,
} from '@stocker/kafka-config'
import { describe, expect, it } from 'vitest'
import { waitFor } from '../../../../test/servers.ts'
import { committed, produce, useListeners } from '../listeners.ts'
import { createTopic, freshTopic, range, testConfig } from '../support.ts'

const { listen, openSender } = useListeners()

const hex = ({ raw }: ListenerRecord, key: string) =>
  raw.headers.filter((header) => header.key === key).map(({ value }) => value.toString('hex'))
const text = ({ raw }: ListenerRecord, key: string) =>
  raw.headers.filter((header) => header.key === key).map(({ value }) => value.toString())

/** All records of a topic, as they come. */
async function follow(config: KafkaConfig, topic: string) {
  const { container, records } = listen(config, [topic], { groupId: `${config.consumer.groupId}-follows` })
  await container.start()
  return records
}

const dueAt = (time: number) => ({
  key: 'retry_topic-backoff-timestamp',
  value: encodeBigInteger(BigInt(time)),
})

const QUICK = { attempts: 3, backOff: { initialMs: 150 } } satisfies Partial<RetryTopicOptions>

describe('a listener with retry topics', () => {
  it('gets a record that failed again after the delay, never before it, and what followed it at once', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'later', { partitions: 1 })
    await produce(config, topic, range(3))
    const calls: { value: unknown; topic: string; at: number }[] = []
    const { container } = listen(config, [topic], {
      retryTopics: { sender: openSender(config), ...QUICK },
      listener: eachRecord((record) => {
        calls.push({ value: record.value, topic: record.topic, at: Date.now() })
        if (record.value === 0 && calls.length < 5) throw new Error('not yet')
      }),
    })
    await container.start()
    await waitFor(() => calls.length === 5, { what: 'three deliveries of the first' })
    expect(calls.map(({ value, topic: at }) => [value, at])).toEqual([
      [0, topic],
      [1, topic],
      [2, topic],
      [0, `${topic}-retry`],
      [0, `${topic}-retry`],
    ])
    expect((calls[3]?.at ?? 0) - (calls[0]?.at ?? 0)).toBeGreaterThanOrEqual(150)
    expect((calls[4]?.at ?? 0) - (calls[3]?.at ?? 0)).toBeGreaterThanOrEqual(150)
    await waitFor(async () => (await committed(config, topic)) === 3n, { what: 'the commit' })
    const retryGroup = `${config.consumer.groupId}-retry`
    await waitFor(async () => (await committed(config, `${topic}-retry`, retryGroup)) === 2n, {
      what: 'the commit of the retry topic',
    })
  })

  it('sends on what fails always, with Spring’s headers at each hop: the first place kept, attempts and times added, the last one counts', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'chain', { partitions: 3 })
    const sender = openSender(config)
    await sender.send({
      topic,
      partition: 2,
      key: Buffer.from([0xff, 0x01]),
      value: '{"eventType":"OrderCreatedEvent"}',
      timestamp: 1_700_000_000_000n,
      headers: [{ key: 'traceparent', value: Buffer.from('00-ab') }],
    })
    const origins: unknown[] = []
    const { container } = listen(config, [topic], {
      retryTopics: { sender, attempts: 3, backOff: { initialMs: 20, multiplier: 2 } },
      listener: eachRecord((record) => {
        origins.push(originOf(record))
        throw new Error('always')
      }),
    })
    await container.start()
    const letters = await follow(config, `${topic}-dlt`)
    const letter = (await waitFor(() => letters[0], { what: 'the dead letter' })) as ListenerRecord
    expect(letter.partition).toBe(2)
    expect(letter.raw.key?.toString('hex')).toBe('ff01')
    expect(letter.raw.value?.toString()).toBe('{"eventType":"OrderCreatedEvent"}')
    expect(letter.raw.headers[0]).toEqual({ key: 'traceparent', value: Buffer.from('00-ab') })
    expect(text(letter, 'kafka_original-topic')).toEqual([topic])
    expect(hex(letter, 'kafka_original-partition')).toEqual(['00000002'])
    expect(hex(letter, 'kafka_original-offset')).toEqual(['0000000000000000'])
    expect(hex(letter, 'kafka_original-timestamp')).toEqual(['0000018bcfe56800'])
    expect(text(letter, 'kafka_original-timestamp-type')).toEqual(['CreateTime'])
    expect(text(letter, 'kafka_dlt-original-consumer-group')).toEqual([config.consumer.groupId])
    expect(text(letter, 'kafka_exception-message')).toEqual(['always'])
    expect(hex(letter, 'retry_topic-attempts')).toEqual(['00000002', '00000003', '00000004'])
    expect(hex(letter, 'retry_topic-original-timestamp')).toEqual(range(3).map(() => '018bcfe56800'))
    expect(hex(letter, 'retry_topic-backoff-timestamp').map((time) => time.length)).toEqual([12, 12, 12])
    expect(origins).toEqual(range(3).map(() => ({ topic, partition: 2, offset: 0n })))

    const hop = (await follow(config, `${topic}-retry-40`)) as ListenerRecord[]
    const last = (await waitFor(() => hop[0], { what: 'the second retry' })) as ListenerRecord
    expect(last.partition).toBe(2)
    expect(hex(last, 'retry_topic-attempts')).toEqual(['00000002', '00000003'])
  })

  it('sends what cannot be read, and what no retry can mend, straight to the dead letters', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'fatal', { partitions: 1 })
    const sender = openSender(config)
    await sender.sendAll(['not json', '"mistake"', '"fine"'].map((value) => ({ topic, value })))
    const handled: unknown[] = []
    const { container } = listen(config, [topic], {
      retryTopics: { sender, ...QUICK },
      listener: eachRecord(({ value }) => {
        handled.push(value)
        if (value === 'mistake') throw new TypeError('x is not a function')
      }),
    })
    await container.start()
    const letters = await follow(config, `${topic}-dlt`)
    await waitFor(() => letters.length === 2 && handled.length === 2, { what: 'the dead letters' })
    expect(handled).toEqual(['mistake', 'fine'])
    expect(letters.map(({ raw }) => raw.value?.toString())).toEqual(['not json', '"mistake"'])
  })

  it('of batches sends on only the records that fail, named or not', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'batches', { partitions: 2 })
    const sender = openSender(config)
    const send = (values: readonly string[]) =>
      sender.sendAll(
        values.flatMap((value) => [0, 1].map((partition) => ({ topic, partition, value: JSON.stringify(value) }))),
      )
    await send(['a', 'named', 'b', 'unnamed', 'c'])
    const handled = new Set<string>()
    const retried: string[] = []
    const { container } = listen(config, [topic], {
      retryTopics: { sender, ...QUICK },
      listener: async (records) => {
        for (const [index, record] of records.entries()) {
          const value = String(record.value)
          if (record.topic !== topic) retried.push(`${value}${record.partition}`)
          else if (value === 'named') throw new BatchListenerFailedError(index, { cause: new Error('named') })
          else if (value === 'unnamed') throw new Error('one of them')
          handled.add(`${value}${record.partition}`)
        }
      },
    })
    await container.start()
    await waitFor(() => retried.length === 4, { what: 'the retries' })
    await waitFor(async () => (await committed(config, topic)) === 10n, { what: 'the commit' })
    expect(retried.toSorted()).toEqual(['named0', 'named1', 'unnamed0', 'unnamed1'])
    expect(handled).toEqual(new Set(['a', 'b', 'c', 'named', 'unnamed'].flatMap((value) => [`${value}0`, `${value}1`])))
  })

  it('retries in place first where the error handler has a back-off', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'in-place', { partitions: 1 })
    await produce(config, topic, [1])
    const calls: [topic: string, attempt: number][] = []
    const { container } = listen(config, [topic], {
      retryTopics: { sender: openSender(config), attempts: 2, backOff: { initialMs: 10 } },
      errorHandler: { backOff: { initialMs: 1, maxMs: 1, multiplier: 1, maxRetries: 1 } },
      listener: eachRecord((record, { attempt }) => {
        calls.push([record.topic, attempt])
        throw new Error('always')
      }),
    })
    await container.start()
    await waitFor(() => calls.length === 4, { what: 'four deliveries' })
    expect(calls).toEqual([
      [topic, 1],
      [topic, 2],
      [`${topic}-retry`, 1],
      [`${topic}-retry`, 2],
    ])
  })

  it('holds only partitions whose first record is not due, however many, and gives all that is due at once', async () => {
    const config = testConfig({ 'spring.kafka.consumer.max-poll-records': '2' })
    const topic = await freshTopic(config, 'due', { partitions: 4 })
    await createTopic(config, `${topic}-retry`, { partitions: 4 })
    const sender = openSender(config)
    const batches: { at: number; values: unknown[] }[] = []
    const { container } = listen(config, [topic], {
      retryTopics: { sender, ...QUICK },
      listener: async (records) => void batches.push({ at: Date.now(), values: records.map(({ value }) => value) }),
    })
    await container.start()
    await waitFor(() => container.assignments.length === 8, { what: 'both consumers' })
    const began = Date.now()
    const retry = (partition: number, value: string, ms: number) => ({
      topic: `${topic}-retry`,
      partition,
      value: JSON.stringify(value),
      headers: [dueAt(began + ms)],
    })
    await sender.sendAll([
      ...[0, 1, 2].flatMap((partition) => [retry(partition, 'late', 5_000), retry(partition, 'behind', 0)]),
      retry(3, 'now', 0),
      retry(3, 'forged', 90_000_000),
    ])
    await waitFor(() => batches.flatMap(({ values }) => values).length === 8, { what: 'all' })
    expect(batches.map(({ values }) => values)).toEqual([['now', 'forged'], ...range(3).map(() => ['late', 'behind'])])
    for (const { at } of batches.slice(1)) expect(at).toBeGreaterThanOrEqual(began + 5_000)
  })

  it('gives a record that is not due no earlier because the batch before it failed and comes record by record', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'due-singly', { partitions: 1 })
    await createTopic(config, `${topic}-retry`, { partitions: 1 })
    const sender = openSender(config)
    const calls: { at: number; values: unknown[] }[] = []
    const { container } = listen(config, [topic], {
      retryTopics: { sender, ...QUICK },
      listener: async (records) => {
        calls.push({ at: Date.now(), values: records.map(({ value }) => value) })
        if (records.length > 1) throw new Error('one of them')
      },
    })
    await container.start()
    await waitFor(() => container.assignments.length === 2, { what: 'both consumers' })
    const due = Date.now() + 5_000
    await sender.sendAll(
      ['a', 'b', 'later'].map((value) => ({
        topic: `${topic}-retry`,
        value: JSON.stringify(value),
        headers: [dueAt(value === 'later' ? due : 0)],
      })),
    )
    await waitFor(() => calls.length === 4, { what: 'all' })
    expect(calls.map(({ values }) => values)).toEqual([['a', 'b'], ['a'], ['b'], ['later']])
    expect(calls[3]?.at).toBeGreaterThanOrEqual(due)
  })

  it('has one consumer more for all the retry topics of all its topics', async () => {
    const config = testConfig()
    const topics = [
      await freshTopic(config, 'one', { partitions: 2 }),
      await freshTopic(config, 'two', { partitions: 3 }),
    ]
    const { container } = listen(config, topics, {
      retryTopics: { sender: openSender(config), attempts: 4, backOff: { initialMs: 10, multiplier: 2 } },
    })
    await container.start()
    const names = await waitFor(
      () => {
        const assigned = container.assignments.map(({ topic, partition }) => `${topic}-${partition}`)
        return assigned.length === 20 && assigned
      },
      { what: 'all partitions' },
    )
    for (const [index, topic] of topics.entries()) {
      for (const suffix of ['', '-retry-10', '-retry-20', '-retry-40']) {
        for (const partition of range(index + 2)) expect(names).toContain(`${topic}${suffix}-${partition}`)
      }
    }
  })

  it('passes over what another group failed at, and what it failed at itself it handles', async () => {
    const topicConfig = testConfig()
    const topic = await freshTopic(topicConfig, 'two-groups', { partitions: 1 })
    const handled: string[] = []
    const start = async (name: string, fails: string) => {
      const config = testConfig()
      const { container } = listen(config, [topic], {
        retryTopics: { sender: openSender(config), ...QUICK },
        listener: eachRecord((record) => {
          if (record.topic === topic && record.value === fails) throw new Error('not yet')
          handled.push(`${name}: ${record.value} of ${record.topic === topic ? 'main' : 'retry'}`)
        }),
      })
      await container.start()
      return config
    }
    const configs = [await start('payment', 'a'), await start('delivery', 'b')]
    await produce(topicConfig, topic, ['a', 'b'])
    for (const config of configs) {
      const group = `${config.consumer.groupId}-retry`
      await waitFor(async () => (await committed(config, `${topic}-retry`, group)) === 2n, { what: 'both retries' })
    }
    expect(handled.toSorted()).toEqual([
      'delivery: a of main',
      'delivery: b of retry',
      'payment: a of retry',
      'payment: b of main',
    ])
  })

  it('gives dead letters to their listener; what fails there comes again later, its headers do not grow', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'dlt-listener', { partitions: 1 })
    await produce(config, topic, ['poison'])
    const letters: ListenerRecord[] = []
    const { container } = listen(config, [topic], {
      retryTopics: {
        sender: openSender(config),
        attempts: 2,
        backOff: { initialMs: 50 },
        dltListener: (record) => {
          letters.push(record)
          if (letters.length < 3) throw new Error('the mail server is away')
        },
      },
      listener: eachRecord(() => {
        throw new Error('always')
      }),
    })
    await container.start()
    await waitFor(() => letters.length === 3, { what: 'three deliveries of the dead letter' })
    expect(letters.map(({ topic: at }) => at)).toEqual(range(3).map(() => `${topic}-dlt`))
    expect(letters.map(({ raw }) => raw.headers.length)).toEqual([16, 13, 13])
    expect(text(letters[2] as ListenerRecord, 'kafka_exception-message')).toEqual(['the mail server is away'])
  })

  it('reads the records of a retry topic with the types of its main topic', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'types', { partitions: 1 })
    await produce(config, topic, [{ orderId: 'o-1' }])
    const types: unknown[] = []
    const { container } = listen(config, [topic], {
      types: { defaultTypes: { [topic]: 'OrderCreatedEvent' } },
      retryTopics: { sender: openSender(config), ...QUICK },
      listener: eachRecord(({ typeId }) => {
        types.push(typeId)
        if (types.length === 1) throw new Error('not yet')
      }),
    })
    await container.start()
    await waitFor(() => types.length === 2, { what: 'the retry' })
    expect(types).toEqual(['OrderCreatedEvent', 'OrderCreatedEvent'])
  })

  it('lets others pass a record on its way to a missing retry topic, but no offset; it comes again until it is there', async () => {
    const config = testConfig({ 'spring.kafka.producer.properties.max.block.ms': '3000' })
    const topic = await freshTopic(config, 'missing-retry', { partitions: 1 })
    const sender = openSender(config)
    const send = (values: readonly number[]) => sender.sendAll(values.map((value) => ({ topic, value: `${value}` })))
    await send(range(50))
    const handled: unknown[] = []
    let failures = 0
    const { container } = listen(config, [topic], {
      retryTopics: { sender, ...QUICK, autoCreateTopics: false },
      listener: eachRecord((record) => {
        if (record.topic === topic && record.value === 10) {
          failures++
          throw new Error('not yet')
        }
        handled.push(record.value)
      }),
    })
    await container.start()
    await waitFor(() => handled.length === 49, { what: 'all others' })
    expect(handled).toEqual(range(50).filter((value) => value !== 10))
    await waitFor(() => failures === 2, { what: 'the record again' })
    expect(await committed(config, topic)).toBe(10n)
    await createTopic(config, `${topic}-retry`, { partitions: 1 })
    await waitFor(() => handled.includes(10), { what: 'the retry' })
    await waitFor(async () => (await committed(config, topic)) === 50n, { what: 'the commit' })
    await send([50])
    await waitFor(async () => (await committed(config, topic)) === 51n, { what: 'the next commit' })
    expect(handled.toSorted((a, b) => Number(a) - Number(b))).toEqual(range(51))
  })

  it('cannot have a recoverer beside them', () => {
    const config = testConfig()
    expect(() =>
      listen(config, ['orders'], {
        retryTopics: { sender: openSender(config) },
        errorHandler: { recoverer: { recover: async () => undefined } },
      }),
    ).toThrow('no recoverer')
  })
})

describe('§1.B a Java @RetryableTopic', () => {
  it('may have written what is retried here: type headers, one byte for attempts, a short BigInteger', async () => {
    const config = testConfig({
      'spring.kafka.consumer.properties.spring.json.trusted.packages': 'com.stocker.events',
    })
    const topic = await freshTopic(config, 'from-java', { partitions: 1 })
    await createTopic(config, `${topic}-retry`, { partitions: 1 })
    const sender = openSender(config)
    const java = (attempts: string) => [
      { key: '__TypeId__', value: Buffer.from('com.stocker.events.OrderCreatedEvent') },
      { key: 'kafka_original-topic', value: Buffer.from(topic) },
      { key: 'kafka_original-partition', value: Buffer.from('00000003', 'hex') },
      { key: 'kafka_original-offset', value: Buffer.from('000000000000002a', 'hex') },
      {
        key: 'kafka_exception-fqcn',
        value: Buffer.from('org.springframework.kafka.listener.ListenerExecutionFailedException'),
      },
      { key: 'retry_topic-original-timestamp', value: Buffer.from('018bcfe56800', 'hex') },
      { key: 'retry_topic-attempts', value: Buffer.from(attempts, 'hex') },
      { key: 'retry_topic-backoff-timestamp', value: Buffer.from('00ff', 'hex') },
    ]
    await sender.sendAll(
      ['00000002', '02', '03'].map((attempts) => ({
        topic: `${topic}-retry`,
        value: `"${attempts}"`,
        headers: java(attempts),
      })),
    )
    const seen: unknown[] = []
    const { container } = listen(config, [topic], {
      retryTopics: { sender, attempts: 3, backOff: { initialMs: 600_000 } },
      listener: eachRecord((record) => {
        seen.push([record.value, record.typeId, originOf(record).offset])
        throw new Error('still not')
      }),
    })
    await container.start()
    const letters = await follow(config, `${topic}-dlt`)
    const letter = (await waitFor(() => letters[0], { what: 'the dead letter of the third attempt' })) as ListenerRecord
    expect(seen).toEqual(['00000002', '02', '03'].map((attempts) => [attempts, 'OrderCreatedEvent', 42n]))
    expect(letters).toHaveLength(1)
    expect(hex(letter, 'retry_topic-attempts')).toEqual(['03', '00000004'])
    expect(hex(letter, 'kafka_original-partition')).toEqual(['00000003'])
    expect(text(letter, '__TypeId__')).toEqual(['com.stocker.events.OrderCreatedEvent'])
    expect(text(letter, 'kafka_exception-fqcn')).toEqual(['Error'])
  })
})

describe('spring.kafka.retry.topic', () => {
  const enabled = {
    'spring.kafka.retry.topic.enabled': 'true',
    'spring.kafka.retry.topic.attempts': '4',
    'spring.kafka.retry.topic.backoff.delay': '20ms',
    'spring.kafka.retry.topic.backoff.multiplier': '2',
    'spring.kafka.retry.topic.backoff.max-delay': '1s',
  }

  it('says how often and how late, with Spring Boot’s names', async () => {
    const config = testConfig(enabled)
    const topic = await freshTopic(config, 'boot', { partitions: 1 })
    await produce(config, topic, ['poison'])
    const topics: string[] = []
    const { container } = listen(config, [topic], {
      retryTopics: { sender: openSender(config) },
      listener: eachRecord((record) => {
        topics.push(record.topic)
        throw new Error('always')
      }),
    })
    await container.start()
    await waitFor(() => topics.length === 4, { what: 'four deliveries' })
    expect(topics).toEqual([topic, `${topic}-retry-0`, `${topic}-retry-1`, `${topic}-retry-2`])
  })

  it('needs of each listener a sender, or that it has none of it', () => {
    const consumers = new KafkaConsumerConfig(testConfig(enabled))
    const listener = async () => undefined
    expect(() => consumers.createListenerContainer({ topics: ['orders'], listener })).toThrow('retryTopics: { sender }')
    expect(() => consumers.createListenerContainer({ topics: ['orders'], listener, retryTopics: false })).not.toThrow()
  })

  it('refuses the names of old, and jitter', () => {
    const refused = (key: string, value: string) => () => testConfig({ [`spring.kafka.retry.topic.${key}`]: value })
    expect(refused('delay', '1s')).toThrow('backoff.delay')
    expect(refused('backoff.jitter', '100ms')).toThrow('wait for the same time')
    expect(refused('backoff.jitter', '0')).not.toThrow()
    expect(refused('attempts', '0')).toThrow('attempts')
  })
})
