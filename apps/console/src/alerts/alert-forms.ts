import type { HttpApp } from '@stocker/service-kit'
import { Type } from 'typebox'
import { viewerOf } from '../access/viewer.ts'
import type { AlertDesk } from './alert-desk.ts'
import { SILENCE_TIMES } from './alert-list.ts'
import { Fingerprint, SilenceId } from './alert-schemas.ts'
import { alertProblem } from './problems.ts'

const Reason = Type.String({ minLength: 1, maxLength: 500 })
const OPERATOR = { access: 'operator' } as const

/** What the forms of the pages are posted to; answered by the page. */
export function alertForms(desk: AlertDesk, app: HttpApp): void {
  app.post(
    '/alerts/:fingerprint/acknowledge',
    {
      config: OPERATOR,
      schema: { hide: true, params: Type.Object({ fingerprint: Fingerprint }), body: Type.Object({ reason: Reason }) },
    },
    async (request, reply) => {
      await desk.acknowledge(request.params.fingerprint, request.body.reason, viewerOf(request))
      return reply.redirect('/alerts', 303)
    },
  )

  app.post(
    '/alerts/:fingerprint/silence',
    {
      config: OPERATOR,
      schema: {
        hide: true,
        params: Type.Object({ fingerprint: Fingerprint }),
        body: Type.Object({
          reason: Reason,
          durationMs: Type.Enum(SILENCE_TIMES.map(([, ms]) => String(ms))),
        }),
      },
    },
    async (request, reply) => {
      const viewer = viewerOf(request)
      const { fingerprint } = request.params
      const alert = desk.frame(viewer.role).alerts.find((each) => each.fingerprint === fingerprint)
      if (alert === undefined) throw alertProblem('ALERT_NOT_FOUND', 'The alert is over; there is nothing to silence.')
      // This alert and no other: all of its labels, which may not change for as long as it is silenced.
      const matchers = Object.entries(alert.labels).map(([label, value]) => ({ label, operator: '=' as const, value }))
      await desk.silence(
        { matchers, durationMs: Number(request.body.durationMs), comment: request.body.reason },
        viewer,
      )
      return reply.redirect('/alerts#silences', 303)
    },
  )

  app.post(
    '/alerts/silences/:id/expire',
    { config: OPERATOR, schema: { hide: true, params: Type.Object({ id: SilenceId }) } },
    async (request, reply) => {
      await desk.expireSilence(request.params.id, viewerOf(request))
      return reply.redirect('/alerts#silences', 303)
    },
  )
}
