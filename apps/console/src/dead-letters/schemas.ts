import type { Selection } from '@stocker/dead-letters'
import { DEAD_LETTER_STATES, REDRIVE_STATES, REFUSALS } from '@stocker/dead-letters'
import type { Static } from 'typebox'
import { Type } from 'typebox'

const Text = Type.String({ minLength: 1, maxLength: 500 })
const Time = Type.String({ format: 'date-time' })
const NullableText = Type.Union([Type.String(), Type.Null()])
const State = Type.Enum([...DEAD_LETTER_STATES])

/** A decimal number below 10^18, as text. */
export const Id = Type.String({ pattern: '^\\d{1,18}$' })
export const ById = Type.Object({ id: Id })

const FILTERS = {
  consumerGroup: Type.Optional(Type.String({ maxLength: 500, description: 'the group that failed' })),
  topic: Type.Optional(Type.String({ minLength: 1, maxLength: 249, description: 'where the record failed first' })),
  errorClass: Type.Optional(Text),
  fingerprint: Type.Optional(Type.String({ pattern: '^[0-9a-f]{16}$', description: 'of a group with the same cause' })),
  key: Type.Optional(Type.String({ minLength: 1, maxLength: 500, description: 'the record’s key' })),
  eventId: Type.Optional(Text),
  state: Type.Optional(State),
  from: Type.Optional(Type.String({ format: 'date-time', description: 'seen last at or after this time' })),
  to: Type.Optional(Type.String({ format: 'date-time', description: 'seen last before this time' })),
}

export const Filters = Type.Object(FILTERS)
export const SelectionBody = Type.Object(
  { ids: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 10_000 })), ...FILTERS },
  { additionalProperties: false, description: 'those that fulfil all that is given; at least one thing' },
)
export const Paging = {
  before: Type.Optional(Type.String({ pattern: '^\\d{1,18}$', description: '`next` of the page before' })),
  limit: Type.Integer({ minimum: 1, maximum: 500, default: 50 }),
}
export const Ordered = {
  by: Type.Optional(
    Type.String({ maxLength: 100, deprecated: true, description: 'not used: who is logged in is who asks' }),
  ),
  reason: Type.String({ minLength: 1, maxLength: 500 }),
}

export type SelectionFields = Static<typeof SelectionBody>

/** The dates of a request as dates. */
export function selectionOf({ from, to, ...rest }: SelectionFields): Selection {
  return {
    ...rest,
    ...(from !== undefined && { from: new Date(from) }),
    ...(to !== undefined && { to: new Date(to) }),
  }
}

const DEAD_LETTER = {
  id: Id,
  state: State,
  consumerGroup: Type.String({ description: 'the group that failed; empty when no header names it' }),
  topic: Type.String(),
  partition: Type.Integer(),
  offset: Type.String(),
  originalAt: Time,
  key: NullableText,
  eventId: NullableText,
  eventType: NullableText,
  errorClass: Type.String(),
  errorMessage: Type.String(),
  fingerprint: Type.String(),
  edited: Type.Boolean(),
  redrives: Type.Integer({ description: 'how often it was sent again' }),
  redrivesLeft: Type.Integer({ description: 'how often it may be sent again before it is parked' }),
  occurrences: Type.Integer({ description: 'how often it came into a dead-letter topic' }),
  firstSeenAt: Time,
  lastSeenAt: Time,
}
const Payload = Type.Object({
  json: Type.Optional(Type.Unknown()),
  text: Type.Optional(Type.String()),
  base64: Type.Optional(Type.String()),
})

export const DeadLetterView = Type.Object(DEAD_LETTER)
export const WholeDeadLetterView = Type.Object({
  ...DEAD_LETTER,
  payload: Type.Union([Payload, Type.Null()]),
  masked: Type.Boolean({
    description: 'personal values, and what may be one, are hidden; POST /ops/api/unmask shows them',
  }),
  headers: Type.Array(
    Type.Object({ key: Type.String(), text: Type.Optional(Type.String()), base64: Type.Optional(Type.String()) }),
  ),
  stackTrace: Type.String(),
  history: Type.Array(
    Type.Object({
      topic: Type.String(),
      partition: Type.Integer(),
      offset: Type.String(),
      attempt: Type.Union([Type.Integer(), Type.Null()], {
        description: 'which sending failed; null: the first failure',
      }),
      errorClass: Type.String(),
      errorMessage: Type.String(),
      seenAt: Time,
    }),
  ),
})
export const GroupView = Type.Object({
  fingerprint: Type.String(),
  consumerGroup: Type.String(),
  topic: Type.String(),
  errorClass: Type.String(),
  errorMessage: Type.String({ description: 'of the one seen last' }),
  deadLetters: Type.Integer(),
  byState: Type.Record(Type.String(), Type.Integer()),
  firstSeenAt: Time,
  lastSeenAt: Time,
})
export const AuditView = Type.Object({
  id: Id,
  at: Time,
  who: Type.String(),
  action: Type.String(),
  reason: Type.String(),
  redriveId: NullableText,
  deadLetterIds: Type.Array(Id),
  selection: Type.Unknown(),
  detail: Type.Unknown(),
})
export const ActionView = Type.Object({
  changed: Type.Array(Id),
  refused: Type.Array(Type.Object({ id: Id, state: State })),
})

export const PlanView = Type.Object({
  id: Type.Optional(Id),
  dryRun: Type.Boolean(),
  items: Type.Array(Type.Object({ id: Id, consumerGroup: Type.String() }), { description: 'in the order of sending' }),
  refused: Type.Array(
    Type.Object({
      id: Id,
      refusal: Type.Enum(Object.keys(REFUSALS) as (keyof typeof REFUSALS)[]),
      why: Type.String(),
      behind: Type.Optional(Id),
    }),
  ),
})
export const RedriveView = Type.Object({
  id: Id,
  state: Type.Enum([...REDRIVE_STATES]),
  requestedBy: Type.String(),
  reason: Type.String(),
  ramp: Type.Array(Type.Integer()),
  ratePerSecond: Type.Integer(),
  stopOnFailure: Type.Boolean(),
  stopReason: NullableText,
  createdAt: Time,
  endedAt: Type.Union([Time, Type.Null()]),
  counts: Type.Object({
    total: Type.Integer(),
    planned: Type.Integer(),
    underWay: Type.Integer(),
    handled: Type.Integer(),
    failed: Type.Integer(),
    released: Type.Integer(),
  }),
  waitingFor: Type.Array(Type.Object({ consumerGroup: Type.String(), since: Time })),
})
