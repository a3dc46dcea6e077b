import type { TopicName } from '@stocker/contracts'
import { TOPIC_NAMES, TOPICS } from '@stocker/contracts'
import type { PublishedEvent } from '../event-log.ts'
import type { AuditedDatabases, Bookkeeper } from './databases.ts'
import { reading } from './databases.ts'

/** An event that its service stored and has to publish. */
export interface StoredEvent {
  readonly topic: string
  readonly key: string
  readonly eventId: string
}

const STORED = `
  select substr(stream, strpos(stream, '-') + 1) as key, id as "eventId" from events
  where type = any($TYPES) order by stream, version`

/** What the services have to publish, in the order of each key. */
export const readStored = async (databases: AuditedDatabases): Promise<readonly StoredEvent[]> =>
  (await Promise.all(TOPIC_NAMES.map((topic) => storedFor(topic, databases)))).flat()

const storedFor = (topic: TopicName, databases: AuditedDatabases): Promise<readonly StoredEvent[]> => {
  const { owner, events } = TOPICS[topic]
  const types = `array[${events.map((name) => `'${name}'`).join(', ')}]`
  return reading(databases[owner.replace(/-service$/, '') as Bookkeeper], async (read) =>
    (await read<Omit<StoredEvent, 'topic'>>(STORED.replace('$TYPES', types))).map((event) => ({ ...event, topic })),
  )
}

/**
 * One sentence for every key of a topic whose records are not exactly the stored events, each at least once, in their order.
 * A repeated record carries the id of the first and counts as the same.
 */
export const publicationDifferences = (
  stored: readonly StoredEvent[],
  published: readonly PublishedEvent[],
): readonly string[] => {
  const expected = idsByPlace(stored)
  const actual = idsByPlace(published)
  return [...new Set([...expected.keys(), ...actual.keys()])].flatMap((place) => {
    const [due, done] = [expected.get(place) ?? [], [...new Set(actual.get(place))]]
    return due.join() === done.join()
      ? []
      : [`${place}: ${done.length} events published, ${due.length} stored, or in another order`]
  })
}

const idsByPlace = (events: readonly StoredEvent[]): ReadonlyMap<string, string[]> => {
  const ids = new Map<string, string[]>()
  for (const { topic, key, eventId } of events) {
    const place = `${topic} ${key}`
    const known = ids.get(place)
    if (known === undefined) ids.set(place, [eventId])
    else known.push(eventId)
  }
  return ids
}
