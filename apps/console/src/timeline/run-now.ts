import type { HttpApp } from '@stocker/service-kit'
import { ProblemError } from '@stocker/service-kit'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { localPath, seeOther } from '../access/login-redirects.ts'
import { viewerOf } from '../access/viewer.ts'
import type { ConsoleParts } from '../feature.ts'
import type { Sight } from './effect-views.ts'
import { problems } from './errors.ts'
import type { ExpectedStep } from './timeline.ts'
import type { TimelineDesk } from './timeline-desk.ts'

/** A batch may be in hand, which is finished first. Milliseconds. */
const PATIENCE_MS = 15_000

export interface RunNowParts extends Pick<ConsoleParts, 'services' | 'call' | 'actions'> {
  readonly desk: TimelineDesk
  readonly sightOf: (request: FastifyRequest, orderId: string) => Sight
}

/** Has done at once what an order waits for. The console only asks: the service that it belongs to does it, if nobody was faster. */
export function runNow({ services, call, actions, desk, sightOf }: RunNowParts, app: HttpApp): void {
  app.post(
    '/ops/api/orders/:id/run-now',
    {
      config: { access: 'operator' },
      schema: {
        summary: 'Has done at once what the order waits for: a call, a deadline, a message that failed',
        description:
          'Only what `expected` of the timeline says of, by `runNow`. Who, when and why is kept in the audit.',
        params: Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) }),
        body: Type.Object(
          {
            step: Type.String({ minLength: 1, maxLength: 500, description: '`id` of an expected step' }),
            reason: Type.String({ minLength: 1, maxLength: 500, pattern: '\\S', description: 'For the audit' }),
            next: Type.Optional(Type.String({ maxLength: 2_000, description: 'Where a form leads to afterwards' })),
          },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ status: Type.String({ description: 'started, fired or due' }) }) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { step: stepId, reason, next } = request.body
      const timeline = await desk.timeline(id, { sight: sightOf(request, id), maxSteps: 2 })
      const step = timeline?.expected.find((each) => each.id === stepId)
      const service = services.find(({ name }) => name === step?.service)
      if (step === undefined || step.runNow === null || service === undefined)
        throw problems('NOTHING_TO_RUN', `Order ${id} waits for no ${stepId} that could be done at once.`)
      const { path, body } = requestFor(step)
      const answer = await actions.perform(
        { viewer: viewerOf(request), action: 'run now', target: `order:${id}`, reason, after: { step: stepId } },
        async () => {
          try {
            return await call<{ readonly status: string }>(service, path, {
              method: 'POST',
              timeoutMs: PATIENCE_MS,
              ...(body && { body }),
            })
          } catch (error) {
            throw asOurs(error)
          }
        },
      )
      if (next !== undefined) return seeOther(reply, localPath(next)) as never
      return { status: answer.status }
    },
  )
}

/** How the service is asked. The id of a step says which call or deadline it is, see expected-steps.ts. */
function requestFor({ id, kind, message }: ExpectedStep): { readonly path: string; readonly body?: object } {
  if (kind === 'handling')
    return { path: '/ops/listener/retries/run-now', body: { key: message?.key, topic: message?.topic } }
  const names = id.split('/').slice(2).map(encodeURIComponent).join('/')
  return { path: `/ops/${kind === 'call' ? 'outbound-calls' : 'deadlines'}/${names}/run-now` }
}

/** A service that says "not there" or "under way" has not failed. */
function asOurs(error: unknown): unknown {
  if (!(error instanceof ProblemError)) return error
  const { status, detail } = (error.extension.refusal ?? {}) as { readonly status?: number; readonly detail?: string }
  if (status === 404) return problems('NOTHING_TO_RUN', detail ?? '')
  return status === 409 ? problems('ALREADY_UNDER_WAY', detail ?? '') : error
}
