import type { TopicName } from '@stocker/contracts'
import { decodeEvent, EVENTS, isEventName, TOPIC_NAMES, TOPICS } from '@stocker/contracts'
import { holdsMasks } from '../../access/mask-payload.ts'

/** An event that its topic's contract allows, as it goes on the wire. */
export interface Publishable {
  readonly topic: TopicName
  readonly key: string
  readonly value: string
  readonly eventId: string
  readonly eventType: string
}

export type Refused = { readonly refused: string }

export const isContractTopic = (topic: string): topic is TopicName => TOPIC_NAMES.some((name) => name === topic)

/** What would be sent, or why it is not: it has to be an event of the topic's contract, with an id of its own. The key is the field that the contract names. */
export function publishable(topic: string, value: unknown): Publishable | Refused {
  if (!isContractTopic(topic)) return { refused: `${topic} has no contract by which an event could be checked` }
  const event = decodeEvent(value, { typeId: undefined, topic, fallbackId: '' })
  if (!event.ok) return { refused: event.message }
  const { eventType, eventId } = event.envelope
  if (!(TOPICS[topic].events as readonly string[]).includes(eventType)) {
    return {
      refused: `${eventType} belongs to ${isEventName(eventType) ? EVENTS[eventType].topic : 'no topic'}, not to ${topic}`,
    }
  }
  const key = (event.data as Readonly<Record<string, unknown>>)[TOPICS[topic].key]
  const text = JSON.stringify(value)
  if (holdsMasks(text)) return { refused: 'it holds masks in place of values: take it from the unmasked message' }
  return { topic, key: String(key), value: text, eventId, eventType }
}

type Value = Readonly<Record<string, unknown>>

/**
 * The golden sample of an event as a new one: an id and a time of its own, and of an order or cart that there is none of yet. What it happens to belong to is
 * for whoever publishes it to fill in.
 */
export function exampleOf(event: string, newId: () => string, now: Date): Value | undefined {
  if (!isEventName(event)) return undefined
  const { sample, key } = EVENTS[event]
  const fresh = { ...sample, eventId: newId(), occurredAt: now.toISOString(), causationId: null }
  if (sample.correlationId !== sample[key]) return fresh
  const of = newId()
  return { ...fresh, correlationId: of, [key]: of }
}

/** A record's value as one to be sent again: with its old id every group would take it for a repetition, and pass it over. */
export function resendOf(value: Value, newId: () => string, now: Date): Value {
  return { ...value, eventId: newId(), occurredAt: now.toISOString() }
}
