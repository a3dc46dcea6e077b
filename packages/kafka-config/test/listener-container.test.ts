import { Admin, Producer } from '@platformatic/kafka'
import type { ContainerHealth, ListenerContainer, ListenerRecord } from '@stocker/kafka-config'
import { KafkaProducerConfig, KafkaTopicConfig } from '@stocker/kafka-config'
import { describe, expect, it } from 'vitest'
import { kafkaBootstrap, testTopic, waitFor } from '../../../test/servers.ts'
import { committed, produce, useListeners } from './listeners.ts'
import { createTopic, freshTopic, range, recordingLogger, testConfig } from './support.ts'

const { listen } = useListeners()

const running = (container: ListenerContainer) =>
  waitFor(() => container.assignments.length > 0, { what: 'an assignment' })

describe('handing out', () => {
  it('gives every record once, in the order of its partition, in batches of at most max.poll.records', async () => {
    const config = testConfig({ 'spring.kafka.consumer.max-poll-records': '50' })
    const topic = await freshTopic(config, 'handing-out')
    await produce(config, topic, range(1000))
    const sizes: number[] = []
    const records: ListenerRecord[] = []
    const { container } = listen(config, [topic], {
      listener: async (batch) => {
        sizes.push(batch.length)
        // Grouped: a partition that was left is not come back to.
        const partitions = batch.map(({ partition }) => partition)
        expect(partitions.filter((partition, index) => partition !== partitions[index - 1]).length).toBe(
          new Set(partitions).size,
        )
        records.push(...batch)
      },
    })
    await container.start()
    await waitFor(() => records.length >= 1000, { what: '1000 records' })
    expect(Math.max(...sizes)).toBeLessThanOrEqual(50)
    expect(records).toHaveLength(1000)
    for (const [, ofPartition] of Map.groupBy(records, ({ partition }) => partition)) {
      expect(ofPartition.map(({ offset }) => offset)).toEqual(range(ofPartition.length).map(BigInt))
    }
  })

  it('hands out what cannot be read with the reason, and goes on', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'unreadable', { partitions: 1 })
    await using sender = new KafkaProducerConfig(config).createSender()
    await sender.sendAll([
      { topic, value: '{"eventType":"OrderCreatedEvent"}' },
      { topic, value: 'not json' },
      { topic, value: '{}', headers: [{ key: '__TypeId__', value: Buffer.from('evil.Runtime') }] },
      { topic, value: '{"eventType":"OrderPaidEvent"}' },
    ])
    const { container, records } = listen(config, [topic], { types: { typeProperty: 'eventType' } })
    await container.start()
    await waitFor(() => records.length === 4, { what: 'all four' })
    expect(records.map(({ typeId, failure }) => failure?.code ?? typeId)).toEqual([
      'OrderCreatedEvent',
      'NOT_JSON',
      'UNTRUSTED_TYPE',
      'OrderPaidEvent',
    ])
    expect(records[1]?.raw.value?.toString()).toBe('not json')
    await waitFor(async () => (await committed(config, topic)) === 4n, { what: 'the commit' })
  })

  it('shows no record of an aborted transaction with isolation.level=read_committed', async () => {
    const config = testConfig({ 'spring.kafka.consumer.isolation-level': 'read_committed' })
    const topic = await freshTopic(config, 'transactions', { partitions: 1 })
    // The client's own producer: id and epoch of -1 as its default takes the id of nobody.
    const producer = new Producer({
      clientId: topic,
      bootstrapBrokers: [kafkaBootstrap()],
      idempotent: true,
      transactionalId: topic,
      producerId: -1n,
      producerEpoch: -1,
      timeout: 30_000,
      retryDelay: 20,
      retries: 100,
    })
    for (const [value, end] of [
      ['a1', 'abort'],
      ['a2', 'abort'],
      ['c1', 'commit'],
      ['a3', 'abort'],
      ['c2', 'commit'],
    ] as const) {
      const transaction = await producer.beginTransaction()
      await transaction.send({ messages: [{ topic, value: Buffer.from(JSON.stringify(value)) }] })
      await transaction[end]()
    }
    await producer.close()
    const { container, records } = listen(config, [topic])
    await container.start()
    await waitFor(() => records.length >= 2, { what: 'the committed ones' })
    await produce(config, topic, ['last'])
    await waitFor(() => records.length >= 3, { what: 'the last one' })
    expect(records.map(({ value }) => value)).toEqual(['c1', 'c2', 'last'])
  })

  it('several members in one process with listener.concurrency', async () => {
    const config = testConfig({ 'spring.kafka.listener.concurrency': '3' })
    const topic = await freshTopic(config, 'concurrency')
    let atOnce = 0
    let most = 0
    const seen = new Set<unknown>()
    const { container } = listen(config, [topic], {
      listener: async (batch) => {
        most = Math.max(most, ++atOnce)
        await waitFor(() => most > 1, { what: 'a batch of another member meanwhile' })
        for (const { value } of batch) seen.add(value)
        atOnce--
      },
    })
    await container.start()
    await waitFor(() => container.assignments.length === 6 && container.health().up, {
      what: 'all partitions assigned',
    })
    await produce(config, topic, range(60))
    await waitFor(() => seen.size === 60, { what: 'all records' })
    expect(most).toBeGreaterThan(1)
    await container.stop()
    expect(container.state).toBe('stopped')
  })
})

