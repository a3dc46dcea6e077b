import type { HttpApp } from '@stocker/service-kit'
import type { Pool } from 'pg'
import { Type } from 'typebox'
import { maskerFor } from '../access/masking.ts'
import type { RecordedAction } from './action-queries.ts'
import { listActions } from './action-queries.ts'
import { maskDiff } from './mask-change.ts'

const Time = Type.String({ format: 'date-time' })
const Text = (maxLength: number) => Type.Optional(Type.String({ minLength: 1, maxLength }))

export const ActionFilters = Type.Object({
  who: Text(100),
  action: Text(100),
  target: Type.Optional(
    Type.String({ minLength: 1, maxLength: 400, description: '`order:5c4c…`, or a kind alone: `order:`' }),
  ),
  from: Type.Optional(Time),
  to: Type.Optional(Time),
  before: Type.Optional(
    Type.String({ pattern: '^\\d{1,17}_[cd]\\d{1,18}$', description: '`next` of the page before' }),
  ),
  limit: Type.Integer({ minimum: 1, maximum: 500, default: 50 }),
})

const ActionView = Type.Object({
  id: Type.String(),
  at: Time,
  who: Type.String(),
  role: Type.Union([Type.String(), Type.Null()]),
  action: Type.String(),
  target: Type.String(),
  reason: Type.String(),
  before: Type.Unknown(),
  after: Type.Unknown(),
  result: Type.String(),
})

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

export function auditRoutes(app: HttpApp, pool: Pool): void {
  app.get(
    '/ops/api/audit',
    {
      // Reasons are written by people, who may name persons in them.
      config: { access: 'operator' },
      schema: {
        summary: 'Who did what in the console, to what and why, the newest first',
        tags: ['audit'],
        querystring: ActionFilters,
        response: { 200: Type.Object({ actions: Type.Array(ActionView), next: Type.Optional(Type.String()) }) },
      },
    },
    async (request) => {
      const { from, to, before, limit, ...filter } = request.query
      const { actions, next } = await listActions(
        pool,
        {
          ...filter,
          ...(from !== undefined && { from: new Date(from) }),
          ...(to !== undefined && { to: new Date(to) }),
        },
        { limit, ...(before !== undefined && { before }) },
      )
      const masker = maskerFor(request)
      const view = ({ at, after, ...rest }: RecordedAction) => ({
        ...rest,
        at: at.toISOString(),
        // The dead letters keep what an edit changed as it was.
        after: rest.id.startsWith('d') && isObject(after) ? maskDiff(after, masker) : after,
      })
      return { actions: actions.map(view), ...(next !== undefined && { next }) }
    },
  )
}
