import { TOPIC_NAMES } from '@stocker/contracts'
import type { OffsetRange, TopicReader } from '@stocker/kafka-config'
import { partitionForKey } from '@stocker/kafka-config'
import type { KafkaMessage } from '../kafka-message.ts'
import { kafkaMessage } from '../kafka-message.ts'

/** How far around a message the others of its case are looked for. */
const AROUND_MS = 15 * 60_000
/** Of each topic. */
const MAX_RECORDS = 5_000n
const LONGEST_MS = 1_500

/**
 * Other messages of the case (order, cart) that a message belongs to, in the topics of the contracts, within a quarter of an hour before and after it. A case's messages
 * have its id as key, so that one partition of each topic is read; limits keep that short, and what lies beyond them is left out.
 */
export async function readCase(reader: TopicReader, message: KafkaMessage): Promise<readonly KafkaMessage[]> {
  const { correlationId, timestamp } = message
  if (correlationId === null || timestamp < 0n) return []
  const stopped = AbortSignal.timeout(LONGEST_MS)
  const found: KafkaMessage[] = []
  try {
    for await (const { records } of reader.read(await rangesOf(reader, correlationId, Number(timestamp)), stopped)) {
      for (const record of records) {
        // Nothing of another key is parsed.
        if (record.key !== correlationId) continue
        found.push(kafkaMessage(record))
      }
    }
  } catch (error) {
    if (!stopped.aborted) throw error
  }
  return found
}

async function rangesOf(reader: TopicReader, key: string, at: number): Promise<readonly OffsetRange[]> {
  const offsets = await reader.offsets(TOPIC_NAMES)
  const ranges = await Promise.all(
    TOPIC_NAMES.map(async (topic) => {
      const partitions = offsets.filter((each) => each.topic === topic)
      if (partitions.length === 0) return []
      const partition = partitionForKey(key, partitions.length)
      const log = partitions.find((each) => each.partition === partition)
      if (!log) return []
      const times = [at - AROUND_MS, at, at + AROUND_MS]
      const [earliest, near, latest] = (await Promise.all(times.map((time) => reader.offsetsAt(topic, time)))).map(
        (found) => found.get(partition) ?? log.end,
      ) as [bigint, bigint, bigint]
      // Of a busy topic what is nearest: as much before as after.
      const low = near - MAX_RECORDS / 2n > earliest ? near - MAX_RECORDS / 2n : earliest
      const high = near + MAX_RECORDS / 2n < latest ? near + MAX_RECORDS / 2n : latest
      return [{ topic, partition, from: low, to: high }]
    }),
  )
  return ranges.flat()
}