describe('a listener that rejects', () => {
  it('gets the same records again after a growing pause; nothing is skipped or committed, and others go on', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'rejects', { partitions: 1 })
    await produce(config, topic, range(10))
    const logger = recordingLogger()
    const calls: { at: number; attempt: number; offsets: bigint[] }[] = []
    const committedMeanwhile: bigint[] = []
    const { container } = listen(config, [topic], {
      logger,
      errorHandler: { backOff: { initialMs: 50, maxMs: 200 } },
      listener: async (batch, { attempt }) => {
        calls.push({ at: Date.now(), attempt, offsets: batch.map(({ offset }) => offset) })
        if (calls.length === 5) return
        committedMeanwhile.push(await committed(config, topic))
        throw new Error('the database is away')
      },
    })
    const backingOff: ContainerHealth[] = []
    container.on('state', (state) => state === 'backing-off' && backingOff.push(container.health()))
    const other = listen(testConfig(), [topic])
    await Promise.all([container.start(), other.container.start()])

    await waitFor(() => calls.length === 5, { what: 'the fifth attempt' })
    expect(committedMeanwhile).toEqual([0n, 0n, 0n, 0n])

    const all = range(10).map(BigInt)
    expect(calls.map(({ attempt, offsets }) => ({ attempt, offsets }))).toEqual(
      range(5).map((index) => ({ attempt: index + 1, offsets: all })),
    )
    const pauses = calls.slice(1).map(({ at }, index) => at - (calls[index]?.at ?? 0))
    for (const [index, least] of [50, 100, 200, 200].entries()) expect(pauses[index]).toBeGreaterThanOrEqual(least - 5)
    await waitFor(async () => (await committed(config, topic)) === 10n, { what: 'the commit' })
    expect(backingOff[0]).toMatchObject({ state: 'backing-off', lastError: 'the database is away' })
    expect(container.state).toBe('running')
    const failures = logger.lines.filter(({ message }) => message.includes('the listener failed'))
    expect(failures).toHaveLength(4)
    expect(failures[0]?.fields).toMatchObject({ attempt: 1, retryInMs: 50, offsets: [`${topic}-0: 0..9`] })
    await waitFor(() => other.records.length === 10, { what: 'all records in the other group' })
  })

  it('does not hold up stop(), and what it did not handle comes again after a restart', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'stop-in-back-off', { partitions: 1 })
    await produce(config, topic, range(3))
    const { container } = listen(config, [topic], {
      errorHandler: { backOff: { initialMs: 600_000, maxMs: 600_000 } },
      listener: () => Promise.reject(new Error('never')),
    })
    await container.start()
    await waitFor(() => container.state === 'backing-off', { what: 'the first failure' })
    await container.stop()
    const again = listen(config, [topic])
    await again.container.start()
    await waitFor(() => again.records.length === 3, { what: 'the same records' })
  })

  it('makes health down when a batch takes longer than stalledAfterMs', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'stalled', { partitions: 1 })
    await produce(config, topic, [1])
    const { container } = listen(config, [topic], {
      stalledAfterMs: 100,
      errorHandler: { backOff: { initialMs: 60_000, maxMs: 60_000 } },
      listener: () => Promise.reject(new Error('no space left')),
    })
    await container.start()
    await waitFor(() => container.state === 'backing-off', { what: 'the failure' })
    const health = await waitFor(() => (container.health().up ? undefined : container.health()), {
      what: 'health down',
    })
    expect(health.detail).toMatch(/has been failing for \d+ s$/)
    expect(health.lastError).toContain('no space left')
  })
})

