import type { TopicName } from '@stocker/contracts'
import { TOPIC_NAMES } from '@stocker/contracts'
import type { OffsetRange, PartitionOffsets, TopicReader } from '@stocker/kafka-config'
import type { KafkaMessage } from '../messages/kafka-message.ts'
import { kafkaMessage } from '../messages/kafka-message.ts'
import type { TopicLook, TopicTraffic } from './traffic.ts'
import { topicTraffic } from './traffic.ts'

export interface Traffic {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly topics: readonly TopicTraffic[]
}

export const TRAFFIC_WINDOW_MS = 15 * 60_000

/** Records of a partition that are looked at, at most; all of the window where it has no more. */
const SAMPLE = 1_000
const PARTS = 10
/** So far back it is looked for the last of a rare event. */
const AT_LEAST = 300
/** A page that many look at asks once. */
const FRESH_MS = 10_000

/**
 * How often each event came in the last 15 minutes, asked of the broker when somebody wants to know: how many records a topic has by its offsets, of which type they
 * are by a sample of them. Nothing is counted where events are handled, and nothing is read while nobody looks.
 */
export function createTrafficReader(reader: TopicReader, clock: () => number = Date.now): () => Promise<Traffic> {
  let latest: Promise<Traffic> | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  return () => {
    if (latest === undefined || clock() - askedAt >= FRESH_MS) {
      askedAt = clock()
      latest = read(reader, clock())
      latest.catch(() => {
        latest = undefined
      })
    }
    return latest
  }
}

async function read(reader: TopicReader, at: number): Promise<Traffic> {
  const offsets = await reader.offsets(TOPIC_NAMES)
  const topics = await Promise.all(
    TOPIC_NAMES.map((topic) =>
      look(
        reader,
        topic,
        offsets.filter((each) => each.topic === topic),
        at - TRAFFIC_WINDOW_MS,
      ),
    ),
  )
  return { at, topics: topics.map(topicTraffic) }
}

async function look(
  reader: TopicReader,
  topic: TopicName,
  partitions: readonly PartitionOffsets[],
  windowStart: number,
): Promise<TopicLook> {
  const starts = partitions.length === 0 ? new Map<number, bigint>() : await reader.offsetsAt(topic, windowStart)
  const from = (partition: PartitionOffsets): bigint => starts.get(partition.partition) ?? partition.end
  const looks = new Map(
    partitions.map((each) => [each.partition, { count: Number(each.end - from(each)), looked: [] as KafkaMessage[] }]),
  )
  const ranges = partitions.flatMap((partition) => sampleOf(partition, from(partition)))
  for await (const { range, records } of reader.read(ranges)) {
    looks.get(range.partition)?.looked.push(...records.map(kafkaMessage))
  }
  return { topic, windowStart, partitions: [...looks.values()] }
}

/** All since `from`, or as many evenly spread parts of it; the newest records are always among them. */
function sampleOf({ topic, partition, first, end }: PartitionOffsets, from: bigint): readonly OffsetRange[] {
  const least = end - BigInt(AT_LEAST) > first ? end - BigInt(AT_LEAST) : first
  const start = from < least ? from : least
  const length = Number(end - start)
  if (length <= SAMPLE) return [{ topic, partition, from: start, to: end }]
  const size = BigInt(SAMPLE / PARTS)
  return Array.from({ length: PARTS }, (_, part) => {
    const to = end - BigInt(Math.floor((length / PARTS) * (PARTS - 1 - part)))
    return { topic, partition, from: to - size, to }
  })
}
