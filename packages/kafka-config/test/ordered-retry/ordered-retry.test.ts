import type { KafkaConfig, ListenerRecord, Recoverer } from '@stocker/kafka-config'
import { eachRecord, fixedBackOff, RecordsFailedError, readGroupLag } from '@stocker/kafka-config'
import { describe, expect, it } from 'vitest'
import { waitFor } from '../../../../test/servers.ts'
import { committed, useListeners } from '../listeners.ts'
import { freshTopic, range, recordingLogger, testConfig } from '../support.ts'

const { listen, openSender } = useListeners()

interface Sent {
  readonly key: string | null
  readonly value: string
}

/** `a1 b1 a2`: keys are letters, values as written. */
const sent = (text: string): Sent[] => text.split(' ').map((value) => ({ key: value.charAt(0), value }))

async function topicWith(config: KafkaConfig, name: string, records: readonly Sent[], partitions = 1) {
  const topic = await freshTopic(config, name, { partitions })
  const sender = openSender(config)
  const send = (more: readonly Sent[]) =>
    sender.sendAll(more.map(({ key, value }) => ({ topic, key, value: JSON.stringify(value) })))
  await send(records)
  return { topic, send }
}

/** A listener of batches that says of each record what became of it, like an inbox; `fails` decides. */
function answering(fails: (record: ListenerRecord, attempt: number) => boolean) {
  const handled: unknown[] = []
  const tried: unknown[] = []
  const listener = async (
    records: readonly ListenerRecord[],
    { attemptOf }: { attemptOf(record: ListenerRecord): number },
  ) => {
    const failures: { record: ListenerRecord; error: Error }[] = []
    const held: ListenerRecord[] = []
    for (const record of records) {
      if (failures.some((failed) => failed.record.key === record.key && record.key !== null)) held.push(record)
      else {
        tried.push(record.value)
        if (fails(record, attemptOf(record))) failures.push({ record, error: new Error(`${record.value} fails`) })
        else handled.push(record.value)
      }
    }
    if (failures.length > 0) throw new RecordsFailedError(failures, held)
  }
  return { listener, handled, tried }
}

function keepingRecoverer() {
  const recovered: unknown[] = []
  const recoverer: Recoverer = { recover: async ({ value }) => void recovered.push(value) }
  return { recoverer, recovered }
}

/** How often something was tried before it was mended depends on how busy the machine is. */
const distinctRuns = (values: readonly unknown[]) => values.filter((value, index) => value !== values[index - 1])

const ofKey = (values: readonly unknown[], key: string) => values.filter((value) => String(value).startsWith(key))

