import type { ListenerRecord } from './listener-types.ts'
import { partitionName } from './listener-types.ts'
import type { NextOffset } from './offset-committer.ts'

/** After the last record of each partition; the records are grouped by partition. */
export function nextOffsets(records: readonly ListenerRecord[]): NextOffset[] {
  const offsets: NextOffset[] = []
  for (let i = 0; i < records.length; i++) {
    const record = records[i] as ListenerRecord
    const next = records[i + 1]
    if (next && next.partition === record.partition && next.topic === record.topic) continue
    offsets.push({ topic: record.topic, partition: record.partition, offset: record.offset + 1n })
  }
  return offsets
}

/** For logs: `orders-0: 5..17` for each partition. */
export function spanOf(records: readonly ListenerRecord[]): {
  readonly records: number
  readonly offsets: readonly string[]
} {
  const spans = [...Map.groupBy(records, partitionName)].map(
    ([name, ofPartition]) => `${name}: ${ofPartition[0]?.offset}..${ofPartition.at(-1)?.offset}`,
  )
  return { records: records.length, offsets: spans }
}
