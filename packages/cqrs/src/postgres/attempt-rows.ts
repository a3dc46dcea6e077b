import type { SqlStatement } from '../sql-statement.ts'
import type { AttemptNote, AttemptOutcome } from '../trail/trail.ts'
import { isoTime } from './event-rows.ts'
import type { Row } from './pipeline.ts'

const INSERT = `
  insert into handling_attempts
    (message_id, consumer, outcome, type, key, topic, partition, record_offset, attempt, at, error_code, error_message, next_attempt_at)
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::bigint[], $9::int[],
    $10::timestamptz[], $11::text[], $12::text[], $13::timestamptz[])`

const LONGEST_MESSAGE = 1_000

export function insertAttempts(notes: readonly AttemptNote[]): SqlStatement {
  return {
    text: INSERT,
    values: [
      notes.map(({ messageId }) => storable(messageId)),
      notes.map(({ consumer }) => consumer),
      notes.map(({ outcome }) => outcome),
      notes.map(({ type }) => storable(type)),
      notes.map(({ key }) => storable(key)),
      notes.map(({ source }) => source.topic),
      notes.map(({ source }) => source.partition),
      notes.map(({ source }) => source.offset),
      notes.map(({ attempt }) => attempt),
      notes.map(({ at }) => at),
      notes.map(({ error }) => storable(error?.code)),
      notes.map(({ error }) => storable(error?.message.slice(0, LONGEST_MESSAGE))),
      notes.map(({ nextAttemptAt }) => nextAttemptAt),
    ],
  }
}

/** PostgreSQL stores neither NUL nor unpaired surrogates, and a broken record may hold both. */
const storable = (text: string | null | undefined): string | null =>
  text === null || text === undefined ? null : text.toWellFormed().replaceAll('\0', '\ufffd')

const COLUMNS =
  'number, message_id, consumer, outcome, type, key, topic, partition, record_offset, attempt, at, error_code, error_message, next_attempt_at'

/** Those of these messages, and those of these keys: what cannot be decoded has no id that anybody else knows. In the order in which they were noted. */
export function findAttempts(messageIds: readonly string[], keys: readonly string[], limit: number): SqlStatement {
  return {
    text: `
      select ${COLUMNS} from (
        select ${COLUMNS} from handling_attempts where message_id = any($1::text[])
        union
        select ${COLUMNS} from handling_attempts where key = any($2::text[])
      ) found order by number limit $3`,
    values: [messageIds, keys, limit],
  }
}

export function decodeAttempt(row: Row): AttemptNote {
  const [
    ,
    messageId,
    consumer,
    outcome,
    type = null,
    key = null,
    topic,
    partition,
    offset,
    attempt,
    at,
    code,
    text,
    next,
  ] = row
  return {
    messageId: messageId as string,
    consumer: consumer as string,
    outcome: outcome as AttemptOutcome,
    type,
    key,
    source: { topic: topic as string, partition: Number(partition), offset: BigInt(offset as string) },
    attempt: Number(attempt),
    at: isoTime(at as string),
    error: typeof code === 'string' ? { code, message: text ?? '' } : null,
    nextAttemptAt: typeof next === 'string' ? isoTime(next) : null,
  }
}
