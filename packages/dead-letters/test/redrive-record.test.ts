import { DEAD_LETTER_HEADERS, originOf, redriveOf } from '@stocker/kafka-config'
import { expect, it } from 'vitest'
import { DEFAULT_ALLOWED_HEADERS, redriveRecord } from '../src/redrive-record.ts'

const bytes = (text: string) => Buffer.from(text)

it('a dead letter goes to its group’s topic with its payload, its type, its trace and its first place, and with no other header', () => {
  const record = redriveRecord(
    {
      redriveId: '1',
      deadLetterId: '17',
      attempt: 2,
      consumerGroup: 'payments',
      topic: 'orders',
      partition: 3,
      offset: 42n,
      originalMs: 1_700_000_000_000,
      key: bytes('order-7'),
      value: bytes('{"n":1}'),
      headers: [
        { key: '__TypeId__', value: bytes('com.stocker.events.OrderCreatedEvent') },
        { key: 'traceparent', value: bytes('00-trace') },
        { key: 'authorization', value: bytes('secret') },
        { key: 'retry_topic-attempts', value: bytes('4') },
        { key: DEAD_LETTER_HEADERS.exceptionMessage, value: bytes('declined') },
        { key: DEAD_LETTER_HEADERS.originalTopic, value: bytes('elsewhere') },
      ],
    },
    new Set(DEFAULT_ALLOWED_HEADERS),
  )

  const headers = record.headers ?? []
  expect([record.topic, String(record.key), String(record.value)]).toEqual(['payments-redrive', 'order-7', '{"n":1}'])
  expect(headers.map(({ key }) => key)).toEqual([
    '__TypeId__',
    'traceparent',
    'kafka_dlt-original-topic',
    'kafka_dlt-original-partition',
    'kafka_dlt-original-offset',
    'kafka_dlt-original-timestamp',
    'kafka_dlt-original-consumer-group',
    'redrive-dead-letter',
    'redrive-attempt',
  ])
  expect(originOf({ topic: 'payments-redrive', partition: 0, offset: 0n, headers })).toEqual({
    topic: 'orders',
    partition: 3,
    offset: 42n,
  })
  expect(redriveOf(headers)).toEqual({ deadLetterId: '17', attempt: 2 })
})
