import type { RecordHeader } from '@stocker/kafka-config'
import { describe, expect, it } from 'vitest'
import { attemptsOf, dueTimeOf, originalTimestampOf, retryHeaders } from '../../src/retry-topics/retry-headers.ts'

const header = (key: string, hex: string): RecordHeader => ({ key, value: Buffer.from(hex, 'hex') })
const attempts = (...hex: readonly string[]) => attemptsOf(hex.map((each) => header('retry_topic-attempts', each)))

const NOW = 1_700_000_000_000
const due = (...hex: readonly string[]) =>
  dueTimeOf(
    hex.map((each) => header('retry_topic-backoff-timestamp', each)),
    NOW,
  )

describe('§1.B the headers of a retried record', () => {
  it('are written as Spring writes them: 4 bytes for attempts, BigInteger for times', () => {
    expect(
      retryHeaders(2, 1_700_000_000_000n, 1_700_000_001_000).map(({ key, value }) => [key, value.toString('hex')]),
    ).toEqual([
      ['retry_topic-original-timestamp', '018bcfe56800'],
      ['retry_topic-attempts', '00000002'],
      ['retry_topic-backoff-timestamp', '018bcfe56be8'],
    ])
  })

  it('say the attempt in 4 bytes, or the one unsigned byte of Spring Kafka 2.7; the last one counts', () => {
    expect(attempts()).toBe(1)
    expect(attempts('00000002')).toBe(2)
    expect(attempts('c8')).toBe(200)
    expect(attempts('00000002', '00000003', '00000004')).toBe(4)
  })

  it('with an attempt that cannot be are taken for the first: below 1, above 32767, of another length', () => {
    expect(
      ['00000000', 'ffffffff', '00008000', '00', '', '0002', '0000000000000002'].map((hex) => attempts(hex)),
    ).toEqual([1, 1, 1, 1, 1, 1, 1])
    expect(attempts('00007fff')).toBe(32_767)
  })

  it('say when the record is due; the last one counts', () => {
    expect(due()).toBe(0)
    expect(due('018bcfe56be8')).toBe(NOW + 1000)
    expect(due('018bcfe56be8', '018bcfe57000')).toBe(NOW + 2048)
  })

  it('with a time of no or more than 8 bytes, or over a day ahead, are not believed', () => {
    expect(due('')).toBe(0)
    expect(due('0000018bcfe56be800')).toBe(0)
    expect(due('7fffffffffffffff')).toBe(0)
    expect(due((BigInt(NOW) + 86_400_000n).toString(16).padStart(12, '0'))).toBe(NOW + 86_400_000)
    expect(due((BigInt(NOW) + 86_400_001n).toString(16).padStart(12, '0'))).toBe(0)
  })

  it('say when the record first came; without that its own time counts', () => {
    const at = (...headers: readonly RecordHeader[]) =>
      originalTimestampOf({ timestamp: 7n, raw: { key: null, value: null, headers } })
    expect(at()).toBe(7n)
    expect(at(header('retry_topic-original-timestamp', '018bcfe56800'))).toBe(1_700_000_000_000n)
    expect(at(header('retry_topic-original-timestamp', ''))).toBe(7n)
  })
})
