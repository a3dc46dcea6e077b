import type { Static } from 'typebox'
import { cartEvents } from './cart-events.ts'
import { catalogEvents } from './catalog-events.ts'
import { deliveryEvents } from './delivery-events.ts'
import { dispatchEvents } from './dispatch-events.ts'
import { orderEvents } from './order-events.ts'
import { paymentEvents } from './payment-events.ts'
import type { Immutable } from './schemas.ts'

/** Every event of the platform by its name. */
export const EVENTS = {
  ...cartEvents.events,
  ...orderEvents.events,
  ...paymentEvents.events,
  ...dispatchEvents.events,
  ...deliveryEvents.events,
  ...catalogEvents.events,
} as const

/** Every topic by its name. */
export const TOPICS = {
  'cart-events': cartEvents.topic,
  'order-events': orderEvents.topic,
  'payment-events': paymentEvents.topic,
  'dispatch-events': dispatchEvents.topic,
  'delivery-events': deliveryEvents.topic,
  'catalog-events': catalogEvents.topic,
} as const

export type EventName = keyof typeof EVENTS
export type TopicName = keyof typeof TOPICS

/** The fields of an event beside the envelope. */
export type EventData<Name extends EventName> = Immutable<Static<(typeof EVENTS)[Name]['data']>>

/** An event's name with its data: narrow by `type`. */
export type DomainEvent<Name extends EventName = EventName> = {
  readonly [Type in Name]: { readonly type: Type; readonly data: EventData<Type> }
}[Name]

export const EVENT_NAMES = Object.keys(EVENTS) as readonly EventName[]
export const TOPIC_NAMES = Object.keys(TOPICS) as readonly TopicName[]

export function isEventName(name: string): name is EventName {
  return Object.hasOwn(EVENTS, name)
}

/**
 * How a record tells its type, in the form that the listener's type registry takes: `__TypeId__` first, then this
 * property of the value, then the topic's default.
 */
export const EVENT_TYPES = {
  typeProperty: 'eventType',
  defaultTypes: Object.fromEntries(TOPIC_NAMES.map((topic) => [topic, TOPICS[topic].defaultType])),
} as const
