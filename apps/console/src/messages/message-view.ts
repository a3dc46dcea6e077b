import { isUtf8 } from 'node:buffer'
import type { RecordHeader } from '@stocker/kafka-config'
import { headerText } from '@stocker/kafka-config'
import type { HeaderView } from '../access/mask-header.ts'
import type { Masked } from '../access/mask-payload.ts'
import type { ContentView } from '../access/masking.ts'
import type { KafkaMessage } from './kafka-message.ts'

/** A record as a viewer sees it, ready to be JSON. */
export interface MessageView {
  readonly topic: string
  readonly partition: number
  readonly offset: string
  /** ISO 8601; null where its producer gave none, or a number that is no time. */
  readonly timestamp: string | null
  readonly key: string | null
  readonly type: string | null
  readonly eventId: string
  readonly correlationId: string | null
  readonly causationId: string | null
  /** Bytes of key, value and headers. */
  readonly size: number
  readonly headers: readonly HeaderView[]
  /** null: a tombstone. */
  readonly value: ContentView | null
  /** Whether something personal, or something of which nobody knows whether it is, is hidden. */
  readonly masked: boolean
}

/** What a viewer may see of a record. */
export interface MessageMask {
  /** Everything is shown as it is. */
  readonly unmasked: boolean
  key(message: KafkaMessage): string | null
  type(message: KafkaMessage): string | null
  /** An id that stands in the value. */
  id(id: string | null): string | null
  header(header: RecordHeader): HeaderView
  value(message: KafkaMessage): Masked<ContentView | null>
}

export function messageView(message: KafkaMessage, mask: MessageMask): MessageView {
  const { topic, partition, offset, timestamp } = message
  const { value, masked } = mask.value(message)
  const key = mask.key(message)
  const headers = message.headers.map((header) => mask.header(header))
  return {
    topic,
    partition,
    offset: String(offset),
    timestamp: isTime(timestamp) ? new Date(Number(timestamp)).toISOString() : null,
    key,
    type: mask.type(message),
    eventId: mask.id(message.eventId) ?? '',
    correlationId: mask.id(message.correlationId),
    causationId: mask.id(message.causationId),
    size: sizeOf(message),
    headers,
    value,
    masked: masked || key !== message.key,
  }
}

/** Producers may give any number; the last milliseconds that a Date can be are in the year 275760. */
export const isTime = (timestamp: bigint): boolean => timestamp >= 0n && timestamp <= 8_640_000_000_000_000n

export function contentView({ value, json }: Pick<KafkaMessage, 'value' | 'json'>): ContentView | null {
  if (value === null) return null
  if (json !== undefined) return { json }
  return isUtf8(value) ? { text: value.toString('utf8') } : { base64: value.toString('base64') }
}

/** What people can read as `text`, other bytes in base64. */
export function headerView(header: RecordHeader): HeaderView {
  const text = headerText(header)
  return { key: header.key, ...(text === undefined ? { base64: header.value.toString('base64') } : { text }) }
}

function sizeOf({ key, value, headers }: KafkaMessage): number {
  const ofHeaders = headers.reduce((sum, header) => sum + Buffer.byteLength(header.key) + header.value.length, 0)
  return Buffer.byteLength(key ?? '') + (value?.length ?? 0) + ofHeaders
}