describe('while a record fails', () => {
  it('the later records of its key wait in order behind it, and all other keys of its partition go on', async () => {
    const config = testConfig()
    const { topic, send } = await topicWith(config, 'others-go-on', sent('a1 b1 a2 c1 b2'))
    let broken = true
    const { listener, handled, tried } = answering(({ value }) => value === 'a1' && broken)
    const { container } = listen(config, [topic], {
      orderedRetry: {},
      errorHandler: { backOff: fixedBackOff(30) },
      listener,
    })
    await container.start()
    await waitFor(() => handled.length === 3, { what: 'the other keys' })
    await send(sent('a3 b3 a4'))
    await waitFor(() => handled.length === 4, { what: 'what comes later' })
    expect(handled).toEqual(['b1', 'c1', 'b2', 'b3'])
    await waitFor(() => container.parked()[0]?.records === 4, { what: 'the parked records' })
    expect(container.parked()).toMatchObject([{ topic, partition: 0, records: 4, keys: 1, backPressure: false }])
    expect(container.state).toBe('running')
    await waitFor(async () => (await container.lag())[0]?.lag === 4n, { what: 'a lag of the parked ones' })
    broken = false
    await waitFor(() => handled.length === 8, { what: 'the key' })
    expect(ofKey(handled, 'a')).toEqual(['a1', 'a2', 'a3', 'a4'])
    expect(ofKey(tried, 'a').slice(-3)).toEqual(['a2', 'a3', 'a4'])
    await waitFor(async () => (await committed(config, topic)) === 8n, { what: 'the commit' })
    expect(container.parked()).toMatchObject([{ records: 0, keys: 0, oldestSince: undefined }])
  })

  it('it can be handed out at once instead of at its next attempt, before the later ones of its key; others keep waiting', async () => {
    const config = testConfig()
    const { topic } = await topicWith(config, 'retry-now', sent('a1 b1 a2 c1'))
    let broken = true
    const { listener, handled, tried } = answering(({ value }) => ['a1', 'b1'].includes(String(value)) && broken)
    const { container } = listen(config, [topic], {
      orderedRetry: {},
      errorHandler: { backOff: fixedBackOff(3_600_000) },
      listener,
    })
    await container.start()
    await waitFor(() => container.parked()[0]?.records === 3, { what: 'the parked records' })
    broken = false

    expect(container.retryNow('c')).toBe('unknown')
    expect(container.retryNow('a', 'another-topic')).toBe('unknown')
    expect(container.retryNow('a', topic)).toBe('due')

    await waitFor(() => ofKey(handled, 'a').length === 2, { what: 'the key' })
    expect(ofKey(tried, 'a')).toEqual(['a1', 'a1', 'a2'])
    expect(tried.filter((value) => value === 'b1')).toHaveLength(1)
    expect(container.parked()).toMatchObject([{ records: 1, keys: 1 }])
    expect(container.retryNow('a')).toBe('unknown')
  })

  it('it is not handed out a second time while it is handled', async () => {
    const config = testConfig()
    const { topic } = await topicWith(config, 'retry-now-busy', sent('a1'))
    const { promise: held, resolve: release } = Promise.withResolvers<void>()
    let tries = 0
    const { container } = listen(config, [topic], {
      orderedRetry: {},
      errorHandler: { backOff: fixedBackOff(3_600_000) },
      listener: async () => {
        tries += 1
        if (tries === 1) throw new Error('a1 fails')
        await held
      },
    })
    await container.start()
    await waitFor(() => container.retryNow('a') === 'due', { what: 'a record that waits' })
    await waitFor(() => tries === 2, { what: 'the second try' })

    expect(container.retryNow('a')).toBe('under-way')

    release()
    await waitFor(() => container.retryNow('a') === 'unknown', { what: 'the end of it' })
    expect(tries).toBe(2)
  })

  it('nothing is committed past it', async () => {
    const config = testConfig()
    const { topic } = await topicWith(config, 'commit', sent('x1 a1 b1 c1'))
    let broken = true
    const { listener, handled } = answering(({ value }) => value === 'a1' && broken)
    const { container } = listen(config, [topic], {
      orderedRetry: {},
      errorHandler: { backOff: fixedBackOff(30) },
      listener,
    })
    await container.start()
    await waitFor(() => handled.length === 3, { what: 'the other keys' })
    await waitFor(async () => (await committed(config, topic)) === 1n, { what: 'the commit before it' })
    broken = false
    await waitFor(async () => (await committed(config, topic)) === 4n, { what: 'the commit of all' })
  })

  it('records without key wait for nobody', async () => {
    const config = testConfig()
    const { topic } = await topicWith(
      config,
      'no-key',
      range(4).map((value) => ({ key: null, value: `n${value}` })),
    )
    const { listener, handled } = answering(({ value }, attempt) => value === 'n1' && attempt < 3)
    const { container } = listen(config, [topic], {
      orderedRetry: {},
      errorHandler: { backOff: fixedBackOff(50) },
      listener,
    })
    await container.start()
    await waitFor(() => handled.length === 4, { what: 'all' })
    expect(handled).toEqual(['n0', 'n2', 'n3', 'n1'])
  })

  it('several failures of one key are retried one after the other, each with its own attempts', async () => {
    const config = testConfig()
    const { topic } = await topicWith(config, 'one-key', sent('a1 a2 a3'))
    const attempts: [unknown, number][] = []
    const { listener, handled } = answering((record, attempt) => {
      attempts.push([record.value, attempt])
      return record.value !== 'a2' && attempt < 3
    })
    const { container } = listen(config, [topic], {
      orderedRetry: {},
      errorHandler: { backOff: fixedBackOff(10) },
      listener,
    })
    await container.start()
    await waitFor(() => handled.length === 3, { what: 'all' })
    expect(attempts).toEqual([
      ['a1', 1],
      ['a1', 2],
      ['a1', 3],
      ['a2', 1],
      ['a3', 1],
      ['a3', 2],
      ['a3', 3],
    ])
  })
})