describe('a batch that takes longer than max.poll.interval.ms', () => {
  it('loses its partitions: its signal aborts, it is not committed, and when it has ended its records come again', async () => {
    const config = testConfig({ 'spring.kafka.consumer.max-poll-interval': '6500ms' })
    const topic = await freshTopic(config, 'overdue', { partitions: 1 })
    await produce(config, topic, range(3))
    const calls: { values: unknown[]; aborted: boolean; committedThen: bigint }[] = []
    const { container } = listen(config, [topic], {
      listener: async (batch, { signal }) => {
        const call = { values: batch.map(({ value }) => value), aborted: false, committedThen: -1n }
        calls.push(call)
        if (calls.length > 1) return
        await waitFor(() => signal.aborted, { what: 'the signal' })
        call.aborted = true
        // Nobody else gets the records from this container while the first call still runs.
        await new Promise((resolve) => setTimeout(resolve, 500))
        expect(calls).toHaveLength(1)
        call.committedThen = await committed(config, topic)
      },
    })
    const revoked: unknown[] = []
    container.on('revoked', (partitions) => revoked.push(partitions))
    await container.start()
    await waitFor(() => calls.length === 2, { what: 'the second delivery' })
    expect(calls[0]).toEqual({ values: [0, 1, 2], aborted: true, committedThen: 0n })
    expect(calls[1]?.values).toEqual([0, 1, 2])
    expect(revoked).toHaveLength(1)
    await waitFor(async () => (await committed(config, topic)) === 3n, { what: 'the commit' })
  })
})

describe('pacing', () => {
  /** Sends so many records, then one more: how long after the batch of the former the latter is handed out. */
  async function gapsAfter(counts: readonly number[], intervalMs: number): Promise<readonly number[]> {
    const config = testConfig({ 'spring.kafka.consumer.max-poll-records': '20' })
    const topic = await freshTopic(config, 'pacing', { partitions: 1 })
    const batches: { size: number; at: number }[] = []
    const { container } = listen(config, [topic], {
      pacing: { fromRecords: 5, intervalMs },
      listener: async (batch) => void batches.push({ size: batch.length, at: performance.now() }),
    })
    await container.start()
    await running(container)
    await using sender = new KafkaProducerConfig(config).createSender()
    const send = (count: number) => sender.sendAll(range(count).map((n) => ({ topic, value: `${n}` })))
    const gaps: number[] = []
    for (const count of counts) {
      await send(count)
      await waitFor(() => batches.at(-1)?.size === count, { what: `a batch of ${count}` })
      const before = batches.length
      await send(1)
      await waitFor(() => batches.length > before, { what: 'the next batch' })
      gaps.push((batches[before]?.at ?? 0) - (batches[before - 1]?.at ?? 0))
    }
    return gaps
  }

  it('lets what follows a batch of some size wait for company', async () => {
    expect((await gapsAfter([10], 400))[0]).toBeGreaterThanOrEqual(390)
  })

  it('lets nothing wait behind a batch that is small or full', async () => {
    // With company it would take ten minutes.
    expect(await gapsAfter([2, 20], 600_000)).toHaveLength(2)
  })
})

