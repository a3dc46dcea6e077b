import type { ProducerRecord, RecordHeader } from '@stocker/kafka-config'
import {
  DEAD_LETTER_HEADERS,
  encodeInt32,
  encodeInt64,
  encodeText,
  redriveHeaders,
  redriveTopicOf,
} from '@stocker/kafka-config'
import type { ClaimedItem } from './redrive-claims.ts'

/**
 * Headers of the failed record that are sent again, beside type headers (`__…`): what a listener or a trace may need. All others belong to the way
 * that failed.
 */
export const DEFAULT_ALLOWED_HEADERS: readonly string[] = [
  'traceparent',
  'tracestate',
  'baggage',
  'kafka_correlationId',
  'kafka_replyTopic',
  'kafka_replyPartition',
  'spring_json_header_types',
  'contentType',
]

/** The record for the group's redrive topic: the payload as it is now, where it failed first, and which sending this is. */
export function redriveRecord(item: ClaimedItem, allowed: ReadonlySet<string>): ProducerRecord {
  const { consumerGroup, topic, partition, offset, originalMs, key, value, deadLetterId, attempt } = item
  return {
    topic: redriveTopicOf(consumerGroup),
    key,
    value,
    headers: [
      ...item.headers.filter(({ key: name }) => isAllowed(name, allowed)),
      ...origin(topic, partition, offset, originalMs),
      { key: DEAD_LETTER_HEADERS.originalConsumerGroup, value: encodeText(consumerGroup) },
      ...redriveHeaders({ deadLetterId, attempt }),
    ],
  }
}

function isAllowed(name: string, allowed: ReadonlySet<string>): boolean {
  return allowed.has(name) || name.startsWith('__') || name.startsWith('axon-')
}

function origin(topic: string, partition: number, offset: bigint, timestampMs: number): RecordHeader[] {
  return [
    { key: DEAD_LETTER_HEADERS.originalTopic, value: encodeText(topic) },
    { key: DEAD_LETTER_HEADERS.originalPartition, value: encodeInt32(partition) },
    { key: DEAD_LETTER_HEADERS.originalOffset, value: encodeInt64(offset) },
    { key: DEAD_LETTER_HEADERS.originalTimestamp, value: encodeInt64(BigInt(timestampMs)) },
  ]
}
