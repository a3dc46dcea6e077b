import type { RedrivePlan } from '@stocker/dead-letters'
import { REDRIVE_DEFAULTS, REFUSALS } from '@stocker/dead-letters'
import type { HttpApp } from '@stocker/service-kit'
import { Type } from 'typebox'
import { viewerOf } from '../access/viewer.ts'
import type { DeadLetterDesk } from './dead-letter-desk.ts'
import { answered } from './errors.ts'
import { ById, Ordered, Paging, PlanView, RedriveView, SelectionBody, selectionOf } from './schemas.ts'
import { asJson } from './views.ts'

const BASE = '/ops/api/redrives'

export function redriveRoutes({ redrives }: DeadLetterDesk, app: HttpApp): void {
  app.post(
    BASE,
    {
      config: { access: 'operator' },
      schema: {
        summary: 'Sends dead letters again, to the group that failed at them; or says what it would do',
        description:
          'In the order of each key, first 1, then 5, then 20, then all, each step when the one before is handled. Without `dryRun` it has begun when it is answered; ask for its status.',
        body: Type.Object(
          {
            selection: SelectionBody,
            ...Ordered,
            dryRun: Type.Boolean({ default: false }),
            ramp: Type.Optional(Type.Array(Type.Integer({ minimum: 1, maximum: 10_000 }), { maxItems: 20 })),
            ratePerSecond: Type.Integer({ minimum: 1, maximum: 100_000, default: REDRIVE_DEFAULTS.ratePerSecond }),
            stopOnFailure: Type.Boolean({ default: REDRIVE_DEFAULTS.stopOnFailure }),
          },
          { additionalProperties: false },
        ),
        response: { 200: PlanView, 202: PlanView },
      },
    },
    async (request, reply) =>
      answered(async () => {
        const { dryRun, selection, ...options } = request.body
        const order = { ...options, by: viewerOf(request).name }
        const chosen = selectionOf(selection)
        if (dryRun) return planView(await redrives.plan(chosen), dryRun)
        const { id, ...plan } = await redrives.start({ ...order, selection: chosen })
        reply.code(202).header('location', `${BASE}/${id}`)
        return { id, ...planView(plan, dryRun) }
      }),
  )

  app.get(
    BASE,
    {
      config: { access: 'support' },
      schema: {
        summary: 'Redrives, the newest first',
        querystring: Type.Object({ limit: Paging.limit }),
        response: { 200: Type.Object({ redrives: Type.Array(RedriveView) }) },
      },
    },
    async ({ query: { limit } }) => ({ redrives: asJson(await redrives.list(limit)) }),
  )

  app.get(
    `${BASE}/:id`,
    {
      config: { access: 'support' },
      schema: {
        summary: 'How far a redrive is, and for which groups it waits',
        params: ById,
        response: { 200: RedriveView },
      },
    },
    async ({ params: { id } }) => answered(async () => asJson(await redrives.find(id))),
  )

  app.post(
    `${BASE}/:id/stop`,
    {
      config: { access: 'operator' },
      schema: {
        summary: 'Sends nothing more of a redrive; what is with the listener already is waited for',
        params: ById,
        body: Type.Object(Ordered, { additionalProperties: false }),
        response: { 200: RedriveView },
      },
    },
    async (request) => {
      const { params, body } = request
      const order = { by: viewerOf(request).name, reason: body.reason }
      return answered(async () => asJson(await redrives.stop(params.id, order)))
    },
  )
}

function planView({ items, refused }: RedrivePlan, dryRun: boolean) {
  return {
    dryRun,
    items: items.map(({ id, consumerGroup }) => ({ id, consumerGroup })),
    refused: refused.map((each) => ({ ...each, why: REFUSALS[each.refusal] })),
  }
}
