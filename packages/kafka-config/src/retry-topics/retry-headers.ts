import type { RecordHeader } from '../headers.ts'
import { decodeBigInteger, encodeBigInteger, encodeInt32, lastHeader } from '../headers.ts'
import type { ListenerRecord } from '../listener/listener-types.ts'
import { LONGEST_DELAY_MS } from './retry-topic-options.ts'

/** Spring's RetryTopicHeaders. Each hop adds all three; the last ones count. */
export const ATTEMPTS = 'retry_topic-attempts'
export const ORIGINAL_TIMESTAMP = 'retry_topic-original-timestamp'
export const BACK_OFF_TIMESTAMP = 'retry_topic-backoff-timestamp'
const RETRY_HEADERS: ReadonlySet<string> = new Set([ATTEMPTS, ORIGINAL_TIMESTAMP, BACK_OFF_TIMESTAMP])

/** Longest BigInteger that can be a time. Bytes. */
const TIME_BYTES = 8

/** Which delivery this is, from 1: 4 bytes, or the one unsigned byte of Spring Kafka 2.7. What is not from 1 to 32767 counts as 1. */
export function attemptsOf(headers: readonly RecordHeader[]): number {
  const bytes = lastHeader(headers, ATTEMPTS)?.value
  const attempts = bytes?.length === 4 ? bytes.readInt32BE() : bytes?.length === 1 ? bytes.readUInt8() : 1
  return attempts >= 1 && attempts <= 32_767 ? attempts : 1
}

/** When the record first came, milliseconds since 1970: what the first hop wrote down, else its own time. */
export function originalTimestampOf({ raw, timestamp }: Pick<ListenerRecord, 'raw' | 'timestamp'>): bigint {
  return timeOf(raw.headers, ORIGINAL_TIMESTAMP) ?? timestamp
}

/**
 * When the record is due, milliseconds since 1970; 0: at once. A time of more than a day ahead is nobody's back-off: Spring does not
 * believe it, lest a forged header stop a partition for ever.
 */
export function dueTimeOf(headers: readonly RecordHeader[], now: number): number {
  const due = Number(timeOf(headers, BACK_OFF_TIMESTAMP) ?? 0n)
  return due > now + LONGEST_DELAY_MS ? 0 : due
}

export function retryHeaders(attempts: number, originalTimestamp: bigint, dueTime: number): RecordHeader[] {
  return [
    { key: ORIGINAL_TIMESTAMP, value: encodeBigInteger(originalTimestamp) },
    { key: ATTEMPTS, value: encodeInt32(attempts) },
    { key: BACK_OFF_TIMESTAMP, value: encodeBigInteger(BigInt(Math.ceil(dueTime))) },
  ]
}

export function withoutRetryHeaders(headers: readonly RecordHeader[]): readonly RecordHeader[] {
  return headers.filter(({ key }) => !RETRY_HEADERS.has(key))
}

function timeOf(headers: readonly RecordHeader[], key: string): bigint | undefined {
  const bytes = lastHeader(headers, key)?.value
  if (bytes === undefined || bytes.length === 0 || bytes.length > TIME_BYTES) return undefined
  return decodeBigInteger(bytes)
}
