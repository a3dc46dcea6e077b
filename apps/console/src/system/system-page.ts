import type { HttpApp } from '@stocker/service-kit'
import { Type } from 'typebox'
import type { Role } from '../access/roles.ts'
import { mayActAs } from '../access/roles.ts'
import type { Visitor } from '../access/viewer.ts'
import { viewerOf } from '../access/viewer.ts'
import { Notice } from '../web/components/index.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { island } from '../web/island.ts'
import { page } from '../web/page.ts'
import type { Control, PartReport } from './control-client.ts'
import { PART_ACTIONS } from './control-client.ts'
import { faultsSection } from './faults-section.ts'
import { servicesSentence } from './state-words.ts'
import { Island as System } from './system.island.ts'
import type { SystemParts } from './system-routes.ts'
import { SYSTEM_API } from './system-routes.ts'

/** The least role that stops processes and injects faults. */
const ACTING: Role = 'developer'

const WORDS: Readonly<Record<(typeof PART_ACTIONS)[number], string>> = {
  stop: 'Stop: it finishes what it has in hand, and stays stopped',
  start: 'Start',
  restart: 'Restart',
  pause: 'Pause: it keeps its connections and does nothing (SIGSTOP)',
  resume: 'Resume (SIGCONT)',
}

const Reason = Type.String({ minLength: 3, maxLength: 500 })

export function systemPage(app: HttpApp, parts: SystemParts & { readonly control: Control }): void {
  const { desk, faults, actions, control, logs } = parts
  page(app, {
    path: '/system',
    access: 'viewer',
    title: 'System',
    nav: 'system',
    render: async (_request, viewer) => {
      const mayAct = mayActAs(viewer.role, ACTING)
      const hasLogs = logs.available && mayActAs(viewer.role, 'operator')
      const [initial, offered] = await Promise.all([desk.read(), faults.list()])
      return {
        lead: servicesSentence(initial.services),
        json: SYSTEM_API,
        ...(hasLogs && { actions: html`<a class="button" href="/system/logs?view=tail">Live logs</a>` }),
        body: html`
          ${island('system', System, {
            initial,
            mayAct: mayAct && control.available,
            hasLogs,
          })}
          ${faultsSection({ offered, viewer, mayAct })}
          ${mayAct && !control.available && Notice({ kind: 'info', children: NO_CONTROL })}
          ${mayAct && initial.parts?.map((part) => actDialog(part, viewer))}
        `,
      }
    },
  })

  app.post(
    '/system/parts/:part',
    {
      config: { access: ACTING, waits: true },
      schema: {
        hide: true,
        params: Type.Object({ part: Type.String() }),
        body: Type.Object({ action: Type.Enum([...PART_ACTIONS]), reason: Reason }),
      },
    },
    async (request, reply) => {
      const { action, reason } = request.body
      await actions.act(request.params.part, action, { viewer: viewerOf(request), reason })
      return reply.redirect('/system', 303)
    },
  )

  app.post(
    '/system/faults',
    {
      config: { access: ACTING },
      schema: {
        hide: true,
        body: Type.Object({
          fault: Type.String({ pattern: '^[a-z-]+/[A-Za-z.-]+$' }),
          effect: Type.Union([Type.Literal('fail'), Type.Literal('slow')]),
          times: Type.String({ pattern: '^\\d{0,7}$' }),
          delayMs: Type.String({ pattern: '^\\d{0,6}$' }),
          reason: Reason,
        }),
      },
    },
    async (request, reply) => {
      const { fault, effect, times, delayMs, reason } = request.body
      const [service = '', name = ''] = fault.split('/')
      const order = { name, effect, times: times === '' ? null : Number(times), delayMs: Number(delayMs) }
      await actions.setFault(service, order, { viewer: viewerOf(request), reason })
      return reply.redirect('/system#faults', 303)
    },
  )

  app.post('/system/faults/clear', { config: { access: ACTING }, schema: { hide: true } }, async (request, reply) => {
    await actions.clearFaults({ viewer: viewerOf(request), reason: '' })
    return reply.redirect('/system#faults', 303)
  })
}

const NO_CONTROL =
  'Processes cannot be stopped and started from here: whoever runs them does not offer it. Under npm start the console can.'

/** A form of its own for each process, which works without a script too. */
function actDialog({ name, state }: PartReport, viewer: Visitor): VNode {
  const id = `act-${name}`
  return html`<dialog id=${id} aria-labelledby=${`${id}-title`}>
    <form method="post" action=${`/system/parts/${name}`}>
      <h2 id=${`${id}-title`}>${name}: ${state}</h2>
      <div class="dialog-body">
        <p>Orders that need it wait, and go on when it is back: nothing accepted is lost.</p>
        <input type="hidden" name="_csrf" value=${viewer.csrfToken} />
        <label class="field"><span>What to do</span>
          <select name="action">
            ${PART_ACTIONS.map((action) => html`<option value=${action} selected=${action === likely(state)}>${WORDS[action]}</option>`)}
          </select>
        </label>
        <label class="field">
          <span>Reason <small>goes to the audit</small></span>
          <input name="reason" required minlength="3" maxlength="500" autocomplete="off" />
        </label>
      </div>
      <div class="dialog-actions">
        <button type="button" commandfor=${id} command="close">Cancel</button>
        <button type="submit" class="danger">Do it</button>
      </div>
    </form>
  </dialog>`
}

const likely = (state: PartReport['state']): string =>
  ({ paused: 'resume', stopped: 'start', stopping: 'start', ready: 'restart', starting: 'restart' })[state]
