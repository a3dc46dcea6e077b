import type { KafkaConfig, ListenerContainerOptions, ListenerRecord, ProducerRecord } from '@stocker/kafka-config'
import {
  BatchListenerFailedError,
  DEAD_LETTER_HEADERS,
  DeadLetterPublishingRecoverer,
  decodeRedriveResult,
  eachRecord,
  encodeInt32,
  encodeInt64,
  encodeText,
  fixedBackOff,
  originOf,
  RecordsFailedError,
  redriveHeaders,
  redriveOf,
  redriveTopicOf,
} from '@stocker/kafka-config'
import { describe, expect, it } from 'vitest'
import { testTopic, waitFor } from '../../../../test/servers.ts'
import { useListeners } from '../listeners.ts'
import { createTopic, freshTopic, testConfig } from '../support.ts'

const { listen, openSender } = useListeners()

const recordName = ({ topic, partition, offset }: ListenerRecord): string => `${topic}-${partition}@${offset}`

/** A dead letter as it is sent again: order 7 of partition 1, offset 42 of `topic`. */
function sentAgain(config: KafkaConfig, topic: string, deadLetterId: string, value: object): ProducerRecord {
  return {
    topic: redriveTopicOf(config.consumer.groupId as string),
    key: 'order-7',
    value: JSON.stringify(value),
    headers: [
      { key: 'traceparent', value: encodeText('00-trace') },
      { key: DEAD_LETTER_HEADERS.originalTopic, value: encodeText(topic) },
      { key: DEAD_LETTER_HEADERS.originalPartition, value: encodeInt32(1) },
      { key: DEAD_LETTER_HEADERS.originalOffset, value: encodeInt64(42n) },
      { key: DEAD_LETTER_HEADERS.originalTimestamp, value: encodeInt64(1_700_000_000_000n) },
      ...redriveHeaders({ deadLetterId, attempt: 2 }),
    ],
  }
}

/** What the retry listeners hear. */
const told: string[] = []

interface Redriving extends Pick<Partial<ListenerContainerOptions>, 'listener' | 'orderedRetry' | 'errorHandler'> {
  readonly name: string
  readonly handle?: (record: ListenerRecord) => void
}

/** A listener of a topic with redrive, and what it confirms. */
async function redriving({ name, handle = () => {}, ...options }: Redriving) {
  const config = testConfig()
  const topic = await freshTopic(config, name, { partitions: 2 })
  const resultsTopic = testTopic(`${name}-results`)
  const sender = openSender(config)
  const seen: ListenerRecord[] = []
  const { container } = listen(config, [topic], {
    redrive: { sender, resultsTopic, partitions: 2 },
    types: { typeProperty: 'eventType', defaultTypes: { [topic]: 'OrderCreatedEvent' } },
    errorHandler: {
      backOff: fixedBackOff(0, 0),
      recoverer: new DeadLetterPublishingRecoverer(sender),
      retryListeners: [
        {
          failedDelivery: (record, _error, attempt, retryInMs) =>
            told.push(`failed ${recordName(record)} attempt ${attempt}, next in ${retryInMs}`),
          recovered: (record, _error, attempt) => told.push(`recovered ${recordName(record)} attempt ${attempt}`),
        },
      ],
    },
    listener: eachRecord((record) => {
      seen.push(record)
      handle(record)
    }),
    ...options,
  })
  await container.start()
  const results = listen(config, [resultsTopic], { groupId: `${config.consumer.groupId}-results` })
  await results.container.start()
  await waitFor(() => container.assignments.length === 4, { what: 'the listener has its topic and its redrive topic' })
  return {
    config,
    topic,
    seen,
    sender,
    confirmed: () => results.records.map(({ value }) => decodeRedriveResult(value)),
  }
}

