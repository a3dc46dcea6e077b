import { EVENT_NAMES } from '@stocker/contracts'
import { Type } from 'typebox'

const NullableText = Type.Union([Type.String(), Type.Null()])

export const EventSummary = Type.Object({
  name: Type.String(),
  topic: Type.String(),
  description: Type.String(),
  version: Type.Integer(),
  key: Type.String({ description: 'field whose value is the record’s key' }),
  producer: Type.String(),
  consumers: Type.Array(Type.Object({ service: Type.String(), group: Type.String() })),
  personalFields: Type.Array(Type.String()),
  last15Minutes: Type.Object({
    count: Type.Integer(),
    exact: Type.Boolean({ description: 'false: estimated by a sample of the topic' }),
  }),
  lastSeenAt: NullableText,
})

export const UnknownSchema = Type.Object({
  topic: Type.String(),
  type: NullableText,
  version: Type.Union([Type.Integer(), Type.Null()]),
  why: Type.String({ description: 'type: its topic has no such event; version: later than the contract’s; no event' }),
  count: Type.Integer({ description: 'among the records that were looked at' }),
  partition: Type.Integer({ description: 'of the newest' }),
  offset: Type.String(),
})

export const EventsSchema = Type.Object({
  at: Type.String({ format: 'date-time' }),
  events: Type.Array(EventSummary),
  unknown: Type.Array(UnknownSchema),
})

export const WholeEvent = Type.Object({
  ...EventSummary.properties,
  fields: Type.Array(
    Type.Object({
      path: Type.String(),
      holds: Type.String(),
      required: Type.Boolean(),
      personal: Type.Boolean(),
      description: Type.String(),
    }),
  ),
  example: Type.Unknown({ description: 'the golden sample; none of its values is of a real person' }),
})

export const ByEvent = Type.Object({ name: Type.Enum([...EVENT_NAMES]) })