describe('a record that fails for good', () => {
  it('goes to the recoverer, then the next one of its key follows', async () => {
    const config = testConfig()
    const { topic } = await topicWith(config, 'for-good', sent('a1 b1 a2'))
    const { recoverer, recovered } = keepingRecoverer()
    const { listener, handled, tried } = answering(({ value }) => value === 'a1')
    const { container } = listen(config, [topic], {
      orderedRetry: {},
      errorHandler: { backOff: fixedBackOff(5, 2), recoverer },
      listener,
    })
    await container.start()
    await waitFor(async () => (await committed(config, topic)) === 3n, { what: 'the commit' })
    expect(recovered).toEqual(['a1'])
    expect(handled).toEqual(['b1', 'a2'])
    expect(ofKey(tried, 'a1')).toEqual(['a1', 'a1', 'a1'])
  })

  it('stays parked while it cannot be recovered, with its key only', async () => {
    const config = testConfig()
    const { topic, send } = await topicWith(config, 'not-recovered', sent('a1 a2 b1'))
    let away = true
    const recovered: unknown[] = []
    const recoverer: Recoverer = {
      recover: async ({ value }) => {
        if (away) throw new Error('no dead-letter topic')
        recovered.push(value)
      },
    }
    const { listener, handled } = answering(({ value }) => value === 'a1')
    const { container } = listen(config, [topic], {
      orderedRetry: {},
      errorHandler: { backOff: fixedBackOff(0, 0), recoverer },
      listener,
    })
    await container.start()
    await waitFor(() => handled.length === 1, { what: 'the other key' })
    await send(sent('b2 a3'))
    await waitFor(() => handled.length === 2, { what: 'what comes later' })
    expect(await committed(config, topic)).toBe(0n)
    away = false
    await waitFor(() => handled.length === 4, { what: 'the key' })
    expect(recovered).toEqual(['a1'])
    expect(handled).toEqual(['b1', 'b2', 'a2', 'a3'])
  })

  it('is recovered as it came: bytes, headers and time', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'as-it-came', { partitions: 1 })
    const record = {
      topic,
      key: Buffer.from([0xff, 0x01]),
      value: Buffer.from('not json'),
      timestamp: 1_700_000_000_000n,
      headers: [
        { key: 'a', value: Buffer.from([0xfe]) },
        { key: 'b', value: Buffer.alloc(0) },
      ],
    }
    await openSender(config).sendAll([record])
    const recovered: ListenerRecord[] = []
    let attempts = 0
    const { container } = listen(config, [topic], {
      orderedRetry: {},
      errorHandler: {
        backOff: fixedBackOff(5, 2),
        recoverer: { recover: async (failed) => void recovered.push(failed) },
      },
      listener: async () => {
        attempts++
        throw new Error('always')
      },
    })
    await container.start()
    await waitFor(() => recovered.length === 1, { what: 'the recovery' })
    expect(attempts).toBe(3)
    const [{ raw, timestamp, failure } = {} as ListenerRecord] = recovered
    expect(raw.key).toEqual(record.key)
    expect(raw.value).toEqual(record.value)
    expect(raw.headers).toEqual(record.headers)
    expect(timestamp).toBe(record.timestamp)
    expect(failure?.code).toBe('NOT_JSON')
  })
})

