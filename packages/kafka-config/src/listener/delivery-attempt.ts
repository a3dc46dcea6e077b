import { encodeInt32 } from '../headers.ts'
import type { ListenerRecord } from './listener-types.ts'

/** Spring's KafkaHeaders.DELIVERY_ATTEMPT: 4 bytes, from 1. */
export const DELIVERY_ATTEMPT_HEADER = 'kafka_deliveryAttempt'

/** Copies for the listener's eyes: what goes to the recoverer is the record without the header. */
export function withDeliveryAttempt(
  records: readonly ListenerRecord[],
  attemptOf: (record: ListenerRecord) => number,
): readonly ListenerRecord[] {
  return records.map((record) => ({
    ...record,
    raw: record.raw,
    headers: [...record.headers, { key: DELIVERY_ATTEMPT_HEADER, value: encodeInt32(attemptOf(record)) }],
  }))
}
