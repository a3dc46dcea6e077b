import type { StoredEvent, Trail } from '@stocker/cqrs'
import type { OutboundIntents } from '../watched-services.ts'

/** What one service knows of an order, and what of its contract says how to read that. */
export interface ServiceTrail {
  readonly service: string
  readonly consumerGroup: string
  /** Topic → types of events that it acts on. */
  readonly reads: Readonly<Record<string, readonly string[]>>
  /** Topic → types of events that it publishes. */
  readonly writes: Readonly<Record<string, readonly string[]>>
  readonly outboundCalls: readonly OutboundIntents[]
  readonly trail: Trail
}

/** A service whose database did not answer. */
export interface UnreadTrail {
  readonly service: string
  readonly reads: Readonly<Record<string, readonly string[]>>
  readonly reason: string
}

export interface CaseEvent {
  readonly service: string
  readonly event: StoredEvent
}

/** Every event of the case, whichever service stored it, by its id. */
export const eventsById = (trails: readonly ServiceTrail[]): ReadonlyMap<string, CaseEvent> =>
  new Map(trails.flatMap(({ service, trail }) => trail.events.map((event) => [event.id, { service, event }] as const)))

/** The topic that an event of this service goes to; undefined: it is private. */
export const topicOf = ({ writes }: Pick<ServiceTrail, 'writes'>, type: string): string | undefined =>
  Object.entries(writes).find(([, types]) => types.includes(type))?.[0]

/** The id of the aggregate in the name of a stream; it is the key of what is published from it. */
export const keyOf = (stream: string): string => stream.slice(stream.indexOf('-') + 1)
