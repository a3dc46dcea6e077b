import type { HttpApp } from '@stocker/service-kit'
import type { FastifyRequest } from 'fastify'
import type { Pool } from 'pg'
import type { Static } from 'typebox'
import { Type } from 'typebox'
import { maskerFor } from '../access/masking.ts'
import type { RecordedAction } from './action-queries.ts'
import { listActions } from './action-queries.ts'
import { maskDiff } from './mask-change.ts'

const Time = Type.String({ format: 'date-time' })
/** An empty one is that of a form's field that was left empty. */
const Text = (maxLength: number) => Type.Optional(Type.String({ maxLength }))

export const ActionFilters = Type.Object({
  who: Text(100),
  action: Text(100),
  target: Type.Optional(Type.String({ maxLength: 400, description: '`order:5c4c…`, or a kind alone: `order:`' })),
  from: Type.Optional(Time),
  to: Type.Optional(Time),
  before: Type.Optional(
    Type.String({ pattern: '^\\d{1,17}_[cd]\\d{1,18}$', description: '`next` of the page before' }),
  ),
  limit: Type.Integer({ minimum: 1, maximum: 500, default: 50 }),
})

const ActionSchema = Type.Object({
  id: Type.String(),
  at: Time,
  who: Type.String(),
  role: Type.Union([Type.String(), Type.Null()]),
  action: Type.String(),
  target: Type.String(),
  reason: Type.String(),
  before: Type.Unknown(),
  after: Type.Unknown(),
  result: Type.String({
    description:
      '`started`, then `done`, `failed` or the code of what refused it; `unknown`: a minute after it was started nothing is known of its end',
  }),
})

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** An action as somebody sees it. */
export type ActionView = Static<typeof ActionSchema>

const ActionsSchema = Type.Object({ actions: Type.Array(ActionSchema), next: Type.Optional(Type.String()) })

export type AuditReader = (
  request: FastifyRequest,
  query: Static<typeof ActionFilters>,
) => Promise<Static<typeof ActionsSchema>>

export const createAuditReader =
  (pool: Pool): AuditReader =>
  async (request, { from, to, before, limit, ...filter }) => {
    const { actions, next } = await listActions(
      pool,
      { ...filter, ...(from && { from: new Date(from) }), ...(to && { to: new Date(to) }) },
      { limit, ...(before && { before }) },
    )
    const masker = maskerFor(request)
    const view = ({ at, after, ...rest }: RecordedAction): ActionView => ({
      ...rest,
      at: at.toISOString(),
      // The dead letters keep what an edit changed as it was.
      after: rest.id.startsWith('d') && isObject(after) ? maskDiff(after, masker) : after,
    })
    return { actions: actions.map(view), ...(next !== undefined && { next }) }
  }

export function auditRoutes(app: HttpApp, read: AuditReader): void {
  app.get(
    '/ops/api/audit',
    {
      // Reasons are written by people, who may name persons in them.
      config: { access: 'operator' },
      schema: {
        summary: 'Who did what in the console, to what and why, the newest first',
        tags: ['audit'],
        querystring: ActionFilters,
        response: { 200: ActionsSchema },
      },
    },
    (request) => read(request, request.query),
  )
}
