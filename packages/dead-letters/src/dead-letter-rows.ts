import { storedHeaders } from './dead-letter.ts'
import type { FailedRecord, RecordPlace } from './failed-record.ts'
import type { DeadLetterState } from './states.ts'
import type { Sql } from './transaction.ts'

/** A dead letter while a batch is taken in; without an id it is new. */
export interface Letter {
  id: string | undefined
  readonly consumerGroup: string
  state: DeadLetterState
  redrives: number
  redrivesLeft: number
  /** Its arrivals in this batch, the latest last. */
  readonly arrivals: FailedRecord[]
  failedAgain: boolean
}

export function originKey({ consumerGroup, origin }: FailedRecord): string {
  return JSON.stringify([consumerGroup, origin.topic, origin.partition, String(origin.offset)])
}

function placeKey({ topic, partition, offset }: RecordPlace): string {
  return `${topic}/${partition}@${offset}`
}

/** Each once, without those that an earlier batch brought. */
export async function unseen(sql: Sql, records: readonly FailedRecord[]): Promise<readonly FailedRecord[]> {
  const byPlace = new Map(records.map((record) => [placeKey(record.place), record]))
  const places = [...byPlace.values()].map(({ place }) => place)
  const { rows } = await sql.query<{ topic: string; partition: number; record_offset: string }>(
    `select topic, partition, record_offset::text from dead_letter_occurrences
     where (topic, partition, record_offset) in (select * from unnest($1::text[], $2::int[], $3::bigint[]))`,
    [
      places.map(({ topic }) => topic),
      places.map(({ partition }) => partition),
      places.map(({ offset }) => String(offset)),
    ],
  )
  for (const { topic, partition, record_offset } of rows) byPlace.delete(`${topic}/${partition}@${record_offset}`)
  return [...byPlace.values()]
}

/** The dead letters of these ids, and those that failed first where these records did; locked. */
export async function lockKnown(sql: Sql, records: readonly FailedRecord[], ids: readonly string[]) {
  const { rows } = await sql.query<{
    id: string
    consumer_group: string
    original_topic: string
    original_partition: number
    original_offset: string
    state: DeadLetterState
    redrives: number
    redrives_left: number
  }>(
    `select id::text, consumer_group, original_topic, original_partition, original_offset::text, state, redrives, redrives_left
     from dead_letters
     where id = any($1::bigint[]) or (consumer_group, original_topic, original_partition, original_offset)
       in (select * from unnest($2::text[], $3::text[], $4::int[], $5::bigint[]))
     order by dead_letters.id for update`,
    [
      ids,
      records.map(({ consumerGroup }) => consumerGroup),
      records.map(({ origin }) => origin.topic),
      records.map(({ origin }) => origin.partition),
      records.map(({ origin }) => String(origin.offset)),
    ],
  )
  const byId = new Map<string, Letter>()
  const byOrigin = new Map<string, Letter>()
  for (const row of rows) {
    const { id, state, redrives } = row
    const letter = {
      id,
      consumerGroup: row.consumer_group,
      state,
      redrives,
      redrivesLeft: row.redrives_left,
      arrivals: [],
      failedAgain: false,
    }
    byId.set(id, letter)
    byOrigin.set(
      JSON.stringify([row.consumer_group, row.original_topic, row.original_partition, row.original_offset]),
      letter,
    )
  }
  return { byId, byOrigin }
}

const INSERT = `
  insert into dead_letters (consumer_group, original_topic, original_partition, original_offset, original_at, key, value, headers,
    event_id, event_type, error_class, error_message, stack_trace, fingerprint, state, redrives_left, occurrences, first_seen_at, last_seen_at)
  select consumer_group, original_topic, original_partition, original_offset, to_timestamp(original_ms / 1000.0),
    decode(key, 'base64'), decode(value, 'base64'), headers,
    event_id, event_type, error_class, error_message, stack_trace, fingerprint, 'NEW', $2, occurrences,
    to_timestamp(first_ms / 1000.0), to_timestamp(last_ms / 1000.0)
  from jsonb_to_recordset($1::jsonb) as r (consumer_group text, original_topic text, original_partition int, original_offset bigint,
    original_ms bigint, key text, value text, headers jsonb, event_id text, event_type text, error_class text, error_message text,
    stack_trace text, fingerprint text, occurrences int, first_ms bigint, last_ms bigint)
  returning id::text, consumer_group, original_topic, original_partition, original_offset::text`

