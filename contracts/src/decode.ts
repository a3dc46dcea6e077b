import type { EventData, EventName } from './catalogue.ts'
import { EVENT_NAMES, TOPIC_NAMES, TOPICS } from './catalogue.ts'
import type { EventCodec } from './codec.ts'
import { codecOf } from './codec.ts'
import { isRecord } from './conform.ts'
import { isoFromMilliseconds } from './dates.ts'
import type { EventEnvelope } from './envelope.ts'
import { readEnvelope } from './envelope.ts'
import type { ContractErrorCode } from './errors.ts'
import { upcast } from './upcast.ts'
import type { Violation } from './violations.ts'
import { found, listViolations } from './violations.ts'

/** An event as a consumer gets it: `switch (event.type)` narrows `data`. */
export type DecodedEvent<Name extends EventName = EventName> = {
  readonly [Type in Name]: {
    readonly ok: true
    readonly envelope: EventEnvelope
    readonly type: Type
    readonly data: EventData<Type>
  }
}[Name]

/** A record that is no event of the contracts. The message names fields and ids but never a personal value. */
export interface UndecodableEvent {
  readonly ok: false
  readonly code: ContractErrorCode
  readonly message: string
}

export interface RecordSource {
  /** The type that the record names beside its value, as a simple name (`__TypeId__` without its package). */
  readonly typeId: string | undefined
  readonly topic: string
  /** The event's id if the value has none: `<topic>-<partition>-<offset>`, the same at each reading. */
  readonly fallbackId: string
  /** The record's own timestamp in epoch milliseconds, for a value without `occurredAt`; default: now. */
  readonly timestamp?: bigint | number
}

/**
 * Reads the value of a record. Never throws.
 *
 * The type is `typeId`, else the value's `eventType`, else the topic's default type. Unknown fields are ignored,
 * `null` counts as absent, dates may have any form of Jackson's, earlier versions are lifted to the current one.
 * Defaults: `eventId` = `fallbackId`, `eventVersion` = 1 (who names no version knew none), `occurredAt` = the record's
 * timestamp, `correlationId` = the value of the topic's key field, `causationId` = null.
 *
 * `value` is not changed; what is nested in it may be shared with the result.
 */
export function decodeEvent(value: unknown, source: RecordSource): DecodedEvent | UndecodableEvent {
  if (!isRecord(value)) {
    return failure(
      'NOT_AN_OBJECT',
      `A record of ${source.topic} is not an event: expected a JSON object, found ${kind(value)}`,
    )
  }
  const typeName = source.typeId ?? value.eventType ?? defaultType(source.topic)
  const codec = typeof typeName === 'string' ? codecOf(typeName) : undefined
  if (codec === undefined) return unknownType(typeName, source.topic)

  const version = value.eventVersion ?? 1
  if (!Number.isInteger(version) || (version as number) < 1) {
    const violation = { path: 'eventVersion', expected: 'an integer of at least 1', found: found(version) }
    return violated(codec, value, source, [violation])
  }
  if ((version as number) > codec.definition.version) {
    return failure(
      'UNKNOWN_VERSION',
      `${label(codec, value)} of ${source.topic} has version ${version}, this program knows up to ${codec.definition.version}: update it`,
    )
  }
  const lifted = upcast(codec.definition, value, version as number)
  if (lifted === undefined) {
    return failure(
      'SCHEMA_VIOLATION',
      `${label(codec, value)} of ${source.topic} breaks its contract: it is not as version ${version} was`,
    )
  }
  return decodeData(codec, lifted, source)
}

function decodeData(
  codec: EventCodec,
  value: Readonly<Record<string, unknown>>,
  source: RecordSource,
): DecodedEvent | UndecodableEvent {
  const { name, definition } = codec
  const data = codec.conform(value) as Readonly<Record<string, unknown>>
  const violations: Violation[] = []
  if (!codec.check(data)) violations.push(...codec.explain(data, value))
  const identity = readEnvelope(
    value,
    {
      eventId: source.fallbackId,
      occurredAt: () => recordTime(source.timestamp),
      // A broken key field is already among the violations.
      correlationId: violations.length > 0 ? source.fallbackId : data[definition.key],
    },
    violations,
  )
  if (violations.length > 0) return violated(codec, value, source, violations)
  const { eventId, occurredAt, correlationId, causationId } = identity
  const envelope: EventEnvelope = {
    eventId,
    eventType: name,
    eventVersion: definition.version,
    occurredAt,
    correlationId,
    causationId,
  }
  // The check above is what ties the data to the name; the compiler cannot follow it through the table.
  return { ok: true, envelope, type: name, data } as unknown as DecodedEvent
}

/** A record of a producer that sets no timestamp has -1. */
function recordTime(timestamp: bigint | number | undefined): string {
  const milliseconds = Number(timestamp ?? -1)
  return (milliseconds < 0 ? undefined : isoFromMilliseconds(milliseconds)) ?? new Date().toISOString()
}

/** Retry topics and dead letters are named after their topic: `order-events-retry-1000`, `order-events-dlt`. */
function defaultType(topic: string): string | undefined {
  const name = TOPIC_NAMES.find((known) => topic === known || topic.startsWith(`${known}-`))
  return name === undefined ? undefined : TOPICS[name].defaultType
}

function unknownType(typeName: unknown, topic: string): UndecodableEvent {
  if (typeName === undefined) {
    return failure(
      'UNKNOWN_EVENT_TYPE',
      `A record of ${topic} names no event type, and the topic has no default: send __TypeId__ or eventType`,
    )
  }
  const names = TOPIC_NAMES.find((name) => name === topic)
  const known = names === undefined ? EVENT_NAMES : TOPICS[names].events
  return failure(
    'UNKNOWN_EVENT_TYPE',
    `A record of ${topic} has the unknown event type ${found(typeName)}: expected one of ${known.join(', ')}`,
  )
}

function violated(
  codec: EventCodec,
  value: Readonly<Record<string, unknown>>,
  source: RecordSource,
  violations: readonly Violation[],
): UndecodableEvent {
  return failure(
    'SCHEMA_VIOLATION',
    `${label(codec, value)} of ${source.topic} breaks its contract: ${listViolations(violations)}`,
  )
}

function label(codec: EventCodec, value: Readonly<Record<string, unknown>>): string {
  const { eventId } = value
  return typeof eventId === 'string' && /^[\w.:-]{1,64}$/.test(eventId) ? `${codec.name} ${eventId}` : codec.name
}

function failure(code: ContractErrorCode, message: string): UndecodableEvent {
  return { ok: false, code, message }
}

/** Of a value that is no object nobody knows whether it is personal. */
function kind(value: unknown): string {
  return found(value, true)
}
