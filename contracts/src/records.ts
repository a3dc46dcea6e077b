import type { EventName, TopicName } from './catalogue.ts'
import { EVENT_TYPES, EVENTS, isEventName, TOPICS } from './catalogue.ts'
import { decodeEvent } from './decode.ts'
import { encodeEvent } from './encode.ts'
import type { ServiceContract } from './service-contract.ts'

/** What is needed of a Kafka record to read the event in it. */
export interface EventRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly timestamp: bigint
  readonly key: string | null
  readonly headers: readonly { readonly key: string; readonly value: Buffer }[]
  /** Deserialized JSON; null for a tombstone. */
  readonly value: unknown
  readonly typeId: string | undefined
}

export interface EventMessage {
  /** The event's id; of a producer that gives none, `<topic>-<partition>-<offset>`. */
  readonly id: string
  readonly type: EventName
  readonly key: string | null
  readonly data: unknown
  readonly correlationId: string
  readonly causationId: string | null
  readonly traceparent?: string
  readonly source: {
    readonly topic: string
    readonly partition: number
    readonly offset: bigint
    /** Of the record: milliseconds since 1970. */
    readonly timestamp: bigint
  }
}

export interface UndecodableRecord {
  readonly undecodable: string
  readonly message: string
}

const traceparentOf = (headers: EventRecord['headers']): { traceparent?: string } => {
  const value = headers.find(({ key }) => key === 'traceparent')?.value
  return value === undefined ? {} : { traceparent: value.toString() }
}

/** Whether an event is known, and none of those that a service reads. Events that nobody knows are not passed over. */
const passesOver = (contract: ServiceContract) => {
  const wanted: ReadonlySet<string> = new Set(Object.values(contract.reads).flat())
  return (type: string): boolean => !wanted.has(type) && isEventName(type)
}

/** How the records of a service's topics tell their type, in the form that the listener's type registry takes. */
export const eventTypesFor = (contract: ServiceContract) => ({ ...EVENT_TYPES, skips: passesOver(contract) })

/** Record → message of the events that a service reads; 'skip' for the other events of its topics, and for tombstones. */
export const messageReader = (contract: ServiceContract) => {
  const skips = passesOver(contract)
  return (record: EventRecord): EventMessage | UndecodableRecord | 'skip' => {
    const { topic, partition, offset, timestamp, key, headers, value, typeId } = record
    if (value === null) return 'skip'
    // Known, but of no interest here: not worth a check of its fields.
    if (typeId !== undefined && skips(typeId)) return 'skip'
    const event = decodeEvent(value, { typeId, topic, fallbackId: `${topic}-${partition}-${offset}`, timestamp })
    if (!event.ok) return { undecodable: event.code, message: event.message }
    const { eventId, correlationId, causationId } = event.envelope
    return {
      id: eventId,
      type: event.type,
      key,
      data: event.data,
      correlationId,
      causationId,
      ...traceparentOf(headers),
      source: { topic, partition, offset, timestamp },
    }
  }
}

/** What is needed of a stored event to put it on the wire. */
export interface PublishableEvent {
  readonly id: string
  readonly type: string
  readonly occurredAt: string
  readonly metadata: { readonly correlationId: string; readonly causationId: string | null }
}

/** A stored event, with the data that its producer gave it, as it goes on the wire. */
export const toWire = ({ id, type, occurredAt, metadata }: PublishableEvent, data: object): object => {
  if (!isEventName(type)) throw new TypeError(`${type} is no event of the contracts; the producer must not map it`)
  const { correlationId, causationId } = metadata
  const { version: eventVersion } = EVENTS[type]
  return encodeEvent({ eventId: id, eventType: type, eventVersion, occurredAt, correlationId, causationId }, data)
}

export const topicsReadBy = ({ reads }: ServiceContract): readonly TopicName[] => Object.keys(reads) as TopicName[]

/** The topics that a service owns, as they are to be created. */
export const topicsWrittenBy = ({ writes }: ServiceContract) =>
  (Object.keys(writes) as TopicName[]).map((name) => {
    const { partitions, configs } = TOPICS[name]
    return { name, partitions, configs }
  })
