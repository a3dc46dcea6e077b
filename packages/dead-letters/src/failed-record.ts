import type { FailureHeaderNames, ListenerRecord, RecordHeader, Redrive } from '@stocker/kafka-config'
import {
  DEAD_LETTER_HEADERS,
  decodeInt64,
  decodeText,
  lastHeader,
  originOf,
  RETRY_FLOW_HEADERS,
  redriveOf,
  TYPE_ID_HEADER,
} from '@stocker/kafka-config'
import { fingerprintOf } from './fingerprint.ts'
import { storable } from './storable.ts'

export interface RecordPlace {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

/** A record of a dead-letter topic, and what its headers say. */
export interface FailedRecord {
  /** In the dead-letter topic. */
  readonly place: RecordPlace
  /** When it was put there. Milliseconds since 1970. */
  readonly deadAt: number
  /** Where it failed; `place` when no header says so. */
  readonly origin: RecordPlace & { readonly timestamp: number }
  /** Empty when no header says which group failed. */
  readonly consumerGroup: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** All of them, also those about the failure. */
  readonly headers: readonly RecordHeader[]
  readonly eventId: string | undefined
  readonly eventType: string | undefined
  /** Of what the listener threw, not of a wrapper around it. */
  readonly errorClass: string
  readonly errorMessage: string
  readonly stackTrace: string
  readonly fingerprint: string
  /** It had been sent again, and failed once more. */
  readonly redrive: Redrive | undefined
}

/** Longer texts are cut: a Java producer's stack traces have no limit of their own. Characters. */
const MAX_TEXT = { message: 2_000, stackTrace: 16_000 }

/** Reads what Spring's DeadLetterPublishingRecoverer or @RetryableTopic wrote, or this project's. Never throws: what is not there is empty. */
export function readFailedRecord(record: ListenerRecord): FailedRecord {
  const { headers, key, value } = record.raw
  const place = { topic: record.topic, partition: record.partition, offset: record.offset }
  const origin = originOf({ ...place, headers })
  const error = errorOf(headers)
  const consumerGroup = text(headers, DEAD_LETTER_HEADERS.originalConsumerGroup) ?? ''
  return {
    place,
    deadAt: Number(record.timestamp),
    origin: { ...origin, timestamp: originalTimestamp(headers) ?? Number(record.timestamp) },
    consumerGroup,
    key,
    value,
    headers,
    ...eventOf(value, headers),
    errorClass: error.errorClass,
    errorMessage: error.message,
    stackTrace: error.stackTrace,
    fingerprint: fingerprintOf({ topic: origin.topic, consumerGroup, ...error }),
    redrive: redriveOf(headers),
  }
}

/** A record has one set of headers; a key that cannot be read has a set of its own, in Spring. */
function errorOf(headers: readonly RecordHeader[]) {
  const names = [RETRY_FLOW_HEADERS, DEAD_LETTER_HEADERS]
  const first = (of: (names: FailureHeaderNames) => string): string | undefined =>
    names
      .map((each) => text(headers, of(each)) ?? text(headers, keyHeader(of(each))))
      .find((found) => found !== undefined)
  return {
    errorClass: first((each) => each.exceptionCauseFqcn) ?? first((each) => each.exceptionFqcn) ?? '',
    message: (first((each) => each.exceptionMessage) ?? '').slice(0, MAX_TEXT.message),
    stackTrace: (first((each) => each.exceptionStacktrace) ?? '').slice(0, MAX_TEXT.stackTrace),
  }
}

/** `kafka_dlt-exception-message` → `kafka_dlt-key-exception-message`. */
function keyHeader(name: string): string {
  return name.replace('exception-', 'key-exception-')
}

function originalTimestamp(headers: readonly RecordHeader[]): number | undefined {
  const times = [RETRY_FLOW_HEADERS, DEAD_LETTER_HEADERS].map(
    ({ originalTimestamp: name }) => lastHeader(headers, name)?.value,
  )
  const time = times.find((bytes) => bytes?.length === 8)
  return time && Number(decodeInt64(time))
}

/** The event in the value if it is a flat JSON event, and its type, at least, where a header names it. */
export function eventOf(
  value: Buffer | null,
  headers: readonly RecordHeader[],
): { readonly eventId: string | undefined; readonly eventType: string | undefined } {
  const { eventId, eventType } = (jsonObject(value) ?? {}) as {
    readonly eventId?: unknown
    readonly eventType?: unknown
  }
  const typeId = text(headers, TYPE_ID_HEADER)
  return {
    eventId: typeof eventId === 'string' ? storable(eventId) : undefined,
    eventType:
      typeId?.slice(typeId.lastIndexOf('.') + 1) ?? (typeof eventType === 'string' ? storable(eventType) : undefined),
  }
}

export function jsonObject(value: Buffer | null): object | undefined {
  if (value === null) return undefined
  try {
    const parsed: unknown = JSON.parse(value.toString('utf8'))
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined
  } catch {
    return undefined
  }
}

function text(headers: readonly RecordHeader[], name: string): string | undefined {
  const value = lastHeader(headers, name)?.value
  return value && storable(decodeText(value))
}
