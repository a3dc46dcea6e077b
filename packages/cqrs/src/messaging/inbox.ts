import type { CqrsError } from '../errors.ts'
import type { SqlStatement } from '../sql-statement.ts'
import type { EventStore } from '../store/event-store.ts'
import { engineOf } from '../store/event-store.ts'
import type { Gate, GateRow } from '../store/gate.ts'
import { UNIQUE_VIOLATION } from '../store/gate.ts'
import type { UnitOfWork } from '../store/unit-of-work.ts'
import type { WorkItem } from '../store/work.ts'
import { requireSynchronous } from '../store/work.ts'
import type { InboxMessage } from './inbox-message.ts'

/** Synchronous, and pure apart from the unit. Events of the unit get the message's id as their `causationId`. */
export type MessageHandler = (message: InboxMessage, unit: UnitOfWork) => void

/** Message type → handler. */
export type MessageHandlers = Readonly<Record<string, MessageHandler>>

export interface InboxReport {
  /** Took effect now. */
  readonly handled: number
  /** Had taken effect before. */
  readonly duplicates: readonly InboxMessage[]
  /** Neither a handler nor a saga waits for their type. */
  readonly skipped: number
  /** Had no effect, because their handler or statements failed. */
  readonly failed: readonly { readonly message: InboxMessage; readonly error: CqrsError }[]
  /** Had no effect and were not tried: an earlier message of their key failed, or two before them ran into a lock or out of time. */
  readonly held: readonly InboxMessage[]
}

export interface InboxOptions {
  readonly store: EventStore
  /** Who handles, e.g. the consumer group: each consumer handles each message once. */
  readonly consumer: string
  /** By type. The store's sagas get each message after its handler. A type that neither waits for is skipped and leaves no row. */
  readonly handlers: MessageHandlers
}

export interface Inbox {
  /**
   * Handles a batch in one transaction, together with `extra` statements. Everything that is not in `failed` or `held` is
   * committed when the promise resolves.
   *
   * Rejects with a retryable CqrsError when the database is away, and with the error of `extra` when that failed. Calling
   * again with the same messages is always harmless.
   */
  handle(messages: readonly InboxMessage[], extra?: readonly SqlStatement[]): Promise<InboxReport>
}

export function createInbox({ store, consumer, handlers }: InboxOptions): Inbox {
  const engine = engineOf(store)

  const toItem = (message: InboxMessage, handler: MessageHandler | undefined, gate: Gate): WorkItem => {
    const row: InboxRow = { key: message.id, source: message.source }
    const { correlationId, traceparent } = message
    return {
      context: { correlationId, causationId: message.id, ...(traceparent === undefined ? {} : { traceparent }) },
      run: (unit, sagas) => {
        requireSynchronous(handler?.(message, unit), `The handler of ${message.type}`)
        sagas?.message(message, unit)
        return row
      },
      once: { gate, key: message.id },
      ...(message.key === null ? {} : { sequence: sequenceOf(message) }),
    }
  }

  return {
    async handle(messages, extra = []) {
      const wanted: InboxMessage[] = []
      const items: WorkItem[] = extra.length === 0 ? [] : [statementsItem(extra)]
      const extras = items.length
      const gate = inboxGate(consumer, engine.clock())
      for (const message of messages) {
        const handler = Object.hasOwn(handlers, message.type) ? handlers[message.type] : undefined
        if (handler === undefined && engine.sagas.waitingFor(message.type) === undefined) continue
        wanted.push(message)
        items.push(toItem(message, handler, gate))
      }
      const skipped = messages.length - wanted.length
      const failed: { message: InboxMessage; error: CqrsError }[] = []
      const held: InboxMessage[] = []
      const duplicates: InboxMessage[] = []
      const outcomes = items.length === 0 ? [] : await engine.run(items)
      outcomes.forEach((outcome, n) => {
        if (outcome.status === 'failed' && (n < extras || outcome.error.code === 'DATABASE_UNAVAILABLE'))
          throw outcome.error
        const message = wanted[n - extras]
        if (message === undefined) return
        if (outcome.status === 'held' || (outcome.status === 'failed' && outcome.untried)) held.push(message)
        else if (outcome.status === 'failed') failed.push({ message, error: outcome.error })
        else if (outcome.status === 'passed') duplicates.push(message)
      })
      const handled = wanted.length - failed.length - held.length - duplicates.length
      return { handled, duplicates, skipped, failed, held }
    },
  }
}

/** Nothing orders two topics or partitions, so a failed message holds only those behind it in its own partition. */
const sequenceOf = ({ key, source }: InboxMessage): string => `${source.topic}/${source.partition}/${key}`

const statementsItem = (statements: readonly SqlStatement[]): WorkItem => ({
  context: { correlationId: '' },
  run: (unit) => {
    for (const statement of statements) unit.write(statement)
    return undefined
  },
})

interface InboxRow extends GateRow {
  readonly source: InboxMessage['source']
}

const INSERT = `
  insert into inbox (message_id, consumer, topic, partition, record_offset, published_at, received_at)
  select message_id, $2, topic, partition, record_offset, published_at, $7::timestamptz
  from unnest($1::text[], $3::text[], $4::int[], $5::bigint[], $6::timestamptz[])
    as added (message_id, topic, partition, record_offset, published_at)`

function inboxGate(consumer: string, receivedAt: Date): Gate {
  return {
    name: `inbox of ${consumer}`,
    conflictsOn: UNIQUE_VIOLATION,
    look: (keys) => ({
      text: 'select message_id from inbox where message_id = any($1::text[]) and consumer = $2',
      values: [keys, consumer],
    }),
    passed: (_keys, found) => new Map(found.map(([key]) => [key as string, { key: key as string }])),
    write: (rows) => {
      // Only what `toItem` made is written.
      const written = rows as readonly InboxRow[]
      return {
        text: INSERT,
        values: [
          written.map(({ key }) => key),
          consumer,
          written.map(({ source }) => source.topic),
          written.map(({ source }) => source.partition),
          written.map(({ source }) => source.offset),
          written.map(({ source }) => timeOf(source)),
          receivedAt,
        ],
      }
    },
  }
}

/** The end of the year 9999. */
const LAST_TIME = 253_402_300_799_999n

/** Kafka's -1 stands for no time, and a producer may give any number: what cannot be stored must not keep its message from being handled. */
const timeOf = ({ timestamp = -1n }: InboxMessage['source']): Date | null =>
  timestamp < 0n || timestamp > LAST_TIME ? null : new Date(Number(timestamp))
