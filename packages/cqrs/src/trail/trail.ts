import type { StoredEvent } from '../store/event.ts'

/**
 * What one store knows about one business case (a correlation id): the raw material of a timeline. Everything in it is written anyway, in the
 * transaction of the work; only failures and duplicates are rows of their own, since their transaction had no effect.
 */
export interface Trail {
  /** Events of the case, in the order of the feed. */
  readonly events: readonly StoredEvent[]
  /** Messages that took effect here. */
  readonly handled: readonly HandledMessage[]
  /** Attempts that had no effect: failures, duplicates, dead letters; in the order in which they happened. */
  readonly attempts: readonly AttemptNote[]
  readonly deadlines: readonly PendingDeadline[]
  readonly sagas: readonly SagaInstance[]
  readonly outboundCalls: readonly OpenCall[]
  /** Up to where the store's publishers have published; an event after it has not left the store yet. By the publisher's name. */
  readonly published: Readonly<Record<string, { readonly tx: bigint; readonly position: bigint }>>
}

export interface HandledMessage {
  readonly messageId: string
  readonly consumer: string
  /** Where the message came from; null in rows of before this was kept. */
  readonly source: MessageSource | null
  /** When the record got its place in Kafka (its timestamp). ISO 8601; null likewise. */
  readonly publishedAt: string | null
  /** When its batch was handed to the handler. ISO 8601; null likewise. */
  readonly receivedAt: string | null
  /** When its transaction was written. ISO 8601. */
  readonly handledAt: string
}

export interface MessageSource {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

export const ATTEMPT_OUTCOMES = ['duplicate', 'failed', 'dead', 'undecodable'] as const
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number]

export interface AttemptNote {
  readonly messageId: string
  readonly consumer: string
  readonly outcome: AttemptOutcome
  readonly type: string | null
  readonly key: string | null
  readonly source: MessageSource
  /** From 1. */
  readonly attempt: number
  /** ISO 8601. */
  readonly at: string
  readonly error: { readonly code: string; readonly message: string } | null
  /** When it is tried again; null when it is not. ISO 8601. */
  readonly nextAttemptAt: string | null
}

export interface PendingDeadline {
  /** `saga:<name>` or `aggregate:<name>`, as in the table. */
  readonly scope: string
  readonly id: string
  readonly name: string
  readonly dueAt: string
  readonly attempts: number
  readonly lastError: string | null
}

export interface SagaInstance {
  readonly saga: string
  readonly id: string
  readonly version: number
  readonly state: unknown
  readonly updatedAt: string
  readonly endedAt: string | null
}

export interface OpenCall {
  readonly name: string
  readonly key: string
  readonly attempts: number
  readonly dueAt: string
  readonly requestedAt: string
  readonly lastError: string | null
}
