import type { HttpApp } from '@stocker/service-kit'
import { mayActAs } from '../access/roles.ts'
import { Facts, Section, Time } from '../web/components/index.ts'
import { html } from '../web/html.ts'
import { island } from '../web/island.ts'
import { page } from '../web/page.ts'
import type { DeadLetterDesk } from './dead-letter-desk.ts'
import { answered } from './errors.ts'
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
      const { ramp, ratePerSecond, stopOnFailure } = progress
      return {
        title: `Redrive ${id}`,
        lead: html`Ordered by ${progress.requestedBy}: ${progress.reason}`,
        json: `/ops/api/redrives/${id}`,
        actions: html`<a class="button" href="/dead-letters">All dead letters</a>`,
        body: html`
          ${island('redrive', Redrive, { initial: progress, csrf: viewer.csrfToken, mayStop: mayActAs(viewer.role, 'operator') })}
          <${Section} id="order" title="What was ordered">
            <${Facts} items=${[
              ['At', html`<${Time} at=${progress.createdAt} />`],
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