describe('a dead letter that is sent again to one consumer group', () => {
  it('is handed to the listener as the record that failed, and confirmed when it is handled', async () => {
    const { config, topic, seen, sender, confirmed } = await redriving({ name: 'again', handle: () => {} })

    await sender.send(sentAgain(config, topic, '17', { orderId: 'order-7' }))

    const [result] = await waitFor(() => confirmed().length > 0 && confirmed(), { what: 'the confirmation' })
    expect(result).toEqual({ deadLetterId: '17', attempt: 2, groupId: config.consumer.groupId })
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({
      topic,
      partition: 1,
      offset: 42n,
      timestamp: 1_700_000_000_000n,
      key: 'order-7',
      value: { orderId: 'order-7' },
      typeId: 'OrderCreatedEvent',
    })
  })

  it('becomes a dead letter of its first topic when it fails again, says which one it is, and is not confirmed', async () => {
    const { config, topic, sender, confirmed } = await redriving({
      name: 'fails',
      handle: ({ value }) => {
        if ((value as { readonly fails?: boolean }).fails) throw new Error('still no such customer')
      },
    })
    await createTopic(config, `${topic}-dlt`, { partitions: 2 })
    const dead = listen(config, [`${topic}-dlt`], { groupId: `${config.consumer.groupId}-dlt` })
    await dead.container.start()

    await sender.send(sentAgain(config, topic, '17', { fails: true }))
    const [letter] = await waitFor(() => dead.records.length > 0 && dead.records, { what: 'the dead letter' })
    await sender.send(sentAgain(config, topic, '18', {}))

    const results = await waitFor(() => confirmed().length > 0 && confirmed(), { what: 'the confirmation of another' })
    expect(results.map((result) => result?.deadLetterId)).toEqual(['18'])
    expect(originOf(letter as ListenerRecord)).toEqual({ topic, partition: 1, offset: 42n })
    expect(redriveOf((letter as ListenerRecord).headers)).toEqual({ deadLetterId: '17', attempt: 2 })
    expect(told.filter((text) => text.includes(topic))).toEqual([
      `failed ${topic}-1@42 attempt 1, next in undefined`,
      `recovered ${topic}-1@42 attempt 1`,
    ])
  })

  it('is confirmed with the others of its batch that were handled before one failed', async () => {
    let failures = 0
    const { config, topic, sender, confirmed } = await redriving({
      name: 'batch',
      handle: (record) => {
        if ((record.value as { readonly n: number }).n === 2 && failures++ === 0) {
          throw new BatchListenerFailedError(record, { cause: new Error('once') })
        }
      },
    })
    await createTopic(config, `${topic}-dlt`, { partitions: 2 })

    await sender.sendAll([1, 2, 3].map((n) => sentAgain(config, topic, String(n), { n })))

    await waitFor(() => confirmed().length >= 2, { what: 'the confirmations' })
    expect(confirmed().map((result) => result?.deadLetterId)).toEqual(['1', '3'])
  })

  it('is retried in order where the listener does so, and confirmed when it succeeds', async () => {
    const failed = new Set<number>()
    const { config, topic, sender, confirmed } = await redriving({
      name: 'ordered',
      orderedRetry: {},
      errorHandler: { backOff: { initialMs: 10 } },
      listener: async (records) => {
        const failures = records.filter(({ value }) => {
          const { n } = value as { readonly n: number }
          return n % 2 === 0 && !failed.has(n) && failed.add(n)
        })
        if (failures.length > 0) {
          throw new RecordsFailedError(failures.map((record) => ({ record, error: new Error('once') })))
        }
      },
    })

    await sender.sendAll(
      [1, 2, 3, 4].map((n) => ({ ...sentAgain(config, topic, String(n), { n }), key: `order-${n}` })),
    )

    await waitFor(() => confirmed().length === 4, { what: 'all confirmations' })
    expect(
      confirmed()
        .map((result) => result?.deadLetterId)
        .sort(),
    ).toEqual(['1', '2', '3', '4'])
  })

  it('is seen by no other group that reads the topic', async () => {
    const { config, topic, seen, sender } = await redriving({ name: 'one-group', handle: () => {} })
    const other = listen(config, [topic], { groupId: `${config.consumer.groupId}-other` })
    await other.container.start()

    await sender.send(sentAgain(config, topic, '1', { orderId: 'order-7' }))
    await waitFor(() => seen.length === 1, { what: 'the failing group has it' })
    await sender.send({ topic, key: 'order-8', value: '{}' })

    await waitFor(() => other.records.length > 0, { what: 'the other group reads on' })
    expect(other.records.map(({ key }) => key)).toEqual(['order-8'])
  })

  it('would be missed by a group that begins at the end, which is refused', () => {
    const config = testConfig({ 'spring.kafka.consumer.auto-offset-reset': 'latest' })

    expect(() => listen(config, ['orders'], { redrive: { sender: openSender(config) } })).toThrow(
      /has redrive, so it needs spring.kafka.consumer.auto-offset-reset=earliest/,
    )
  })
})
