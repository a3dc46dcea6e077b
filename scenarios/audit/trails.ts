import type { ServiceContract, TopicName } from '@stocker/contracts'
import { TOPICS } from '@stocker/contracts'
import type { AnyAggregate, HandledMessage, InlineProjection, StoredEvent } from '@stocker/cqrs'
import type { PlacedEvent } from '../event-log.ts'
import type { Difference } from './difference.ts'
import type { CallTrails } from './trail-calls.ts'
import { callDifferences } from './trail-calls.ts'
import type { TableRows } from './trail-effects.ts'
import { effectDifferences } from './trail-effects.ts'

/** What one service's store tells of all cases. */
export interface StoreTrails extends CallTrails {
  readonly contract: ServiceContract
  readonly consumerGroup: string
  readonly aggregates: readonly AnyAggregate[]
  readonly projections: readonly InlineProjection[]
  readonly events: readonly StoredEvent[]
  readonly handled: readonly HandledMessage[]
  /** Messages that the store has handled, as it counts them itself. */
  readonly handledCount: number
  readonly tables: readonly TableRows[]
}

/** A compacted topic forgets records; what it still has says nothing of what is missing. */
const keepsAll = (topic: string): boolean => TOPICS[topic as TopicName]?.configs['cleanup.policy'] !== 'compact'

/**
 * Whether the trails of all cases agree with topics and databases, once everything has come to rest: each published event in one store, each record
 * that a service acts on handled by it once, no handling of a record that is not there, rows as the last event that changed them left them, and calls to the
 * outside as their rows and the books of whom they are to have them.
 */
export const trailDifferences = (
  records: readonly PlacedEvent[],
  stores: readonly StoreTrails[],
): readonly Difference[] => [
  ...eventDifferences(records, stores),
  ...stores.flatMap((store) => [
    ...handlingDifferences(records, store),
    ...effectDifferences(store),
    ...callDifferences(store),
  ]),
]

const eventDifferences = (records: readonly PlacedEvent[], stores: readonly StoreTrails[]): readonly Difference[] => {
  const found: Difference[] = []
  const kept = new Map<string, number>()
  for (const { events } of stores) for (const { id } of events) kept.set(id, (kept.get(id) ?? 0) + 1)
  const published = new Map(records.map((record) => [record.eventId, record]))
  for (const { eventId, eventType, correlationId } of published.values()) {
    const times = kept.get(eventId) ?? 0
    if (times === 1) continue
    const text = `${eventType} ${eventId} was published; the trail has it ${times} times`
    found.push({ kind: 'TRAIL_EVENT', about: `case ${correlationId}`, text })
  }
  for (const { contract, events } of stores) {
    const due = new Set<string>(
      Object.entries(contract.writes).flatMap(([topic, types]) => (keepsAll(topic) ? (types ?? []) : [])),
    )
    for (const { id, type, metadata } of events) {
      if (!due.has(type) || published.has(id)) continue
      const text = `the trail of ${contract.service} has ${type} ${id}, which is in no topic`
      found.push({ kind: 'TRAIL_EVENT', about: `case ${metadata.correlationId}`, text })
    }
  }
  return found
}

const placeOf = ({ topic, partition, offset }: Pick<PlacedEvent, 'topic' | 'partition' | 'offset'>): string =>
  `${topic}-${partition}@${offset}`

const handlingDifferences = (
  records: readonly PlacedEvent[],
  { contract, consumerGroup, handled, handledCount }: StoreTrails,
): readonly Difference[] => {
  const { service } = contract
  const found: Difference[] = []
  const report = (about: string, text: string) => found.push({ kind: 'TRAIL_HANDLING', about, text })
  const reads = contract.reads as Readonly<Record<string, readonly string[] | undefined>>
  const byPlace = new Map(records.map((record) => [placeOf(record), record]))
  const done = new Map<string, HandledMessage>()
  for (const message of handled.filter(({ consumer }) => consumer === consumerGroup)) {
    done.set(message.messageId, message)
    const { source, messageId } = message
    if (source === null || !keepsAll(source.topic)) continue
    const record = byPlace.get(placeOf(source))
    if (record?.eventId !== messageId)
      report(
        `message ${messageId}`,
        `${service} handled it at ${placeOf(source)}, where there is ${record?.eventId ?? 'no event'}`,
      )
  }
  for (const { topic, eventId, eventType, correlationId } of new Map(records.map((r) => [r.eventId, r])).values()) {
    if (reads[topic]?.includes(eventType) !== true || done.has(eventId)) continue
    report(`case ${correlationId}`, `${service} did not handle ${eventType} ${eventId}`)
  }
  const strangers = handledCount - handled.length
  if (strangers !== 0) report(`inbox of ${service}`, `${strangers} handled messages belong to no case`)
  return found
}