describe('stop', () => {
  it('lets the batch in hand end, commits it and leaves: a successor begins after it, at once', async () => {
    const config = testConfig({ 'spring.kafka.consumer.max-poll-records': '10' })
    const topic = await freshTopic(config, 'graceful', { partitions: 1 })
    await produce(config, topic, range(100))
    const handled: unknown[] = []
    let began: (() => void) | undefined
    const inHand = new Promise<void>((resolve) => {
      began = resolve
    })
    const { container } = listen(config, [topic], {
      listener: async (batch) => {
        if (handled.length >= 30) began?.()
        await new Promise((resolve) => setTimeout(resolve, 50))
        handled.push(...batch.map(({ value }) => value))
      },
    })
    await container.start()
    await inHand
    await container.stop()
    expect(container.health()).toMatchObject({ up: false, state: 'stopped' })
    // It has left: nobody waits for the end of its session.
    expect(await membersOf(config.consumer.groupId as string)).toBe(0)

    const next = listen(config, [topic])
    await next.container.start()
    await waitFor(() => handled.length + next.records.length >= 100, { what: 'the rest' })
    expect([...handled, ...next.records.map(({ value }) => value)]).toEqual(range(100))
  })

  it('can be followed by start()', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'restart', { partitions: 2 })
    const { container, records } = listen(config, [topic])
    for (const round of range(3)) {
      await container.start()
      await produce(config, topic, range(10))
      await waitFor(() => records.length === 10 * (round + 1), { what: `round ${round}` })
      await container.stop()
    }
  })
})

describe('pause', () => {
  it('of a partition holds only that one, from its next record on, and also after a rebalance', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'pause-partition', { partitions: 2 })
    const { container, records } = listen(config, [topic])
    await container.start()
    await running(container)
    const send = async (value: number) => {
      await using sender = new KafkaProducerConfig(config).createSender()
      await sender.sendAll([0, 1].map((partition) => ({ topic, partition, value: `${value}` })))
    }
    const of = (partition: number) =>
      records.filter((record) => record.partition === partition).map(({ value }) => value)

    await send(1)
    await waitFor(() => records.length === 2, { what: 'both' })
    container.pause([{ topic, partition: 0 }])
    await send(2)
    await waitFor(() => of(1).length === 2, { what: 'the partition that is not paused' })
    await container.stop()
    await container.start()
    await send(3)
    await waitFor(() => of(1).length === 3, { what: 'the partition that is not paused, after the restart' })
    expect(of(0)).toEqual([1])
    container.resume([{ topic, partition: 0 }])
    await waitFor(() => of(0).length === 3, { what: 'the resumed partition' })
    expect(of(0)).toEqual([1, 2, 3])
  })

  it('of the whole container hands out nothing until it is resumed, and membership goes on', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'pause-all')
    const { container, records } = listen(config, [topic])
    await container.start()
    await running(container)
    container.pause()
    expect(container.state).toBe('paused')
    await produce(config, topic, range(20))
    await waitFor(async () => (await container.lag()).reduce((sum, { lag }) => sum + (lag ?? 0n), 0n) === 20n, {
      what: 'a lag of 20',
    })
    expect(records).toHaveLength(0)
    expect(container.health().up).toBe(true)
    container.resume()
    await waitFor(() => records.length === 20, { what: 'all' })
    expect(container.state).toBe('running')
  })
})

