import type { ListenerRecord, PartitionOffsets, TopicReader } from '@stocker/kafka-config'
import { partitionForKey } from '@stocker/kafka-config'
import type { BrowseEvent, BrowseLimits, Miss } from './browse/browse.ts'
import { BROWSE_LIMITS, browse } from './browse/browse.ts'
import type { Direction, LaneRange, Placed } from './browse/browse-lane.ts'
import type { SearchScope } from './explain-search.ts'
import { matchFilter } from './filter/match-filter.ts'
import type { KafkaMessage } from './kafka-message.ts'
import { kafkaMessage } from './kafka-message.ts'
import type { MessageQuery } from './message-query.ts'
import type { MessageMask, MessageView } from './message-view.ts'
import { messageView } from './message-view.ts'
import { messageProblem } from './problems.ts'

/** What will be read. */
export interface SearchPlan {
  readonly topic: string
  readonly direction: Direction
  readonly ranges: readonly LaneRange[]
  /** Partitions of the topic. */
  readonly partitions: number
  /** Set when only the partition of the key is read. */
  readonly partitionOfKey: number | undefined
  /** How many records that is at most. */
  readonly records: number
}

/** A record with its place among the others, and as its viewer sees it. */
interface Found extends Placed {
  readonly view: MessageView
}

export type SearchEvent = BrowseEvent<Found>

/** Looks for records in topics, without a group. */
export class MessageSearch {
  readonly #reader: TopicReader

  constructor(reader: TopicReader) {
    this.#reader = reader
  }

  /** @throws ProblemError TOPIC_NOT_FOUND, PARTITION_NOT_FOUND; KafkaConfigError */
  async plan(query: MessageQuery): Promise<SearchPlan> {
    const { topic, cursor, start } = query
    const offsets = await this.#offsets(topic)
    const partitionOfKey = keyPartition(query, offsets.length)
    const direction = cursor?.direction ?? (start.at === 'latest' ? 'newest-first' : 'oldest-first')
    const looked = chosenPartitions(query, offsets, partitionOfKey)
    const ranges = cursor ? withinLog(cursor.ranges, looked) : await this.#ranges(query, looked)
    return {
      topic,
      direction,
      ranges,
      partitions: offsets.length,
      partitionOfKey,
      records: ranges.reduce((sum, { from, to }) => sum + Number(to > from ? to - from : 0n), 0),
    }
  }

  search(
    query: MessageQuery,
    plan: SearchPlan,
    mask: MessageMask,
    { signal, limits = BROWSE_LIMITS }: { readonly signal?: AbortSignal; readonly limits?: BrowseLimits } = {},
  ): AsyncGenerator<SearchEvent> {
    const { topic, ranges, direction } = plan
    return browse<Found>({
      topic,
      ranges,
      direction,
      limit: query.limit,
      limits,
      choose: (record) => choose(query, kafkaMessage(record), mask),
      read: (windows) => this.#reader.read(windows, signal),
      clock: () => performance.now(),
    })
  }

  /** One record. @throws ProblemError TOPIC_NOT_FOUND, PARTITION_NOT_FOUND, MESSAGE_NOT_FOUND; KafkaConfigError */
  async find(topic: string, partition: number, offset: bigint): Promise<KafkaMessage> {
    const offsets = (await this.#offsets(topic)).find((each) => each.partition === partition)
    if (!offsets) throw messageProblem('PARTITION_NOT_FOUND', `Topic ${topic} has no partition ${partition}`)
    const range = { topic, partition, from: offset, to: offset + 1n }
    if (offset >= offsets.first && offset < offsets.end) {
      for await (const { records } of this.#reader.read([range])) {
        const record = records.find((each: ListenerRecord) => each.offset === offset)
        if (record) return kafkaMessage(record)
      }
    }
    const there = `it holds ${offsets.first} to ${offsets.end - 1n}`
    throw messageProblem(
      'MESSAGE_NOT_FOUND',
      `${topic}, partition ${partition} has no record at offset ${offset}: ${offsets.first === offsets.end ? 'it is empty' : there}`,
    )
  }

  async #offsets(topic: string): Promise<readonly PartitionOffsets[]> {
    const offsets = await this.#reader.offsets([topic])
    if (offsets.length === 0) throw messageProblem('TOPIC_NOT_FOUND', `There is no topic ${topic}`)
    return offsets
  }

