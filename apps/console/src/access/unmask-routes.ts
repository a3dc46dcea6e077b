import type { HttpApp } from '@stocker/service-kit'
import { Type } from 'typebox'
import type { ActionLog } from '../audit/action-log.ts'
import { localPath, seeOther } from './login-redirects.ts'
import type { Subject, Unmasked } from './unmask.ts'
import { SUBJECT_KINDS } from './unmask.ts'
import { viewerOf } from './viewer.ts'

export interface UnmaskParts {
  readonly unmasked: Unmasked
  readonly actions: ActionLog
  readonly now: () => number
}

/** Seeing personal values, for a reason that is kept. */
export function unmaskRoutes(app: HttpApp, { unmasked, actions, now }: UnmaskParts): void {
  app.post(
    '/ops/api/unmask',
    {
      config: { access: 'operator' },
      schema: {
        summary: 'Shows you one order, dead letter or message with its personal values, for some minutes',
        description: 'Who, what, when and why is kept in the audit. A form that sends `next` is led back there.',
        tags: ['access'],
        body: Type.Object(
          {
            subject: Type.String({
              pattern: `^(${SUBJECT_KINDS.join('|')}):[^\\s:][^\\s]{0,299}$`,
              description: '`order:<id>`, `dead-letter:<id>` or `message:<topic>/<partition>/<offset>`',
            }),
            reason: Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' }),
            next: Type.Optional(Type.String({ maxLength: 2_000 })),
          },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ subject: Type.String(), until: Type.String({ format: 'date-time' }) }) },
      },
    },
    async (request, reply) => {
      const { reason, next } = request.body
      const subject = request.body.subject as Subject
      const viewer = viewerOf(request)
      const until = await actions.perform({ viewer, action: 'unmask', target: subject, reason }, () =>
        unmasked.allow(viewer.id, subject, now()),
      )
      if (next !== undefined) return seeOther(reply, localPath(next))
      return { subject, until: new Date(until).toISOString() }
    },
  )
}
