import { isStorable } from './conform.ts'
import { toIsoTimestamp } from './dates.ts'
import type { Violation } from './violations.ts'
import { found } from './violations.ts'

/** What every event carries beside its own data. On the wire both are one flat object. */
export interface EventEnvelope {
  /** UUIDv7; the same when an event is published again. 1 to 200 characters. */
  readonly eventId: string
  readonly eventType: string
  /** From 1. */
  readonly eventVersion: number
  /** ISO 8601, UTC, milliseconds. */
  readonly occurredAt: string
  /** The order or cart that it all belongs to. */
  readonly correlationId: string
  /** The event or command that caused this one. */
  readonly causationId: string | null
}

export const ENVELOPE_FIELDS = [
  'eventId',
  'eventType',
  'eventVersion',
  'occurredAt',
  'correlationId',
  'causationId',
] as const satisfies readonly (keyof EventEnvelope)[]

/** Ids become keys of database indexes, whose entries have to stay short. */
const MAX_ID_LENGTH = 200

/** Stands in for what a record does not say; `undefined` where nothing can. */
export interface EnvelopeDefaults {
  readonly eventId: string | undefined
  readonly occurredAt: (() => string) | undefined
  readonly correlationId: unknown
}

type Identity = Omit<EventEnvelope, 'eventType' | 'eventVersion'>

/** The envelope's part of a flat value, without type and version; what is wrong with it is added to `violations`. */
export function readEnvelope(
  value: Readonly<Record<string, unknown>>,
  defaults: EnvelopeDefaults,
  violations: Violation[],
): Identity {
  return {
    eventId: readId('eventId', value.eventId ?? defaults.eventId, violations),
    occurredAt: readOccurredAt(value.occurredAt, defaults.occurredAt, violations),
    correlationId: readId('correlationId', value.correlationId ?? defaults.correlationId, violations),
    causationId: value.causationId == null ? null : readId('causationId', value.causationId, violations),
  }
}

function readId(path: keyof EventEnvelope, value: unknown, violations: Violation[]): string {
  if (typeof value === 'string' && value !== '' && value.length <= MAX_ID_LENGTH && isStorable(value)) return value
  violations.push({ path, expected: `a text of 1 to ${MAX_ID_LENGTH} characters`, found: found(value) })
  return ''
}

function readOccurredAt(value: unknown, otherwise: (() => string) | undefined, violations: Violation[]): string {
  if (value == null && otherwise !== undefined) return otherwise()
  const time = toIsoTimestamp(value)
  if (time !== undefined) return time
  violations.push({ path: 'occurredAt', expected: 'a date', found: found(value) })
  return ''
}
