import { describe, expect, it } from 'vitest'
import { encodeBigInteger, encodeInt32, encodeInt64, encodeText, headerText } from '../src/index.ts'

const TIME = Date.parse('2026-03-01T12:00:00.250Z')

describe('a header as people read it', () => {
  it.each([
    ['a name', 'kafka_dlt-original-topic', encodeText('order-events'), 'order-events'],
    ['a partition', 'kafka_dlt-original-partition', encodeInt32(3), '3'],
    ['an offset', 'kafka_dlt-original-offset', encodeInt64(42n), '42'],
    ['a time', 'kafka_dlt-original-timestamp', encodeInt64(BigInt(TIME)), '2026-03-01T12:00:00.250Z'],
    ['the same of a retry topic', 'kafka_original-offset', encodeInt64(2n ** 40n), '1099511627776'],
    ['a number of attempts', 'retry_topic-attempts', encodeInt32(2), '2'],
    ['a due time', 'retry_topic-backoff-timestamp', encodeBigInteger(BigInt(TIME)), '2026-03-01T12:00:00.250Z'],
    ['a number that is no time', 'kafka_dlt-original-timestamp', encodeInt64(2n ** 62n), '4611686018427387904'],
    [
      'text of several lines',
      'kafka_dlt-exception-stacktrace',
      encodeText('Error: é\n\tat there'),
      'Error: é\n\tat there',
    ],
  ])('%s', (_what, key, value, text) => {
    expect(headerText({ key, value })).toBe(text)
  })

  it.each([
    ['a partition of three bytes', 'kafka_dlt-original-partition', Buffer.from([0, 0, 1])],
    ['a due time without bytes', 'retry_topic-backoff-timestamp', Buffer.alloc(0)],
    ['bytes of a header that nobody knows', 'my-number', encodeInt32(3)],
    ['broken UTF-8', 'my-text', Buffer.from([0xff, 0x41])],
  ])('is bytes for %s', (_what, key, value) => {
    expect(headerText({ key, value })).toBeUndefined()
  })
})
