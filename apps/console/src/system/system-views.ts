import { FAULT_EFFECTS, FaultView } from '@stocker/service-kit'
import { Type } from 'typebox'
import { PART_ACTIONS } from './control-client.ts'
import { LOG_LEVELS } from './logs/log-entry.ts'
import { PLACES_PATTERN } from './logs/log-place.ts'
import { SERVICE_STATES } from './service-states.ts'

const Text = Type.String()
const NullableText = Type.Union([Text, Type.Null()])
/** Of a log, in one answer. */
const MOST_LINES = 1_000
const NullableNumber = Type.Union([Type.Number(), Type.Null()])

const PartView = Type.Object({
  name: Text,
  kind: Text,
  state: Text,
  pid: NullableNumber,
  restarts: Type.Integer(),
})

export const SystemBody = Type.Object({
  at: Text,
  services: Type.Array(
    Type.Object({
      name: Text,
      url: Text,
      state: Type.Enum([...SERVICE_STATES]),
      detail: Text,
      components: Type.Array(Type.Object({ name: Text, up: Type.Boolean(), detail: Text })),
      pid: NullableNumber,
      restarts: NullableNumber,
      startedAt: NullableText,
      heapBytes: NullableNumber,
      residentBytes: NullableNumber,
      eventLoopDelaySeconds: NullableNumber,
    }),
  ),
  broker: Type.Object({
    up: Type.Boolean(),
    detail: Text,
    brokers: Type.Array(Type.Object({ nodeId: Type.Integer(), address: Text })),
    topics: Type.Integer(),
    partitions: Type.Integer(),
    withoutLeader: Type.Integer(),
    underReplicated: Type.Integer(),
  }),
  databases: Type.Array(
    Type.Object({
      service: Text,
      up: Type.Boolean(),
      detail: Text,
      database: NullableText,
      bytes: NullableNumber,
      connections: NullableNumber,
      migrations: NullableNumber,
      lastMigration: NullableText,
    }),
  ),
  locks: Type.Array(
    Type.Object({
      database: Text,
      pid: Type.Integer(),
      application: Text,
      state: Text,
      since: Text,
      query: Type.String({ description: 'Without literals' }),
      table: Type.Union([Text, Type.Null()], { description: 'The table that it has shut; null: it holds rows' }),
      waiting: Type.Array(Type.Object({ pid: Type.Integer(), application: Text, query: Text })),
    }),
    { description: 'Transactions that keep others out, who has done so for longest first' },
  ),
  parts: Type.Union([Type.Array(PartView), Type.Null()], {
    description: 'Processes that can be stopped and started from here; null: none can',
  }),
})

export const FaultsBody = Type.Object({
  services: Type.Array(Type.Object({ service: Text, faults: Type.Array(FaultView) })),
})

const Reason = Type.String({ minLength: 3, maxLength: 500, description: 'Why; it goes to the audit' })
const Name = Type.String({ minLength: 1, maxLength: 100 })

export const ByPart = Type.Object({ part: Name, action: Type.Enum([...PART_ACTIONS]) })
export const ReasonBody = Type.Object({ reason: Reason }, { additionalProperties: false })
export const PartAnswer = PartView
export const FaultBody = Type.Object(
  {
    service: Name,
    name: Type.String({ minLength: 1, maxLength: 200, description: 'handling.<event type> or call.<outside>' }),
    effect: Type.Enum([...FAULT_EFFECTS]),
    times: Type.Union([Type.Integer({ minimum: 0, maximum: 1_000_000 }), Type.Null()], {
      default: 1,
      description: 'null: until it is taken back; 0: takes it back',
    }),
    delayMs: Type.Integer({ minimum: 0, maximum: 600_000, default: 0 }),
    reason: Reason,
  },
  { additionalProperties: false },
)

export const LogFilterFields = {
  order: Type.Optional(
    Type.String({
      maxLength: 200,
      pattern: '^([A-Za-z0-9_.:-]*)$',
      description: 'Id of an order, cart, event or request, or its beginning',
    }),
  ),
  level: Type.Optional(Type.Enum([...LOG_LEVELS])),
  text: Type.Optional(Type.String({ maxLength: 200 })),
}
const Lines = Type.Integer({ minimum: 1, maximum: MOST_LINES, default: 100 })
export const LogQueryFields = { ...LogFilterFields, limit: Lines }

const Place = (description: string) =>
  Type.Optional(Type.String({ maxLength: 8_000, pattern: PLACES_PATTERN, description }))
export const LogsQuery = Type.Object({
  service: Type.Optional(Type.String({ minLength: 1, maxLength: 300, description: 'default: all' })),
  ...LogFilterFields,
  since: Place('`place` of the answer before: what came after it. Default: the newest lines'),
  until: Place('not beyond this place'),
  limit: Lines,
})

const LOG_ENTRY = {
  time: Text,
  level: Type.Enum([...LOG_LEVELS]),
  message: Text,
  keys: Type.Array(Text),
  events: Type.Array(Text),
  facts: Type.Array(Text),
  error: NullableText,
  stack: NullableText,
}
export const LogsBody = Type.Object({
  services: Type.Array(Text, { description: 'that have a log' }),
  rows: Type.Array(Type.Object({ service: Text, id: Text, ...LOG_ENTRY }), { description: 'the oldest first' }),
  lines: Type.Integer({ description: 'so many were read, whether they fit or not' }),
  place: Type.String({ description: 'for the next question: `since`' }),
  gap: Type.Boolean({ description: 'Some that fit are missing: too much came, or a log was replaced' }),
})

export const LogBody = Type.Object({
  entries: Type.Array(Type.Object(LOG_ENTRY)),
  more: Type.Boolean({ description: 'Whether there is more before that was not looked at' }),
})