/** Gives the letters their ids. */
export async function insertLetters(sql: Sql, letters: readonly Letter[], maxRedrives: number): Promise<void> {
  if (letters.length === 0) return
  const byOrigin = new Map(letters.map((letter) => [originKey(letter.arrivals[0] as FailedRecord), letter]))
  const { rows } = await sql.query<Record<string, string | number>>(INSERT, [
    JSON.stringify(letters.map(toRow)),
    maxRedrives,
  ])
  for (const row of rows) {
    const origin = [row.consumer_group, row.original_topic, row.original_partition, row.original_offset]
    const letter = byOrigin.get(JSON.stringify(origin))
    if (letter) letter.id = String(row.id)
  }
}

function toRow({ arrivals }: Letter): object {
  const [first, last] = [arrivals[0] as FailedRecord, arrivals.at(-1) as FailedRecord]
  const { origin, consumerGroup, key, value, headers, eventId, eventType } = first
  return {
    consumer_group: consumerGroup,
    original_topic: origin.topic,
    original_partition: origin.partition,
    original_offset: String(origin.offset),
    original_ms: origin.timestamp,
    key: key?.toString('base64') ?? null,
    value: value?.toString('base64') ?? null,
    headers: storedHeaders(headers),
    event_id: eventId ?? null,
    event_type: eventType ?? null,
    first_ms: first.deadAt,
    ...failureColumns(last, arrivals.length),
  }
}

function failureColumns(
  { errorClass, errorMessage, stackTrace, fingerprint, deadAt }: FailedRecord,
  occurrences: number,
): object {
  return {
    error_class: errorClass,
    error_message: errorMessage,
    stack_trace: stackTrace,
    fingerprint,
    last_ms: deadAt,
    occurrences,
  }
}

/** Key, value and headers stay those of the first arrival, or of the last edit. */
export async function updateLetters(sql: Sql, letters: readonly Letter[]): Promise<void> {
  if (letters.length === 0) return
  await sql.query(
    `update dead_letters set state = r.state, error_class = r.error_class, error_message = r.error_message,
       stack_trace = r.stack_trace, fingerprint = r.fingerprint, occurrences = dead_letters.occurrences + r.occurrences,
       last_seen_at = greatest(last_seen_at, to_timestamp(r.last_ms / 1000.0))
     from jsonb_to_recordset($1::jsonb) as r (id bigint, state text, error_class text, error_message text, stack_trace text,
       fingerprint text, occurrences int, last_ms bigint)
     where dead_letters.id = r.id`,
    [
      JSON.stringify(
        letters.map(({ id, state, arrivals }) => ({
          id,
          state,
          ...failureColumns(arrivals.at(-1) as FailedRecord, arrivals.length),
        })),
      ),
    ],
  )
}

export async function insertOccurrences(sql: Sql, letters: readonly Letter[]): Promise<void> {
  const rows = letters.flatMap(({ id, arrivals }) =>
    arrivals.map(({ place, redrive, errorClass, errorMessage, deadAt }) => ({
      id,
      topic: place.topic,
      partition: place.partition,
      record_offset: String(place.offset),
      attempt: redrive?.attempt ?? null,
      error_class: errorClass,
      error_message: errorMessage,
      seen_ms: deadAt,
    })),
  )
  if (rows.length === 0) return
  await sql.query(
    `insert into dead_letter_occurrences (topic, partition, record_offset, dead_letter_id, attempt, error_class, error_message, seen_at)
     select topic, partition, record_offset, id, attempt, error_class, error_message, to_timestamp(seen_ms / 1000.0)
     from jsonb_to_recordset($1::jsonb) as r (topic text, partition int, record_offset bigint, id bigint, attempt int,
       error_class text, error_message text, seen_ms bigint)`,
    [JSON.stringify(rows)],
  )
}
