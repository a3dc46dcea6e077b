import type { EventField, EventName, TopicName } from '@stocker/contracts'
import { EVENT_NAMES, EVENTS, fieldsOf, TOPICS } from '@stocker/contracts'
import type { WatchedService } from '../watched-services.ts'

/** One event of the contracts: who writes it, who acts on it, what it holds. */
export interface CatalogueEntry {
  readonly name: EventName
  readonly topic: TopicName
  readonly description: string
  /** The current one; readers take all from 1 on. */
  readonly version: number
  /** Field whose value is the record's key. */
  readonly key: string
  /** Service that writes it. */
  readonly producer: string
  /** Those that act on it, with the group that they read it with. */
  readonly consumers: readonly { readonly service: string; readonly group: string }[]
  readonly fields: readonly EventField[]
}

export function eventCatalogue(services: readonly WatchedService[]): readonly CatalogueEntry[] {
  return EVENT_NAMES.map((name) => {
    const { topic, description, version, key } = EVENTS[name]
    return {
      name,
      topic,
      description,
      version,
      key,
      producer: TOPICS[topic].owner,
      consumers: services
        .filter(({ contract }) => (contract.reads[topic] as readonly string[] | undefined)?.includes(name))
        .map((service) => ({ service: service.name, group: service.consumerGroup })),
      fields: fieldsOf(name),
    }
  })
}
