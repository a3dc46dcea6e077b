import type { HttpApp } from '@stocker/service-kit'
import { mayActAs } from '../access/roles.ts'
import { ConfirmDialog, Facts, OpenButton, Section, Time } from '../web/components/index.ts'
import { html } from '../web/html.ts'
import { island } from '../web/island.ts'
import { page } from '../web/page.ts'
import type { DeadLetterDesk } from './dead-letter-desk.ts'
import { answered } from './errors.ts'
import { redrivePath } from './paths.ts'
import { Island as Redrive } from './redrive.island.ts'
import { readProgress } from './redrive-progress.ts'
import { ById } from './schemas.ts'

/** One redrive: how far it is, and what was ordered. */
export function redrivePage({ redrives, figures }: DeadLetterDesk, app: HttpApp): void {
  page(app, {
    path: '/dead-letters/redrives/:id',
    access: 'support',
    title: 'Redrive',
    nav: 'dead-letters',
    params: ById,
    render: async (request, viewer) => {
      const { id } = request.params
      const progress = await answered(() => readProgress(redrives, figures, id))
      const { state, ramp, ratePerSecond, stopOnFailure } = progress
      return {
        title: `Redrive ${id}`,
        lead: html`Ordered by ${progress.requestedBy}: ${progress.reason}`,
        json: `/ops/api/redrives/${id}`,
        actions: html`
          <a class="button" href="/dead-letters">All dead letters</a>
          ${
            state === 'RUNNING' &&
            progress.endedAt === null &&
            mayActAs(viewer.role, 'operator') &&
            html`<${OpenButton} dialog="stop" kind="danger">Stop…<//>
              <${ConfirmDialog} id="stop" title=${`Stop redrive ${id}?`} action=${`${redrivePath(id)}/stop`} csrf=${viewer.csrfToken} confirm="Stop" kind="danger">
                <p>Nothing more is sent; what is with the listener already is waited for.</p>
              <//>`
          }
        `,
        body: html`
          ${island('redrive', Redrive, { initial: progress })}
          <${Section} id="order" title="What was ordered">
            <${Facts} items=${[
              ['At', html`<${Time} at=${progress.createdAt} />`],
              ['Ended', progress.endedAt === null ? 'not yet' : html`<${Time} at=${progress.endedAt} />`],
              ['Steps', ramp.length === 0 ? 'all at once' : `first ${ramp.join(', then ')}, then the rest`],
              ['At most a second', ratePerSecond],
              ['At the first failure', stopOnFailure ? 'it stops' : 'only the key of the failed one waits'],
            ]} />
          <//>
        `,
      }
    },
  })
}
