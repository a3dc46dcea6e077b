import { isUtf8 } from 'node:buffer'
import { DEAD_LETTER_HEADERS, RETRY_FLOW_HEADERS } from './dead-letters/failure-headers.ts'
import type { RecordHeader } from './headers.ts'
import { decodeBigInteger, decodeInt32, decodeInt64 } from './headers.ts'
import { DELIVERY_ATTEMPT_HEADER } from './listener/delivery-attempt.ts'
import { ATTEMPTS, BACK_OFF_TIMESTAMP, ORIGINAL_TIMESTAMP } from './retry-topics/retry-headers.ts'

const int32 = (bytes: Buffer): string => String(decodeInt32(bytes))
const int64 = (bytes: Buffer): string => String(decodeInt64(bytes))
const timeText = (ms: bigint): string => {
  const time = new Date(Number(ms))
  return Number.isNaN(time.getTime()) ? String(ms) : time.toISOString()
}

/** Spring's headers whose value is a number. */
const NUMBERS: ReadonlyMap<string, (bytes: Buffer) => string> = new Map([
  ...[DEAD_LETTER_HEADERS, RETRY_FLOW_HEADERS].flatMap(
    (names) =>
      [
        [names.originalPartition, int32],
        [names.originalOffset, int64],
        [names.originalTimestamp, (bytes: Buffer) => timeText(decodeInt64(bytes))],
      ] as const,
  ),
  [DELIVERY_ATTEMPT_HEADER, int32],
  [ATTEMPTS, int32],
  [ORIGINAL_TIMESTAMP, (bytes) => timeText(decodeBigInteger(bytes))],
  [BACK_OFF_TIMESTAMP, (bytes) => timeText(decodeBigInteger(bytes))],
])

/**
 * A header as people read it: text as it is, the numbers of Spring's headers in digits, their times in ISO 8601. undefined: bytes that are
 * neither, among them numbers of a length that is not Spring's.
 */
export function headerText({ key, value }: RecordHeader): string | undefined {
  try {
    const number = NUMBERS.get(key)?.(value)
    if (number !== undefined) return number
  } catch {
    return undefined
  }
  const text = value.toString('utf8')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what tells bytes from text
  return isUtf8(value) && !/[\0-\x08\x0e-\x1f]/.test(text) ? text : undefined
}