describe('a listener that does not say of each record what became of it', () => {
  it('of single records: what follows the failed one in its batch is handed out again, but for its key', async () => {
    const config = testConfig()
    const { topic } = await topicWith(config, 'each', sent('a1 b1 a2 c1'))
    const calls: unknown[] = []
    const { container } = listen(config, [topic], {
      orderedRetry: {},
      errorHandler: { backOff: fixedBackOff(300) },
      listener: eachRecord(({ value }, { attempt }) => {
        calls.push(value)
        if (value === 'a1' && attempt < 3) throw new Error('not yet')
      }),
    })
    await container.start()
    await waitFor(async () => (await committed(config, topic)) === 4n, { what: 'the commit' })
    expect(calls).toEqual(['a1', 'b1', 'c1', 'a1', 'a1', 'a2'])
  })

  it('of batches: they are handed out one by one, and only what fails alone is parked', async () => {
    const config = testConfig()
    const { topic } = await topicWith(config, 'wordless', sent('a1 b1 a2 c1'))
    const calls: unknown[][] = []
    let broken = true
    const { container } = listen(config, [topic], {
      orderedRetry: {},
      errorHandler: { backOff: fixedBackOff(200) },
      listener: async (records) => {
        const batch = records.map(({ value }) => value)
        calls.push(batch)
        if (batch.includes('b1') && broken) throw new Error('one of them')
      },
    })
    await container.start()
    await waitFor(() => container.parked()[0]?.records === 1 && calls.length >= 5, { what: 'the parked one' })
    expect(calls.slice(0, 5)).toEqual([['a1', 'b1', 'a2', 'c1'], ['a1'], ['b1'], ['a2'], ['c1']])
    broken = false
    await waitFor(async () => (await committed(config, topic)) === 4n, { what: 'the commit' })
    expect(distinctRuns(calls.slice(5).flat())).toEqual(['b1'])
  })

  it('of batches: the later records of a key that fails alone wait behind it', async () => {
    const config = testConfig()
    const { topic } = await topicWith(config, 'wordless-key', sent('a1 b1 a2 c1 b2'))
    const calls: unknown[][] = []
    let broken = true
    const { container } = listen(config, [topic], {
      orderedRetry: {},
      errorHandler: { backOff: fixedBackOff(200) },
      listener: async (records) => {
        const batch = records.map(({ value }) => value)
        calls.push(batch)
        if (batch.includes('a1') && broken) throw new Error('one of them')
      },
    })
    await container.start()
    await waitFor(() => container.parked()[0]?.records === 2 && calls.length >= 5, { what: 'the parked ones' })
    expect(calls.slice(1, 5)).toEqual([['a1'], ['b1'], ['c1'], ['b2']])
    broken = false
    await waitFor(async () => (await committed(config, topic)) === 5n, { what: 'the commit' })
    expect(distinctRuns(calls.slice(5).flat())).toEqual(['a1', 'a2'])
  })
})

describe('at a bound', () => {
  it('of parked records the partition is held, visibly, until there are fewer; others go on', async () => {
    const config = testConfig({ 'spring.kafka.consumer.max-poll-records': '10' })
    const topic = await freshTopic(config, 'bound', { partitions: 2 })
    const sender = openSender(config)
    const batch = (partition: number, count: number, key: string) =>
      sender.sendAll(range(count).map((n) => ({ topic, partition, key, value: JSON.stringify(`${key}${n}`) })))
    await batch(0, 100, 'a')
    let broken = true
    const { listener, handled } = answering(({ value }) => value === 'a0' && broken)
    const logger = recordingLogger()
    const { container } = listen(config, [topic], {
      orderedRetry: { maxParkedRecords: 30 },
      errorHandler: { backOff: fixedBackOff(20) },
      stalledAfterMs: 100,
      listener,
      logger,
    })
    await container.start()
    const parked = () => container.parked().find(({ partition }) => partition === 0)
    await waitFor(() => parked()?.backPressure, { what: 'back-pressure' })
    expect(parked()).toMatchObject({ records: 30, keys: 1 })
    await batch(1, 50, 'b')
    await waitFor(() => handled.length === 50, { what: 'the other partition' })
    expect(parked()).toMatchObject({ records: 30 })
    await waitFor(() => !container.health().up, { what: 'health down' })
    expect(container.health()).toMatchObject({
      state: 'backing-off',
      detail: expect.stringMatching(`${topic}-0 has been held back for \\d+ s: 30 records are parked`),
    })
    broken = false
    await waitFor(() => handled.length === 150, { what: 'all' })
    expect(ofKey(handled, 'a')).toEqual(range(100).map((n) => `a${n}`))
    await waitFor(() => container.health().up, { what: 'health up' })
    expect(container.state).toBe('running')
  })

  it('of distance the partition is held, and nothing else', async () => {
    const config = testConfig({ 'spring.kafka.consumer.max-poll-records': '10' })
    const { topic } = await topicWith(config, 'distance', [
      ...sent('a1'),
      ...range(100).map((n) => ({ key: `k${n}`, value: `k${n}` })),
    ])
    let broken = true
    const { listener, handled } = answering(({ value }) => value === 'a1' && broken)
    const { container } = listen(config, [topic], {
      orderedRetry: { maxDistance: 40 },
      errorHandler: { backOff: fixedBackOff(20) },
      listener,
    })
    await container.start()
    await waitFor(() => container.parked()[0]?.backPressure, { what: 'back-pressure' })
    expect(container.parked()).toMatchObject([{ records: 1, keys: 1 }])
    await waitFor(() => handled.length >= 39, { what: 'all up to the bound' })
    expect(handled.length).toBe(39)
    broken = false
    await waitFor(() => handled.length === 101, { what: 'all' })
  })
})

