import type { HttpApp } from '@stocker/service-kit'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Sight } from './effect-views.ts'
import { problems } from './errors.ts'
import type { Timeline } from './timeline.ts'
import type { TimelineDesk } from './timeline-desk.ts'
import { timelineText } from './timeline-text.ts'
import { TimelineView, WaitingView } from './timeline-views.ts'

const ById = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64, description: 'The order' }) })
const Detail = Type.Object({
  steps: Type.Integer({
    minimum: 2,
    maximum: 5_000,
    default: 200,
    description: 'Steps that are shown one by one at most',
  }),
})

export interface TimelineRoutesParts {
  readonly desk: TimelineDesk
  /** What of a state or row whoever asks may see. */
  readonly sightOf: (request: FastifyRequest, orderId: string) => Sight
}

/** One order across services, as JSON and as text. */
export function timelineRoutes({ desk, sightOf }: TimelineRoutesParts, app: HttpApp): void {
  const read = async (orderId: string, sight: Sight, maxSteps: number): Promise<Timeline> => {
    const timeline = await desk.timeline(orderId, { sight, maxSteps })
    if (timeline === undefined)
      throw problems(
        'ORDER_UNKNOWN',
        `No service knows an order ${orderId}; a search also finds it by what it is known by elsewhere.`,
      )
    return timeline
  }

  app.get(
    '/ops/api/orders/:id/timeline',
    {
      config: { access: 'support' },
      schema: {
        summary: 'What was done for one order, by which service, why, and how long it took',
        description: 'Read from what each service has stored anyway. Personal values are masked.',
        params: ById,
        querystring: Detail,
        response: { 200: TimelineView },
      },
    },
    async (request) => read(request.params.id, sightOf(request, request.params.id), request.query.steps) as never,
  )

  app.get(
    '/ops/api/orders/:id/timeline.txt',
    {
      config: { access: 'support' },
      schema: {
        summary: 'The same for a terminal',
        params: ById,
        querystring: Detail,
        response: { 200: Type.String() },
      },
    },
    async (request, reply) => {
      const timeline = await read(request.params.id, sightOf(request, request.params.id), request.query.steps)
      const waiting = await desk.waiting(timeline)
      return reply.header('content-type', 'text/plain; charset=utf-8').send(timelineText(timeline, waiting))
    },
  )

  app.get(
    '/ops/api/orders/:id/waiting',
    {
      config: { access: 'support' },
      schema: {
        summary: 'What an order waits for, since when, and what to do about it',
        params: ById,
        response: { 200: WaitingView },
      },
    },
    async (request) => desk.waiting(await read(request.params.id, sightOf(request, request.params.id), 2)),
  )
}
