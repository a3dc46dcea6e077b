import type { RecordHeader } from '@stocker/kafka-config'
import type { DeadLetterState } from './states.ts'
import { storable } from './storable.ts'

/** A message that a consumer group failed at. Ids are decimal numbers as text: a bigint has no form in JSON. */
export interface DeadLetter {
  readonly id: string
  /** The group that failed; empty when no header names it, and then it cannot be sent again. */
  readonly consumerGroup: string
  readonly topic: string
  readonly partition: number
  readonly offset: string
  /** The record's own time. */
  readonly originalAt: Date
  /** As text; U+FFFD for bytes that are no UTF-8. */
  readonly key: string | null
  readonly eventId: string | null
  readonly eventType: string | null
  readonly errorClass: string
  readonly errorMessage: string
  /** The same for dead letters with the same cause. */
  readonly fingerprint: string
  readonly state: DeadLetterState
  /** Whether the payload is another than the one that failed first. */
  readonly edited: boolean
  /** How often it was sent again. */
  readonly redrives: number
  /** How often it may be sent again before it is parked. */
  readonly redrivesLeft: number
  /** How often it came into a dead-letter topic. */
  readonly occurrences: number
  readonly firstSeenAt: Date
  readonly lastSeenAt: Date
}

/** With everything that a record has. */
export interface WholeDeadLetter extends DeadLetter {
  readonly value: Buffer | null
  readonly rawKey: Buffer | null
  readonly headers: readonly RecordHeader[]
  readonly stackTrace: string
  readonly history: readonly Occurrence[]
}

/** One arrival in a dead-letter topic. */
export interface Occurrence {
  readonly topic: string
  readonly partition: number
  readonly offset: string
  /** Which sending it was that failed; null: the first failure. */
  readonly attempt: number | null
  readonly errorClass: string
  readonly errorMessage: string
  readonly seenAt: Date
}

/** Dead letters with one fingerprint. */
export interface DeadLetterGroup {
  readonly fingerprint: string
  readonly consumerGroup: string
  readonly topic: string
  readonly errorClass: string
  /** Of the one seen last. */
  readonly errorMessage: string
  readonly deadLetters: number
  readonly byState: Readonly<Record<DeadLetterState, number>>
  readonly firstSeenAt: Date
  readonly lastSeenAt: Date
}

export interface AuditEntry {
  readonly id: string
  readonly at: Date
  readonly who: string
  readonly action: string
  readonly reason: string
  readonly redriveId: string | null
  readonly deadLetterIds: readonly string[]
  /** What was asked for. */
  readonly selection: object | null
  /** Of an edit: what changed. */
  readonly detail: object | null
}

/** bytea and jsonb, as a row has them. */
export interface StoredHeader {
  readonly key: string
  readonly base64: string
}

export function storedHeaders(headers: readonly RecordHeader[]): readonly StoredHeader[] {
  return headers.map(({ key, value }) => ({ key: storable(key), base64: value.toString('base64') }))
}

export function readHeaders(stored: readonly StoredHeader[]): readonly RecordHeader[] {
  return stored.map(({ key, base64 }) => ({ key, value: Buffer.from(base64, 'base64') }))
}
