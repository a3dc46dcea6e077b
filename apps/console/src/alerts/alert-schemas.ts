import { ALERT_STATES, MATCH_OPERATORS } from '@stocker/alerting'
import { Type } from 'typebox'

const Time = Type.String({ format: 'date-time' })
const Nullable = <T extends ReturnType<typeof Type.String> | ReturnType<typeof Type.Number>>(schema: T) =>
  Type.Union([schema, Type.Null()])
const LabelSet = Type.Record(Type.String(), Type.String())

export const Fingerprint = Type.String({ pattern: '^[0-9a-f]{16}$' })
const AcknowledgementSchema = Type.Union([
  Type.Object({
    by: Type.String(),
    at: Time,
    note: Type.Union([Type.String(), Type.Null()], { description: 'for operators' }),
  }),
  Type.Null(),
])

export const AlertSchema = Type.Object({
  fingerprint: Fingerprint,
  alertname: Type.String(),
  severity: Type.String(),
  state: Type.Enum([...ALERT_STATES]),
  labels: LabelSet,
  summary: Type.String(),
  first: Type.String({ description: 'what to do first' }),
  page: Nullable(Type.String({ description: 'the page of the console that shows it' })),
  value: Nullable(Type.Number()),
  activeAt: Time,
  firesAt: Time,
  acknowledgement: AcknowledgementSchema,
  silencedBy: Type.Array(Type.String()),
  inhibitedBy: Type.Array(
    Type.Object({
      fingerprint: Fingerprint,
      alertname: Type.String(),
      of: Nullable(Type.String({ description: 'what it is about' })),
    }),
    { description: 'alerts that have the same cause: nobody is told of this one while they fire' },
  ),
})
export const AlertsSchema = Type.Object({
  at: Nullable(Type.String({ format: 'date-time' })),
  alerts: Type.Array(AlertSchema),
})

export const RuleSchema = Type.Object({
  name: Type.String(),
  group: Type.String(),
  severity: Type.String(),
  expr: Type.String({ description: 'PromQL' }),
  for: Type.String(),
  keepFiringFor: Type.String(),
  summary: Type.String(),
  first: Type.String(),
  runbook: Type.String(),
  state: Type.Enum(['inactive', ...ALERT_STATES]),
  alerts: Type.Integer(),
  failure: Nullable(Type.String({ description: 'why it could not be evaluated the last time' })),
})
export const ChartSchema = Type.Object({
  threshold: Type.Optional(Type.Number()),
  operator: Type.Optional(Type.String()),
  times: Type.Array(Time),
  series: Type.Array(Type.Object({ labels: LabelSet, values: Type.Array(Type.Union([Type.Number(), Type.Null()])) }), {
    description: 'those with the highest values',
  }),
})

export const MatcherSchema = Type.Object(
  {
    label: Type.String({ minLength: 1, maxLength: 100 }),
    operator: Type.Enum([...MATCH_OPERATORS], { default: '=' }),
    value: Type.String({ maxLength: 500 }),
  },
  { additionalProperties: false },
)
/** A silence that never ends is a rule that should not be there. Milliseconds. */
export const LONGEST_SILENCE_MS = 30 * 86_400_000
export const SilenceBody = Type.Object(
  {
    matchers: Type.Array(MatcherSchema, { minItems: 1, maxItems: 20 }),
    durationMs: Type.Integer({ minimum: 1_000, maximum: LONGEST_SILENCE_MS }),
    comment: Type.String({ minLength: 1, maxLength: 500 }),
  },
  { additionalProperties: false },
)
export const SilenceSchema = Type.Object({
  id: Type.String(),
  matchers: Type.Array(Type.Object({ label: Type.String(), operator: Type.String(), value: Type.String() })),
  startsAt: Time,
  endsAt: Time,
  createdBy: Type.String(),
  comment: Nullable(Type.String({ description: 'for operators' })),
  expiredBy: Nullable(Type.String({ description: 'who ended it before its time' })),
  active: Type.Boolean(),
})
export const SilenceId = Type.String({ pattern: '^\\d{1,18}$' })
export const Note = Type.Object(
  { note: Type.String({ minLength: 1, maxLength: 500 }) },
  { additionalProperties: false },
)

export const EpisodeSchema = Type.Object({
  id: Type.String(),
  fingerprint: Fingerprint,
  alertname: Type.String(),
  severity: Type.String(),
  labels: LabelSet,
  summary: Type.String(),
  firedAt: Time,
  resolvedAt: Nullable(Type.String({ format: 'date-time' })),
  acknowledgement: AcknowledgementSchema,
})
export const HistoryQuery = Type.Object({
  before: Type.Optional(Type.String({ format: 'date-time', description: '`next` of the page before' })),
  alertname: Type.Optional(Type.String({ maxLength: 100 })),
  limit: Type.Integer({ minimum: 1, maximum: 500, default: 50 }),
})
export const TargetSchema = Type.Object({
  job: Type.String(),
  instance: Type.String(),
  up: Type.Boolean(),
  error: Type.Optional(Type.String()),
  scrapedAtMs: Type.Optional(Type.Number()),
  tookMs: Type.Optional(Type.Number()),
})
