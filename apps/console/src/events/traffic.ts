import type { EventName, TopicName } from '@stocker/contracts'
import { EVENTS, isEventName, TOPICS } from '@stocker/contracts'
import type { KafkaMessage } from '../messages/kafka-message.ts'

export interface EventTraffic {
  readonly event: EventName
  /** In the window; an estimate where `exact` is false. */
  readonly count: number
  readonly exact: boolean
  /** Milliseconds since 1970; undefined: not among what was looked at. */
  readonly lastSeenAt: number | undefined
}

/** A record that the contracts do not know: a type that its topic does not have, a later version, or no event at all. */
export interface UnknownTraffic {
  readonly topic: string
  /** null: it names none. */
  readonly type: string | null
  readonly version: number | null
  readonly why: 'type' | 'version' | 'no event'
  /** Among those looked at. */
  readonly count: number
  /** Of the newest. */
  readonly partition: number
  readonly offset: string
}

export interface TopicTraffic {
  readonly topic: TopicName
  /** Records in the window, by their offsets. */
  readonly count: number
  readonly events: readonly EventTraffic[]
  readonly unknown: readonly UnknownTraffic[]
}

/** What was looked at of one partition: all of the window, or evenly spread parts of it; and some older ones, for the last of rare events. */
export interface PartitionLook {
  /** Records in the window, by their offsets. */
  readonly count: number
  readonly looked: readonly KafkaMessage[]
}

export interface TopicLook {
  readonly topic: TopicName
  /** Milliseconds since 1970. */
  readonly windowStart: number
  readonly partitions: readonly PartitionLook[]
}

/** Counts each type by its share of what was looked at in each partition. */
export function topicTraffic({ topic, windowStart, partitions }: TopicLook): TopicTraffic {
  const counts = new Map<string | null, number>()
  const lastSeen = new Map<string | null, number>()
  let exact = true
  for (const { count, looked } of partitions) {
    const within = looked.filter(({ timestamp }) => Number(timestamp) >= windowStart)
    const each = within.length >= count ? 1 : count / within.length
    if (within.length < count) exact = false
    for (const message of within) {
      const type = typeOf(message)
      counts.set(type, (counts.get(type) ?? 0) + each)
    }
    for (const message of looked) {
      const type = typeOf(message)
      lastSeen.set(type, Math.max(lastSeen.get(type) ?? 0, Number(message.timestamp)))
    }
  }
  return {
    topic,
    count: partitions.reduce((sum, { count }) => sum + count, 0),
    events: TOPICS[topic].events.map((event) => ({
      event,
      count: Math.round(counts.get(event) ?? 0),
      exact,
      lastSeenAt: lastSeen.get(event),
    })),
    unknown: unknownOf(
      topic,
      partitions.flatMap(({ looked }) => looked),
    ),
  }
}

/** A record that names no type is of its topic's default type, as the services take it. */
function typeOf({ type, topic, json }: KafkaMessage): string | null {
  if (type !== null) return type
  return typeof json === 'object' && json !== null ? TOPICS[topic as TopicName].defaultType : null
}

function unknownOf(topic: TopicName, looked: readonly KafkaMessage[]): readonly UnknownTraffic[] {
  const found = new Map<string, UnknownTraffic & { at: bigint }>()
  for (const message of looked) {
    // A tombstone says nothing, and is nothing strange in a compacted topic.
    if (message.value === null) continue
    const type = typeOf(message)
    const version = versionOf(message)
    const why = whyUnknown(topic, type, version)
    if (why === undefined) continue
    const key = JSON.stringify([type, version, why])
    const before = found.get(key)
    const newest = before === undefined || message.timestamp >= before.at
    found.set(key, {
      topic,
      type,
      version,
      why,
      count: (before?.count ?? 0) + 1,
      at: newest ? message.timestamp : before.at,
      partition: newest ? message.partition : before.partition,
      offset: newest ? String(message.offset) : before.offset,
    })
  }
  return [...found.values()].map(({ at: _at, ...unknown }) => unknown)
}

function whyUnknown(topic: TopicName, type: string | null, version: number | null): UnknownTraffic['why'] | undefined {
  if (type === null) return 'no event'
  if (!isEventName(type) || EVENTS[type].topic !== topic) return 'type'
  return version !== null && version > EVENTS[type].version ? 'version' : undefined
}

function versionOf({ json }: KafkaMessage): number | null {
  const version = (json as { readonly eventVersion?: unknown } | null | undefined)?.eventVersion
  return typeof version === 'number' ? version : null
}
