import type { TOPICS, TopicName } from './catalogue.ts'

type EventsOfTopics = { readonly [Topic in TopicName]?: readonly (typeof TOPICS)[Topic]['events'][number][] }

/** The first file to open in a service: what it reads, what it writes, its commands and its routes. No logic. */
export interface ServiceContract {
  readonly service: string
  /** Topic → the events that it acts on; others on that topic are passed over. */
  readonly reads: EventsOfTopics
  readonly writes: EventsOfTopics
  /** Aggregate → its commands. */
  readonly commands: Readonly<Record<string, readonly string[]>>
  /** As `METHOD /path/{parameter}`. */
  readonly routes: readonly string[]
}
