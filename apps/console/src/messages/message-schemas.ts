import type { Static } from 'typebox'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { MISSES } from './browse/browse.ts'
import { parseCursor } from './browse/cursor.ts'
import { parseStartPlace, parseTime } from './browse/start-place.ts'
import { parseFilter } from './filter/parse-filter.ts'
import type { MessageQuery } from './message-query.ts'
import { messageProblem } from './problems.ts'

const NullableText = Type.Union([Type.String(), Type.Null()])
const TopicName = Type.String({ minLength: 1, maxLength: 249 })

export const ByTopic = Type.Object({ topic: TopicName })
export const ByPlace = Type.Object({
  topic: TopicName,
  partition: Type.Integer({ minimum: 0, maximum: 99_999 }),
  offset: Type.String({ pattern: '^\\d{1,19}$' }),
})

/** What is asked, as it stands in an address. */
export const SearchParameters = Type.Object({
  from: Type.Optional(
    Type.String({
      maxLength: 40,
      default: 'latest',
      description:
        'latest (the newest first), or the oldest first from: earliest, 10m (ago), a time (ISO 8601), offset:812',
    }),
  ),
  to: Type.Optional(Type.String({ maxLength: 40, description: 'only older ones: 10m (ago) or a time' })),
  partition: Type.Optional(Type.Integer({ minimum: 0, maximum: 99_999 })),
  key: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 500,
      description: 'only the partition is read where Kafka’s partitioner puts this key',
    }),
  ),
  everyPartition: Type.Optional(Type.Boolean({ description: 'reads all partitions for the key' })),
  type: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'e.g. OrderCreatedEvent' })),
  header: Type.Optional(
    Type.String({ minLength: 1, maxLength: 300, description: 'name of a header, or name=text that it contains' }),
  ),
  filter: Type.Optional(
    Type.String({
      maxLength: 1_000,
      description: 'words that the record contains, and fields: total.amount>=5000 lines.sku=mug reason="no stock"',
    }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 50 })),
  cursor: Type.Optional(Type.String({ maxLength: 40_000, description: '`cursor` of the answer before' })),
})
export type SearchParameters = Static<typeof SearchParameters>

/** @throws ProblemError INVALID_START, INVALID_FILTER, INVALID_CURSOR */
export function messageQuery(topic: string, parameters: SearchParameters, nowMs: number): MessageQuery {
  const { from = 'latest', to, partition, key, everyPartition, type, header, filter, limit, cursor } = parameters
  const start = parseStartPlace(from, nowMs)
  if (!start) throw messageProblem('INVALID_START', `from=${from} is neither a place nor a time`)
  const until = to === undefined || to === '' ? undefined : parseTime(to, nowMs)
  if (to && until === undefined) throw messageProblem('INVALID_START', `to=${to} is no time`)
  const terms = parseFilter(filter ?? '')
  if ('fault' in terms) throw messageProblem('INVALID_FILTER', `The filter ${filter}: ${terms.fault}`)
  const going = cursor === undefined ? undefined : parseCursor(cursor)
  if (cursor !== undefined && !going) throw messageProblem('INVALID_CURSOR', 'The cursor cannot be read')
  return {
    topic,
    start,
    until,
    cursor: going,
    partition,
    key,
    everyPartition: everyPartition === true,
    type,
    header: header === undefined ? undefined : headerCondition(header),
    filter: terms,
    limit: limit ?? 50,
  }
}

function headerCondition(header: string): { name: string; text: string | undefined } {
  const equals = header.indexOf('=')
  return equals < 0
    ? { name: header, text: undefined }
    : { name: header.slice(0, equals), text: header.slice(equals + 1) }
}

const Content = Type.Object({
  json: Type.Optional(Type.Unknown()),
  text: Type.Optional(Type.String()),
  base64: Type.Optional(Type.String()),
})

export const MessageSchema = Type.Object({
  topic: Type.String(),
  partition: Type.Integer(),
  offset: Type.String(),
  timestamp: NullableText,
  key: NullableText,
  type: NullableText,
  eventId: Type.String(),
  correlationId: NullableText,
  causationId: NullableText,
  size: Type.Integer({ description: 'bytes of key, value and headers' }),
  headers: Type.Array(
    Type.Object({ key: Type.String(), text: Type.Optional(Type.String()), base64: Type.Optional(Type.String()) }),
  ),
  value: Type.Union([Content, Type.Null()]),
  masked: Type.Boolean({ description: 'something personal, or of which nobody knows whether it is, is hidden' }),
})

const PROGRESS = {
  records: Type.Integer({ description: 'read so far' }),
  bytes: Type.Integer({ description: 'as the broker sent them' }),
  elapsedMs: Type.Integer(),
  matched: Type.Integer(),
  missed: Type.Object(Object.fromEntries(MISSES.map((miss) => [miss, Type.Integer()])), {
    description: 'why records are not shown: the first condition that they do not fulfil',
  }),
}
export const Progress = Type.Object(PROGRESS)

export const SearchDone = Type.Object({
  ...PROGRESS,
  end: Type.String({
    description: 'limit, end, or the limit of one search that was reached: records, bytes, elapsedMs',
  }),
  cursor: Type.Optional(Type.String({ description: 'where the next page begins; not given when everything is read' })),
  explanation: Type.String(),
})

export const MessagePage = Type.Object({ messages: Type.Array(MessageSchema), ...SearchDone.properties })

const TopicSchema = Type.Object({
  name: Type.String(),
  partitions: Type.Integer(),
  records: Type.Integer({ description: 'between the first and the last offset' }),
  bytes: Type.Optional(
    Type.Integer({ description: 'on the disks of the brokers, all replicas; left out where a broker did not tell' }),
  ),
  owner: Type.Optional(Type.String({ description: 'service that writes to it, by the contracts' })),
  description: Type.Optional(Type.String()),
  readers: Type.Array(Type.Object({ group: Type.String(), lag: Type.Integer({ description: 'records that wait' }) })),
})

export const TopicListSchema = Type.Object({
  topics: Type.Array(TopicSchema),
  sizeProblems: Type.Array(Type.String(), { description: 'why there are no sizes' }),
})

const TailParameters = Type.Pick(SearchParameters, ['partition', 'key', 'type', 'header', 'filter'])
const tailFields = Object.keys(TailParameters.properties)

/** `<topic>?key=…&type=…&header=…&partition=…&filter=…`. @throws ProblemError INVALID_FILTER */
export function tailParameters(address: string): { topic: string; parameters: SearchParameters } {
  const mark = address.indexOf('?')
  const topic = mark < 0 ? address : address.slice(0, mark)
  const given = Object.fromEntries(mark < 0 ? [] : new URLSearchParams(address.slice(mark + 1)))
  const { partition, ...texts } = given
  const parameters = { ...texts, ...(partition !== undefined && { partition: Number(partition) }) }
  const unknown = Object.keys(given).find((name) => !tailFields.includes(name))
  if (topic === '' || topic.length > 249 || unknown !== undefined || !Value.Check(TailParameters, parameters)) {
    throw messageProblem(
      'INVALID_FILTER',
      `${address}: expected <topic>?key=…&type=…&header=…&partition=…&filter=…${unknown === undefined ? '' : `, not ${unknown}`}`,
    )
  }
  return { topic, parameters }
}
