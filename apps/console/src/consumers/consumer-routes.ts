import type { PlannedReset } from '@stocker/kafka-config/monitor'
import type { HttpApp } from '@stocker/service-kit'
import { Type } from 'typebox'
import { maskerFor } from '../access/masking.ts'
import { viewerOf } from '../access/viewer.ts'
import type { ConsumerActions, ResetOrder } from './consumer-actions.ts'
import { consumersText } from './consumer-text.ts'
import { detailOf, GroupDetail, GroupSummary, summaryOf } from './consumer-views.ts'
import type { ConsumerWatch } from './consumer-watch.ts'
import { consumerProblems } from './problems.ts'
import type { TargetFields as Target } from './reset-target.ts'
import { TargetFields, targetOf } from './reset-target.ts'

export const CONSUMERS_API = '/ops/api/consumers'

export const ByGroup = Type.Object({ group: Type.String({ minLength: 1, maxLength: 255 }) })
const Reason = Type.String({ minLength: 3, maxLength: 500, description: 'Why; it goes to the audit' })

export const ResetBody = Type.Object(
  {
    ...TargetFields,
    topic: Type.Optional(Type.String({ minLength: 1, description: 'Default: all that the group reads' })),
    partition: Type.Optional(Type.Integer({ minimum: 0, description: 'Default: all' })),
    dryRun: Type.Boolean({ default: true, description: 'Only says what would be done' }),
    reason: Type.Optional(Reason),
  },
  { additionalProperties: false },
)

const ResetView = Type.Object({
  group: Type.String(),
  dryRun: Type.Boolean(),
  partitions: Type.Array(
    Type.Object({
      topic: Type.String(),
      partition: Type.Integer(),
      before: Type.Union([Type.Number(), Type.Null()]),
      after: Type.Number(),
      logStart: Type.Number(),
      head: Type.Number(),
    }),
  ),
})

export function consumerRoutes(app: HttpApp, watch: ConsumerWatch, actions: ConsumerActions): void {
  const overview = () => ({
    at: watch.latest.atMs === 0 ? null : new Date(watch.latest.atMs).toISOString(),
    brokers: watch.latest.brokers.length,
    expectedBrokers: watch.expectedBrokers,
    problems: [...watch.latest.problems],
    groups: watch.groups().map(summaryOf),
  })

  app.get(
    CONSUMERS_API,
    {
      config: { access: 'viewer' },
      schema: {
        summary:
          'All consumer groups of the cluster: how they are, and how far they are behind in records and in seconds',
        response: {
          200: Type.Object({
            at: Type.Union([Type.String(), Type.Null()], { description: 'When it was looked; null: not yet' }),
            brokers: Type.Integer(),
            expectedBrokers: Type.Integer(),
            problems: Type.Array(Type.String()),
            groups: Type.Array(GroupSummary),
          }),
        },
      },
    },
    async () => overview(),
  )

  app.get(
    `${CONSUMERS_API}.txt`,
    { config: { access: 'viewer' }, schema: { summary: 'The same as text' } },
    async (_request, reply) => reply.type('text/plain; charset=utf-8').send(consumersText(overview())),
  )

  app.get(
    `${CONSUMERS_API}/:group`,
    {
      config: { access: 'viewer' },
      schema: {
        summary:
          'One group: partitions, members, lag of the last 10 minutes, what its listener has in hand and what fails',
        params: ByGroup,
        response: { 200: GroupDetail },
      },
    },
    async (request) => detailOf(actions.find(request.params.group), maskerFor(request)),
  )

  for (const step of ['stop', 'start'] as const) {
    app.post(
      `${CONSUMERS_API}/:group/${step}`,
      {
        config: { access: 'operator', waits: true },
        schema: {
          summary:
            step === 'stop'
              ? 'Lets the listener of a service finish its batch and leave its group; its service goes on without it'
              : 'Lets it join its group again',
          params: ByGroup,
          body: Type.Object({ reason: Reason }, { additionalProperties: false }),
          response: { 200: GroupDetail },
        },
      },
      async (request) => {
        const { params, body } = request
        const group = await actions.turn(step, params.group, { viewer: viewerOf(request), reason: body.reason })
        return detailOf(group, maskerFor(request))
      },
    )
  }

  app.post(
    `${CONSUMERS_API}/:group/offsets`,
    {
      config: { access: 'operator' },
      schema: {
        summary: 'Sets where a group without members goes on; with `dryRun`, which is the default, it only says so',
        params: ByGroup,
        body: ResetBody,
        response: { 200: ResetView },
      },
    },
    async (request) => {
      const { params, body } = request
      const { dryRun, reason } = body
      const order = resetOrderOf(body)
      if (dryRun) return resetView(params.group, true, await actions.plan(params.group, order))
      if (reason === undefined) throw consumerProblems('REASON_MISSING', 'Say in `reason` why.')
      const done = await actions.reset(params.group, order, { viewer: viewerOf(request), reason })
      return resetView(params.group, false, done)
    },
  )
}

export function resetOrderOf(
  fields: Target & { readonly topic?: string | undefined; readonly partition?: number | undefined },
): ResetOrder {
  const { topic, partition } = fields
  const target = targetOf(fields)
  if (target === undefined) {
    throw consumerProblems(
      'TARGET_INCOMPLETE',
      `\`to: ${fields.to}\` needs ${NEEDS[fields.to as keyof typeof NEEDS] ?? 'nothing more'}.`,
    )
  }
  return { target, topic, partition }
}

const NEEDS = {
  offset: '`offset`',
  timestamp: '`at`, a time as 2026-03-01T12:00:00Z',
  duration: '`minutes`',
  shift: '`by`',
} as const

export const resetView = (group: string, dryRun: boolean, plan: readonly PlannedReset[]) => ({
  group,
  dryRun,
  partitions: plan.map(({ topic, partition, before, after, logStart, head }) => ({
    topic,
    partition,
    before: before === null ? null : Number(before),
    after: Number(after),
    logStart: Number(logStart),
    head: Number(head),
  })),
})
