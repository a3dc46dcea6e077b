import type { DeadLetterState, Selection } from '@stocker/dead-letters'
import { DEAD_LETTER_STATES } from '@stocker/dead-letters'
import type { HttpApp } from '@stocker/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { viewerOf } from '../access/viewer.ts'
import type { DeadLetterDesk } from './dead-letter-desk.ts'
import { answered, deadLetterProblem } from './errors.ts'
import { deadLetterPath, groupPath, redrivePath } from './paths.ts'
import { ById } from './schemas.ts'

const REASON = { reason: Type.String({ minLength: 3, maxLength: 500, pattern: '\\S' }) }
const CHOICE = {
  fingerprint: Type.Optional(Type.String({ pattern: '^[0-9a-f]{16}$' })),
  state: Type.Optional(Type.Enum([...DEAD_LETTER_STATES])),
  ids: Type.Optional(
    Type.String({
      maxLength: 2_000,
      pattern: '^\\d{1,18}(,\\d{1,18})*$',
      description: 'by commas: those that were ticked',
    }),
  ),
}
const ActionForm = Type.Object({ ...CHOICE, ...REASON }, { additionalProperties: false })
const RedriveForm = Type.Object(
  {
    ...CHOICE,
    ...REASON,
    ramp: Type.Optional(Type.Enum(['ramp', 'all'])),
    rate: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,4}$' })),
    stopOnFailure: Type.Optional(Type.Literal('yes')),
  },
  { additionalProperties: false },
)

/** Of a whole cause, an action is about those that its page counts; those that are named, or of a state that is, are taken as they are. */
export const STATES = {
  park: ['NEW'],
  discard: ['NEW'],
  release: ['PARKED', 'DISCARDED'],
} as const satisfies Record<string, readonly DeadLetterState[]>

/** What the pages' forms are sent to: the API's actions, answered by a way back to a page. */
export function actionForms({ actions, redrives }: DeadLetterDesk, app: HttpApp): void {
  app.post(
    '/dead-letters/redrive',
    { config: { access: 'operator' }, schema: { hide: true, body: RedriveForm } },
    async (request, reply) => {
      const { ramp, rate, stopOnFailure, ...choice } = request.body
      const { id } = await answered(() =>
        redrives.start({
          selection: chosen(choice),
          ...orderOf(request, choice.reason),
          stopOnFailure: stopOnFailure === 'yes',
          ...(ramp === 'all' && { ramp: [] }),
          ...(rate !== undefined && { ratePerSecond: Number(rate) }),
        }),
      )
      return reply.redirect(redrivePath(id), 303)
    },
  )

  for (const step of ['park', 'discard', 'release'] as const) {
    app.post(
      `/dead-letters/${step}`,
      { config: { access: 'operator' }, schema: { hide: true, body: ActionForm } },
      async (request, reply) => {
        const selection = chosen(request.body)
        const order = orderOf(request, request.body.reason)
        await answered(async () => {
          if (selection.ids !== undefined || selection.state !== undefined) return actions[step](selection, order)
          for (const state of STATES[step]) await actions[step]({ ...selection, state }, order)
        })
        return back(reply, request.body)
      },
    )
  }

  app.post(
    '/dead-letters/:id/payload',
    {
      config: { access: 'operator' },
      schema: {
        hide: true,
        params: ById,
        body: Type.Object({ ...REASON, json: Type.String({ maxLength: 65_536 }) }, { additionalProperties: false }),
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { json, reason } = request.body
      const payload = Buffer.from(compact(json))
      await answered(() => actions.edit(id, payload, orderOf(request, reason)))
      return reply.redirect(deadLetterPath(id), 303)
    },
  )

  app.post(
    '/dead-letters/redrives/:id/stop',
    {
      config: { access: 'operator' },
      schema: { hide: true, params: ById, body: Type.Object(REASON, { additionalProperties: false }) },
    },
    async (request, reply) => {
      const { id } = request.params
      await answered(() => redrives.stop(id, orderOf(request, request.body.reason)))
      return reply.redirect(redrivePath(id), 303)
    },
  )
}

interface Choice {
  readonly fingerprint?: string
  readonly state?: DeadLetterState
  readonly ids?: string
}

const chosen = ({ fingerprint, state, ids }: Choice): Selection => ({
  ...(fingerprint !== undefined && { fingerprint }),
  ...(state !== undefined && { state }),
  ...(ids !== undefined && { ids: ids.split(',') }),
})

const orderOf = (request: FastifyRequest, reason: string) => ({ by: viewerOf(request).name, reason })

function back(reply: FastifyReply, { fingerprint, ids }: Choice): FastifyReply {
  const path =
    fingerprint !== undefined
      ? groupPath(fingerprint)
      : ids !== undefined && !ids.includes(',')
        ? deadLetterPath(ids)
        : '/dead-letters'
  return reply.redirect(path, 303)
}

/** As it is sent by a producer, without the spaces that a person reads it with. @throws ProblemError PAYLOAD_REFUSED */
function compact(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json))
  } catch (error) {
    throw deadLetterProblem('PAYLOAD_REFUSED', `The payload is no JSON: ${(error as Error).message}`)
  }
}
