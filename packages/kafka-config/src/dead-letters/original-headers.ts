import type { RecordHeader } from '../headers.ts'
import { decodeInt32, decodeInt64, decodeText, encodeInt32, encodeInt64, encodeText, lastHeader } from '../headers.ts'
import type { ListenerRecord } from '../listener/listener-types.ts'
import type { FailureHeaderNames } from './failure-headers.ts'
import { DEAD_LETTER_HEADERS, RETRY_FLOW_HEADERS } from './failure-headers.ts'

export interface RecordOrigin {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

/** Where the record failed: 4 bytes for the partition, 8 for offset and timestamp, UTF-8 for the rest. */
export function originalHeaders(record: ListenerRecord, groupId: string, names: FailureHeaderNames): RecordHeader[] {
  return [
    { key: names.originalTopic, value: encodeText(record.topic) },
    { key: names.originalPartition, value: encodeInt32(record.partition) },
    { key: names.originalOffset, value: encodeInt64(record.offset) },
    { key: names.originalTimestamp, value: encodeInt64(record.timestamp) },
    { key: names.originalTimestampType, value: encodeText(record.timestampType) },
    { key: names.originalConsumerGroup, value: encodeText(groupId) },
  ]
}

export function originalNames(names: FailureHeaderNames): ReadonlySet<string> {
  return new Set([
    names.originalTopic,
    names.originalPartition,
    names.originalOffset,
    names.originalTimestamp,
    names.originalTimestampType,
    names.originalConsumerGroup,
  ])
}

/**
 * Where a record lay before it was sent to a retry topic or to the dead letters; itself if it was not. A listener that tells topics apart asks this.
 * Headers that are not of Spring's form count as absent: anyone can write them.
 */
export function originOf(record: Pick<ListenerRecord, 'topic' | 'partition' | 'offset' | 'headers'>): RecordOrigin {
  for (const names of [RETRY_FLOW_HEADERS, DEAD_LETTER_HEADERS]) {
    const [topic, partition, offset] = [names.originalTopic, names.originalPartition, names.originalOffset].map(
      (name) => lastHeader(record.headers, name)?.value,
    )
    if (!topic || partition?.length !== 4 || offset?.length !== 8) continue
    return { topic: decodeText(topic), partition: decodeInt32(partition), offset: decodeInt64(offset) }
  }
  return { topic: record.topic, partition: record.partition, offset: record.offset }
}