  async #ranges(
    { topic, start, until }: MessageQuery,
    looked: readonly PartitionOffsets[],
  ): Promise<readonly LaneRange[]> {
    const [from, to] = await Promise.all([
      start.at === 'time' ? this.#reader.offsetsAt(topic, start.time) : undefined,
      until === undefined ? undefined : this.#reader.offsetsAt(topic, until),
    ])
    return looked.map(({ partition, first, end }) => ({
      partition,
      from: from ? (from.get(partition) ?? end) : start.at === 'offset' && start.offset > first ? start.offset : first,
      to: to?.get(partition) ?? end,
    }))
  }
}

function keyPartition(
  { key, partition, everyPartition, cursor }: MessageQuery,
  partitions: number,
): number | undefined {
  if (key === undefined || partition !== undefined || everyPartition || cursor) return undefined
  return partitions > 1 ? partitionForKey(key, partitions) : undefined
}

function chosenPartitions(
  { topic, partition }: MessageQuery,
  offsets: readonly PartitionOffsets[],
  partitionOfKey: number | undefined,
): readonly PartitionOffsets[] {
  const wanted = partition ?? partitionOfKey
  if (wanted === undefined) return offsets
  const chosen = offsets.filter((each) => each.partition === wanted)
  if (chosen.length > 0) return chosen
  throw messageProblem(
    'PARTITION_NOT_FOUND',
    `Topic ${topic} has no partition ${wanted}: it has ${offsets.length}, from 0`,
  )
}

/** What of the cursor's ranges is still there. */
function withinLog(ranges: readonly LaneRange[], offsets: readonly PartitionOffsets[]): readonly LaneRange[] {
  return ranges.flatMap(({ partition, from, to }) => {
    const log = offsets.find((each) => each.partition === partition)
    if (!log) return []
    return [{ partition, from: from > log.first ? from : log.first, to: to < log.end ? to : log.end }]
  })
}

/**
 * The first condition that a record does not fulfil; undefined: it fulfils all. The cheap ones first: what they rule out is not even parsed. All of them are about what
 * the viewer sees.
 */
export function missOf(
  { key, type, header, filter }: MessageQuery,
  message: KafkaMessage,
  mask: MessageMask,
): Miss | undefined {
  if (key !== undefined && mask.key(message) !== key) return 'key'
  if (header !== undefined && !hasHeader(message, header, mask)) return 'header'
  if (type !== undefined && mask.type(message) !== type) return 'type'
  if (filter.length === 0) return undefined
  const { value } = mask.value(message)
  const text = value?.text ?? (value?.json === undefined ? '' : JSON.stringify(value.json))
  const verdict = matchFilter(filter, { key: mask.key(message), json: value?.json, text })
  return verdict === 'match' ? undefined : verdict === 'unreadable' ? 'unreadable' : 'filter'
}

function choose(query: MessageQuery, message: KafkaMessage, mask: MessageMask): Found | Miss {
  const { partition, offset, timestamp } = message
  return missOf(query, message, mask) ?? { partition, offset, timestamp, view: messageView(message, mask) }
}

function hasHeader(message: KafkaMessage, header: NonNullable<MessageQuery['header']>, mask: MessageMask): boolean {
  return message.headers.some((each) => {
    const seen = mask.header(each)
    if (seen.key !== header.name) return false
    if (header.text === undefined) return true
    return seen.text?.toLowerCase().includes(header.text.toLowerCase()) === true
  })
}

/** What a search reads, for people and for JSON. */
export function scopeOf({ topic, direction, partitions, ranges, partitionOfKey, records }: SearchPlan): SearchScope {
  return {
    topic,
    direction,
    partitions,
    reads: ranges.map(({ partition }) => partition),
    ...(partitionOfKey !== undefined && { partitionOfKey }),
    records,
  }
}
