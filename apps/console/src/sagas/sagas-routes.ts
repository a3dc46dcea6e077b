import type { HttpApp } from '@stocker/service-kit'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Sight } from '../timeline/effect-views.ts'
import type { SagaDesk } from './saga-desk.ts'

const Text = Type.String()
const Nullable = <T extends Type.TSchema>(type: T) => Type.Union([type, Type.Null()])
const Name = (description: string) => Type.Optional(Type.String({ maxLength: 100, description }))

export const SagasFilter = Type.Object({
  saga: Name('Only of this saga'),
  waitsFor: Name('Only those that wait for this'),
  overdue: Type.Optional(Type.Boolean({ description: 'Only those whose time is over, or was before' })),
  limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 }),
})

const SagaState = Type.Object({
  service: Text,
  saga: Text,
  stage: Text,
  waitsFor: Text,
  instances: Type.Integer(),
  overdue: Type.Integer({ description: 'With a deadline that is due and has not fired' }),
  oldestAt: Text,
})

const LiveSaga = Type.Object({
  service: Text,
  saga: Text,
  id: Text,
  stage: Text,
  waitsFor: Text,
  version: Type.Integer(),
  updatedAt: Text,
  timesOverdue: Type.Integer({ description: 'How often in a row nothing came within its time' }),
  nextDeadline: Nullable(Type.Object({ name: Text, dueAt: Text, attempts: Type.Integer() })),
  runNow: Nullable(Type.String({ description: 'What comes of its next deadline when it is fired at once' })),
  lastError: Nullable(Text),
  overdue: Type.Boolean(),
})

export interface SagasRoutesParts {
  readonly desk: SagaDesk
  readonly sightOf: (request: FastifyRequest) => Pick<Sight, 'errorText'>
}

export function sagasRoutes({ desk, sightOf }: SagasRoutesParts, app: HttpApp): void {
  app.get(
    '/ops/api/sagas',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'Business processes that have not ended: how many wait for what, and which; the overdue first',
        querystring: SagasFilter,
        response: { 200: Type.Object({ states: Type.Array(SagaState), sagas: Type.Array(LiveSaga) }) },
      },
    },
    async (request) => {
      const [states, sagas] = await Promise.all([desk.states(), desk.list(request.query, sightOf(request))])
      return { states: [...states], sagas: [...sagas] }
    },
  )
}
