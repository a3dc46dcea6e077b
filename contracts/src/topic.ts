import type { TObject } from 'typebox'
import { readSample } from './samples.ts'

/** Turns the flat value of one version into the next version's; a new object, the given one stays as it is. */
export type Upcast = (value: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>

/** What an owning service writes down about one of its events. */
export interface EventDeclaration {
  /** From 1. A new optional field needs no new version; everything else does. */
  readonly version: number
  readonly description: string
  /** The event's own fields, without the envelope. Optional fields and timestamps stay at the top level. */
  readonly data: TObject
  /** `upcasts[n]` lifts version n to n + 1; one for every version below the current one. */
  readonly upcasts?: Readonly<Record<number, Upcast>>
}

export interface EventDefinition<
  Name extends string = string,
  Topic extends string = string,
  Key extends string = string,
  Data extends TObject = TObject,
> {
  readonly name: Name
  readonly version: number
  readonly topic: Topic
  /** The field whose value is the record's key. */
  readonly key: Key
  readonly description: string
  readonly data: Data
  readonly upcasts: Readonly<Record<number, Upcast>>
  /** The golden sample of the current version: one whole value as it is on the wire. Read from its file at first use. */
  readonly sample: Readonly<Record<string, unknown>>
}

interface TopicDeclaration<Name extends string, Key extends string, Events extends Record<string, EventDeclaration>> {
  readonly name: Name
  /** The one service that writes to it. */
  readonly owner: string
  readonly key: Key
  readonly description: string
  readonly partitions: number
  /** Topic settings by the broker's names. */
  readonly configs: Readonly<Record<string, string>>
  /** The type of a record that names none. */
  readonly defaultType: keyof Events & string
  readonly readers: readonly string[]
  readonly events: Events
}

export interface TopicDefinition<
  Name extends string = string,
  Key extends string = string,
  Event extends string = string,
> extends Omit<TopicDeclaration<Name, Key, Record<Event, EventDeclaration>>, 'events'> {
  readonly events: readonly Event[]
}

type Definitions<Topic extends string, Key extends string, Events extends Record<string, EventDeclaration>> = {
  readonly [Name in keyof Events & string]: EventDefinition<Name, Topic, Key, Events[Name]['data']>
}

/** A topic and its events, declared in one place by the service that owns them. */
export function defineTopic<
  const Name extends string,
  const Key extends string,
  const Events extends Record<string, EventDeclaration>,
>(declaration: TopicDeclaration<Name, Key, Events>) {
  const { events, ...rest } = declaration
  const topic: TopicDefinition<Name, Key, keyof Events & string> = { ...rest, events: Object.keys(events) }
  const definitions = Object.entries(events).map(([name, event]) => [name, defineEvent(name, event, declaration)])
  return { topic, events: Object.fromEntries(definitions) as Definitions<Name, Key, Events> }
}

function defineEvent(
  name: string,
  event: EventDeclaration,
  topic: { readonly name: string; readonly key: string },
): EventDefinition {
  return {
    name,
    version: event.version,
    topic: topic.name,
    key: topic.key,
    description: event.description,
    data: event.data,
    upcasts: event.upcasts ?? {},
    get sample() {
      return readSample(name, event.version)
    },
  }
}

/** What every topic has unless it says otherwise. The event store keeps the history; a topic keeps a week for slow readers. */
export const EVENT_TOPIC = {
  partitions: 3,
  configs: { 'cleanup.policy': 'delete', 'retention.ms': String(7 * 24 * 60 * 60 * 1000) },
} as const
