import { Admin, Producer } from '@platformatic/kafka'
import type { OffsetRange } from '@stocker/kafka-config'
import { KafkaProducerConfig, TopicReader } from '@stocker/kafka-config'
import { afterEach, describe, expect, it } from 'vitest'
import { kafkaBootstrap, testTopic } from '../../../../test/servers.ts'
import { freshTopic, range, testConfig } from '../support.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const BEGIN = 1_700_000_000_000

/** A topic of two partitions with `count` records in each; record n is n seconds after the begin. */
async function readerOf(count: number, properties: Readonly<Record<string, string>> = {}) {
  const config = testConfig(properties)
  const topic = await freshTopic(config, 'read', { partitions: 2 })
  const sender = new KafkaProducerConfig(config).createSender()
  closing.push(() => sender.close())
  await sender.sendAll(
    range(count).flatMap((n) =>
      [0, 1].map((partition) => ({
        topic,
        partition,
        timestamp: BigInt(BEGIN + n * 1_000),
        value: `${partition}/${n}`,
      })),
    ),
  )
  const reader = new TopicReader(config)
  closing.push(() => reader.close())
  const read = async (ranges: readonly Omit<OffsetRange, 'topic'>[]) => {
    const values: string[] = []
    const readTo: string[] = []
    for await (const piece of reader.read(ranges.map((each) => ({ topic, ...each })))) {
      values.push(...piece.records.map(({ value }) => String(value)))
      readTo.push(`${piece.range.partition}:${piece.readTo}`)
    }
    return { values, readTo }
  }
  return { topic, config, reader, read }
}

describe('reading parts of topics without a group', () => {
  it('gives exactly the records of the ranges, several of one partition one after the other', async () => {
    const { read } = await readerOf(300)

    const { values } = await read([
      { partition: 0, from: 10n, to: 13n },
      { partition: 0, from: 290n, to: 292n },
      { partition: 1, from: 299n, to: 300n },
      { partition: 1, from: 5n, to: 5n },
    ])

    expect([...values].sort()).toEqual(['0/10', '0/11', '0/12', '0/290', '0/291', '1/299'])
    expect(values.filter((value) => value.startsWith('0/'))).toEqual(['0/10', '0/11', '0/12', '0/290', '0/291'])
  })

  it('says what there is, and where a time begins in each partition', async () => {
    const { topic, reader } = await readerOf(20)

    expect(await reader.offsets([topic, testTopic('missing')])).toEqual(
      [0, 1].map((partition) => ({ topic, partition, first: 0n, end: 20n })),
    )
    expect(await reader.offsetsAt(topic, BEGIN + 7_001)).toEqual(
      new Map([
        [0, 8n],
        [1, 8n],
      ]),
    )
    expect(await reader.offsetsAt(topic, BEGIN + 20_000)).toEqual(
      new Map([
        [0, undefined],
        [1, undefined],
      ]),
    )
  })

  it('ends where the log ends, and leaves out what was deleted', async () => {
    const { topic, read } = await readerOf(50)
    const admin = new Admin({ clientId: 'test', bootstrapBrokers: [kafkaBootstrap()] })
    closing.push(() => admin.close())
    await admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 40n }] }] })

    const { values, readTo } = await read([{ partition: 0, from: 5n, to: 1_000n }])

    expect(values).toEqual(range(10).map((n) => `0/${n + 40}`))
    expect(readTo.at(-1)).toBe('0:1000')
  })

  it('gives no record that a transaction took back, where only committed ones are read', async () => {
    const { topic, config, read } = await readerOf(1, { 'spring.kafka.consumer.isolation-level': 'read_committed' })
    const producer = new Producer({
      clientId: 'test',
      bootstrapBrokers: [...config.bootstrapServers],
      idempotent: true,
      transactionalId: topic,
      producerId: -1n,
      producerEpoch: -1,
    })
    closing.push(() => producer.close())
    for (const outcome of ['abort', 'commit'] as const) {
      const transaction = await producer.beginTransaction()
      await transaction.send({
        messages: [{ topic, partition: 0, value: Buffer.from(outcome) }],
        acks: -1,
      })
      await transaction[outcome]()
    }

    const { values } = await read([{ partition: 0, from: 0n, to: 100n }])

    expect(values).toEqual(['0/0', 'commit'])
  })

  it('reads nothing more for whoever has left', async () => {
    const { topic, reader } = await readerOf(10)
    const leaving = new AbortController()
    leaving.abort()

    const first = reader.read([{ topic, partition: 0, from: 0n, to: 10n }], leaving.signal).next()

    await expect(first).rejects.toThrow('aborted')
  })
})
