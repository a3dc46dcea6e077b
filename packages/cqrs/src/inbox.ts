import { CqrsError } from './errors.ts'
import type { EventStore } from './event-store.ts'
import type { SqlStatement } from './sql-statement.ts'
import type { UnitOfWork } from './unit-of-work.ts'

/** A message from elsewhere, already decoded. */
export interface InboxMessage {
  /** Unique per sender; a message with the id of an earlier one is the earlier one again. */
  readonly id: string
  readonly type: string
  /** Messages of the same key and source partition are handled in order. */
  readonly key: string | null
  readonly data: unknown
  readonly correlationId: string
  readonly causationId?: string | null
  readonly traceparent?: string
  readonly source: { readonly topic: string; readonly partition: number; readonly offset: bigint }
}

/** Synchronous, and pure apart from the unit. */
export type MessageHandler = (message: InboxMessage, unit: UnitOfWork) => void

/** Message type → handler. */
export type MessageHandlers = Readonly<Record<string, MessageHandler>>

export interface InboxReport {
  /** Took effect now. */
  readonly handled: number
  /** Had taken effect before. */
  readonly duplicates: number
  /** Their type has no handler. */
  readonly skipped: number
  /** Had no effect, because their handler or statements failed. */
  readonly failed: readonly { readonly message: InboxMessage; readonly error: CqrsError }[]
  /** Had no effect, because an earlier message of their key failed. */
  readonly held: readonly InboxMessage[]
}

export interface InboxOptions {
  readonly store: EventStore
  /** Who handles, e.g. the consumer group: each consumer handles each message once. */
  readonly consumer: string
  /** Message type → handler. Other types are skipped and leave no row. */
  readonly handlers: MessageHandlers
}

export interface Inbox {
  /**
   * Handles a batch in one transaction, together with `extra` statements. Everything that is not in `failed` or `held` is
   * committed when the promise resolves. Rejects with a retryable CqrsError when the database is away; calling again with the same messages is harmless.
   */
  handle(messages: readonly InboxMessage[], extra?: readonly SqlStatement[]): Promise<InboxReport>
}

export function createInbox(_options: InboxOptions): Inbox {
  throw new CqrsError('CLOSED', 'under construction')
}
