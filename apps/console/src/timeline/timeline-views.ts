import { Type } from 'typebox'
import { ATTEMPT_STATES, EFFECT_KINDS, EXPECTED_KINDS, HOPS, STEP_KINDS, STEP_STATES } from './timeline.ts'
import { WAITING_CODES, WAITING_LEVELS } from './waiting/waiting.ts'

const Nullable = <T extends Type.TSchema>(type: T) => Type.Union([type, Type.Null()])
const Text = Type.String()
const Ms = Type.Integer({ description: 'Milliseconds' })

const Effect = Type.Object({
  kind: Type.Enum(EFFECT_KINDS),
  target: Text,
  key: Text,
  verb: Type.Enum(['insert', 'update', 'delete']),
  changes: Type.Array(Type.Object({ field: Text, before: Type.Unknown(), after: Type.Unknown() })),
})

const Step = Type.Object({
  id: Text,
  kind: Type.Enum(STEP_KINDS),
  state: Type.Enum(STEP_STATES),
  service: Text,
  title: Text,
  at: Text,
  offsetMs: Ms,
  idleMs: Ms,
  cause: Nullable(Type.Object({ step: Nullable(Text), eventId: Text, type: Text })),
  source: Nullable(Type.Object({ topic: Text, partition: Type.Integer(), offset: Text })),
  hops: Type.Object(Object.fromEntries(HOPS.map((hop) => [hop, Nullable(Ms)]))),
  clockSkew: Type.Boolean(),
  attempts: Type.Array(
    Type.Object({
      attempt: Type.Integer(),
      at: Text,
      outcome: Type.Enum(ATTEMPT_STATES),
      error: Nullable(Text),
      nextAt: Nullable(Text),
    }),
  ),
  redriven: Type.Boolean(),
  events: Type.Array(
    Type.Object({
      id: Text,
      type: Text,
      stream: Text,
      version: Type.Integer(),
      publication: Type.Enum(['private', 'published', 'waiting']),
    }),
  ),
  effects: Type.Array(Effect),
  tookMs: Nullable(Ms),
  usualMs: Nullable(Type.Integer({ description: 'Median of the same step in recent orders, milliseconds' })),
  slow: Type.Boolean({ description: 'At least three times as long as usual, and 100 ms longer' }),
})

const FoldedSteps = Type.Object({
  id: Text,
  kind: Type.Literal('folded'),
  service: Text,
  count: Type.Integer(),
  at: Text,
  until: Text,
})

const ExpectedStep = Type.Object({
  id: Text,
  kind: Type.Enum(EXPECTED_KINDS),
  service: Text,
  title: Text,
  cause: Nullable(Text),
  since: Nullable(Text),
  dueAt: Nullable(Text),
  attempts: Type.Integer(),
  lastError: Nullable(Text),
  overdue: Type.Boolean(),
  runNow: Nullable(
    Type.String({ description: 'What comes of it when it is done at once: `POST …/run-now` {step: id}' }),
  ),
  message: Nullable(Type.Object({ id: Text, topic: Text, key: Text })),
})

export const WaitingView = Type.Object({
  code: Type.Enum(WAITING_CODES),
  level: Type.Enum(WAITING_LEVELS),
  sentence: Type.String({ description: 'For an operator' }),
  todo: Nullable(Text),
  customer: Type.String({ description: 'What may be told to the customer' }),
  service: Nullable(Text),
  since: Nullable(Text),
  nextAt: Nullable(Text),
  deadLetter: Nullable(Text),
  runbook: Nullable(Type.Integer({ description: 'Section of docs/runbook.md' })),
})

export const TimelineView = Type.Object({
  orderId: Text,
  asOf: Text,
  status: Nullable(Text),
  startedAt: Nullable(Text),
  lastAt: Nullable(Text),
  lanes: Type.Array(Text),
  steps: Type.Array(Type.Union([Step, FoldedSteps])),
  totalSteps: Type.Integer(),
  expected: Type.Array(ExpectedStep),
  slowest: Nullable(Type.Object({ step: Text, hop: Type.Enum(HOPS), ms: Ms })),
  unread: Type.Array(Type.Object({ service: Text, reason: Text })),
})