describe('topics and offsets', () => {
  it('waits for a topic that does not exist yet, says so, and reads it once it does', async () => {
    const config = testConfig()
    const topic = testTopic('later')
    const { container, records } = listen(config, [topic])
    await container.start()
    await waitFor(() => container.health().detail.includes(topic), { what: 'the name of the topic in health' })
    expect(container.health()).toMatchObject({ up: false, state: 'starting' })
    await createTopic(config, topic)
    await produce(config, topic, range(5))
    await waitFor(() => records.length === 5, { what: 'its records' })
    expect(container.health().up).toBe(true)
  })

  it('reads the topics that exist meanwhile', async () => {
    const config = testConfig()
    const [here, later] = [await freshTopic(config, 'here'), testTopic('there')]
    const { container, records } = listen(config, [here, later])
    await container.start()
    await produce(config, here, [1])
    await waitFor(() => records.length === 1, { what: 'the one that exists' })
    await createTopic(config, later)
    await produce(config, later, [2])
    await waitFor(() => records.length === 2, { what: 'the other one' })
  })

  it('stops with missing-topics-fatal=true', async () => {
    const { container } = listen(testConfig({ 'spring.kafka.listener.missing-topics-fatal': 'true' }), [
      testTopic('missing'),
    ])
    await container.start()
    await waitFor(() => container.state === 'failed', { what: 'the end' })
    expect(container.health()).toMatchObject({ up: false, detail: expect.stringContaining('missing') })
  })

  it('reads partitions that are added while it runs', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'growing', { partitions: 2 })
    const { container, records } = listen(config, [topic])
    await container.start()
    await running(container)
    await using topics = new KafkaTopicConfig(config, [{ name: topic, partitions: 4 }])
    expect((await topics.ensureTopics()).increased).toEqual([topic])
    await using sender = new KafkaProducerConfig(config).createSender()
    await waitFor(() => sender.sendAll(range(4).map((partition) => ({ topic, partition, value: `${partition}` }))), {
      what: 'a sender that knows 4 partitions',
    })
    await waitFor(() => new Set(records.map(({ partition }) => partition)).size === 4, {
      what: 'records of all 4 partitions',
    })
    expect(container.assignments).toHaveLength(4)
  })

  it('begins with what comes next where auto-offset-reset is latest, and loses nothing afterwards', async () => {
    const config = testConfig({ 'spring.kafka.consumer.auto-offset-reset': 'latest' })
    const topic = await freshTopic(config, 'latest', { partitions: 1 })
    await produce(config, topic, ['before'])
    const first = listen(config, [topic])
    await first.container.start()
    // The start is committed at once: else the next record, sent while nobody runs, would be before "latest" again.
    await waitFor(async () => (await committed(config, topic)) === 1n, { what: 'the commit of the start' })
    await first.container.stop()
    await produce(config, topic, ['meanwhile'])
    const second = listen(config, [topic])
    await second.container.start()
    await waitFor(() => second.records.length === 1, { what: 'the record' })
    expect([...first.records, ...second.records].map(({ value }) => value)).toEqual(['meanwhile'])
  })

  it('stops for good where auto-offset-reset is none and nothing is committed', async () => {
    const config = testConfig({ 'spring.kafka.consumer.auto-offset-reset': 'none' })
    const topic = await freshTopic(config, 'none')
    const { container } = listen(config, [topic])
    const failed = new Promise((resolve) => container.on('failed', resolve))
    await container.start()
    await expect(failed).resolves.toMatchObject({ code: 'NO_OFFSET' })
    expect(container.health()).toMatchObject({ up: false, state: 'failed' })
  })

  it('goes by auto-offset-reset when its position is outside the log, and says so', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'out-of-range', { partitions: 1 })
    await produce(config, topic, range(10))
    await setOffset(config.consumer.groupId as string, topic, 50n)
    const logger = recordingLogger()
    const { container, records } = listen(config, [topic], { logger })
    await container.start()
    await waitFor(() => records.length === 10, { what: 'all records' })
    const line = logger.lines.find(({ message }) => message.includes('out of range'))
    expect(line).toMatchObject({
      level: 'warn',
      fields: { topic, partition: 0, from: 50n, to: 0n, policy: 'earliest' },
    })
  })
})

async function membersOf(groupId: string): Promise<number | undefined> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [kafkaBootstrap()] })
  try {
    return (await admin.describeGroups({ groups: [groupId] })).get(groupId)?.members.size
  } finally {
    await admin.close()
  }
}

async function setOffset(groupId: string, topic: string, offset: bigint): Promise<void> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [kafkaBootstrap()] })
  try {
    await admin.alterConsumerGroupOffsets({
      groupId,
      topics: [{ name: topic, partitionOffsets: [{ partition: 0, offset }] }],
    })
  } finally {
    await admin.close()
  }
}
