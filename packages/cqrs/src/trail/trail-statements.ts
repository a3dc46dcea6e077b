import { foundInCases, isoTime } from '../postgres/event-rows.ts'
import type { Row } from '../postgres/pipeline.ts'
import type { SqlStatement } from '../sql-statement.ts'
import type { HandledMessage, MessageSource, OpenCall, PendingDeadline, SagaInstance, Trail } from './trail.ts'

const HANDLED = 'message_id, consumer, topic, partition, record_offset, published_at, received_at, handled_at'

/** Messages with these ids, and those that caused events of these cases here. */
export function findHandled(
  messageIds: readonly string[],
  correlationIds: readonly string[],
  limit: number,
): SqlStatement {
  return {
    text: `${foundInCases('causation_id', '$2::text[]', '$3')},
      wanted as materialized (
        select unnest($1::text[]) as message_id union select causation_id from found where causation_id is not null
      )
      select ${HANDLED.replace('message_id', 'i.message_id')} from wanted join inbox i on i.message_id = wanted.message_id
      order by i.handled_at, i.message_id, i.consumer`,
    values: [messageIds, correlationIds, limit],
  }
}

export function decodeHandled(row: Row): HandledMessage {
  const [messageId, consumer, topic, partition, offset, publishedAt, receivedAt, handledAt] = row
  return {
    messageId: messageId as string,
    consumer: consumer as string,
    source: sourceOf(topic, partition, offset),
    publishedAt: timeOf(publishedAt),
    receivedAt: timeOf(receivedAt),
    handledAt: isoTime(handledAt as string),
  }
}

function sourceOf(
  topic: string | null | undefined,
  partition: string | null | undefined,
  offset: string | null | undefined,
): MessageSource | null {
  if (typeof topic !== 'string' || typeof offset !== 'string') return null
  return { topic, partition: Number(partition), offset: BigInt(offset) }
}

const timeOf = (text: string | null | undefined): string | null => (typeof text === 'string' ? isoTime(text) : null)

/**
 * The few different values of the first column of a table's primary key, each found by one step into the index: so rows of any of
 * them are found by the rest of the key, without reading the table.
 */
const firstColumn = (table: string, column: string): string => `
  with recursive found as (
    (select ${column} from ${table} order by ${column} limit 1)
    union all
    select (select t.${column} from ${table} t where t.${column} > found.${column} order by t.${column} limit 1)
    from found where found.${column} is not null
  )`

export function findDeadlines(ids: readonly string[]): SqlStatement {
  return {
    text: `${firstColumn('deadlines', 'scope')}
      select d.scope, d.id, d.name, d.due_at, d.attempts, d.last_error
      from found join deadlines d on d.scope = found.scope and d.id = any($1::text[])
      order by d.due_at, d.scope, d.id, d.name`,
    values: [ids],
  }
}

export function decodePendingDeadline([scope, id, name, dueAt, attempts, lastError = null]: Row): PendingDeadline {
  return {
    scope: scope as string,
    id: id as string,
    name: name as string,
    dueAt: isoTime(dueAt as string),
    attempts: Number(attempts),
    lastError,
  }
}

export function findInstances(ids: readonly string[]): SqlStatement {
  return {
    text: `${firstColumn('sagas', 'saga')}
      select s.saga, s.id, s.version, s.state, s.updated_at, s.ended_at
      from found join sagas s on s.saga = found.saga and s.id = any($1::text[])
      order by s.saga, s.id`,
    values: [ids],
  }
}

export function decodeInstance([saga, id, version, state, updatedAt, endedAt]: Row): SagaInstance {
  return {
    saga: saga as string,
    id: id as string,
    version: Number(version),
    state: JSON.parse(state as string),
    updatedAt: isoTime(updatedAt as string),
    endedAt: timeOf(endedAt),
  }
}

export function findOpenCalls(correlationIds: readonly string[]): SqlStatement {
  return {
    text: `
      select name, key, attempts, due_at, requested_at, last_error from outbound_calls
      where correlation_id = any($1::text[]) order by requested_at, name, key`,
    values: [correlationIds],
  }
}

export function decodeOpenCall([name, key, attempts, dueAt, requestedAt, lastError = null]: Row): OpenCall {
  return {
    name: name as string,
    key: key as string,
    attempts: Number(attempts),
    dueAt: isoTime(dueAt as string),
    requestedAt: isoTime(requestedAt as string),
    lastError,
  }
}

export const allPublications: SqlStatement = { text: 'select name, tx, position from publications', values: [] }

export function decodePublications(rows: readonly Row[]): Trail['published'] {
  return Object.fromEntries(
    rows.map(([name, tx, position]) => [name, { tx: BigInt(tx as string), position: BigInt(position as string) }]),
  )
}