describe('whoever has the partition next', () => {
  it('begins at the oldest parked record and passes over what was handled above it', async () => {
    const config = testConfig()
    const { topic } = await topicWith(config, 'successor', sent('x1 a1 b1 a2 c1'))
    const first = answering(({ value }) => value === 'a1')
    const { container } = listen(config, [topic], {
      orderedRetry: {},
      errorHandler: { backOff: fixedBackOff(20) },
      listener: first.listener,
    })
    await container.start()
    await waitFor(() => first.handled.length === 3, { what: 'the other keys' })
    await container.stop()
    const second = answering(() => false)
    const next = listen(config, [topic], { orderedRetry: {}, listener: second.listener })
    await next.container.start()
    await waitFor(async () => (await committed(config, topic)) === 5n, { what: 'the commit' })
    expect(second.handled).toEqual(['a1', 'a2'])
  })

  it('handles everything from there on when it knows nothing of ordered retry', async () => {
    const config = testConfig()
    const { topic } = await topicWith(config, 'plain-successor', sent('x1 a1 b1 a2'))
    const first = answering(({ value }) => value === 'a1')
    const { container } = listen(config, [topic], { orderedRetry: {}, listener: first.listener })
    await container.start()
    await waitFor(() => first.handled.length === 2, { what: 'the other keys' })
    await container.stop()
    const next = listen(config, [topic])
    await next.container.start()
    await waitFor(async () => (await committed(config, topic)) === 4n, { what: 'the commit' })
    expect(next.records.map(({ value }) => value)).toEqual(['a1', 'b1', 'a2'])
  })

  it('gets what is parked when the group changes during the back-off', async () => {
    const config = testConfig()
    const { topic, send } = await topicWith(
      config,
      'rebalance',
      range(40).map((n) => ({ key: `k${n}`, value: `k${n}-0` })),
      4,
    )
    let broken = true
    const both = answering(
      ({ value }) => String(value).endsWith('-0') && Number(String(value).slice(1, -2)) < 10 && broken,
    )
    const options = { orderedRetry: {}, errorHandler: { backOff: fixedBackOff(100) }, listener: both.listener }
    const one = listen(config, [topic], options)
    await one.container.start()
    await waitFor(() => both.handled.length === 30, { what: 'the healthy keys' })
    const two = listen(config, [topic], options)
    await two.container.start()
    await waitFor(() => one.container.assignments.length === 2 && two.container.assignments.length === 2, {
      what: 'two partitions each',
    })
    await send(range(40).map((n) => ({ key: `k${n}`, value: `k${n}-1` })))
    await waitFor(() => both.handled.length === 60, { what: 'the healthy keys again' })
    broken = false
    await waitFor(() => both.handled.length === 80, { what: 'all' })
    expect(new Set(both.handled).size).toBe(80)
    for (const n of range(40)) expect(ofKey(both.handled, `k${n}-`)).toEqual([`k${n}-0`, `k${n}-1`])
    await waitFor(
      async () =>
        (await readGroupLag(config, config.consumer.groupId as string, [topic])).every(({ lag }) => lag === 0n),
      { what: 'the commits' },
    )
  })
})

it('retry topics and ordered retry exclude each other', () => {
  const config = testConfig()
  expect(() => listen(config, ['orders'], { orderedRetry: {}, retryTopics: { sender: openSender(config) } })).toThrow(
    'which give up the order that orderedRetry keeps: choose one',
  )
})

it.each([
  [{ maxParkedRecords: 0 }, 'maxParkedRecords, not 0'],
  [{ maxDistance: 1.5 }, 'maxDistance, not 1.5'],
])('a bound that is none is refused: %o', (orderedRetry, why) => {
  expect(() => listen(testConfig(), ['orders'], { orderedRetry })).toThrow(why)
})
