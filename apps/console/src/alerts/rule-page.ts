import { fileURLToPath } from 'node:url'
import type { HttpApp } from '@stocker/service-kit'
import { Type } from 'typebox'
import { mayActAs } from '../access/roles.ts'
import { Facts, Notice, Section, Status } from '../web/components/index.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { page } from '../web/page.ts'
import type { AlertDesk } from './alert-desk.ts'
import { AlertList, severityMark } from './alert-list.ts'
import { RuleDrawing } from './rule-drawing.ts'
import { readRunbook } from './runbook.ts'

const RUNBOOK = fileURLToPath(new URL('../../../../docs/runbook.md', import.meta.url))

/** One rule: what it says, its value against its threshold, what to do. */
export function rulePage(desk: AlertDesk, app: HttpApp): void {
  const runbook = readRunbook(RUNBOOK)
  page(app, {
    path: '/alerts/rules/:name',
    access: 'viewer',
    title: 'Alert rule',
    nav: 'alerts',
    params: Type.Object({ name: Type.String({ maxLength: 100 }) }),
    render: ({ params: { name } }, viewer) => {
      const { view } = desk.rule(name)
      const frame = desk.frame(viewer.role)
      const entry = runbook.get(name)
      return {
        title: name,
        lead: view.first,
        json: `/ops/api/alerts/rules/${encodeURIComponent(name)}/chart`,
        body: html`
          ${view.failure !== null && html`<${Notice} kind="bad">It could not be evaluated: ${view.failure}<//>`}
          ${Facts({
            items: [
              ['Severity', severityMark(view.severity)],
              [
                'State',
                html`<${Status} kind=${view.state === 'firing' ? 'bad' : view.state === 'pending' ? 'warn' : 'ok'}>${view.state}<//>`,
              ],
              ['Fires after', view.for],
              ['Keeps firing for', view.keepFiringFor === '0s' ? undefined : view.keepFiringFor],
              ['Runbook', html`<code>${view.runbook}</code>`],
            ],
          })}
          <${Section} id="value" title="Value and threshold">${RuleDrawing({ chart: desk.chart(name) })}<//>
          <${Section} id="expression" title="Expression">
            <pre class="alert-rule">${view.expr}</pre>
            <p class="note">Says: ${view.summary}</p>
          <//>
          ${entry !== undefined && html`<${Section} id="runbook" title="What to do">${paragraphs(entry)}<//>`}
          <${Section} id="alerts" title="Alerts of this rule">
            <${AlertList}
              frame=${{ at: frame.at, alerts: frame.alerts.filter(({ alertname }) => alertname === name) }}
              csrf=${viewer.csrfToken ?? null}
              mayAct=${mayActAs(viewer.role, 'operator')}
            />
          <//>
        `,
      }
    },
  })
}

/** The little Markdown that the entries have: paragraphs and code. */
function paragraphs(markdown: string): readonly VNode[] {
  return markdown.split(/\n\s*\n/).map(
    (paragraph) =>
      html`<p>${paragraph
        .replaceAll('\n', ' ')
        .split('`')
        .map((text, index) => (index % 2 === 1 ? html`<code>${text}</code>` : text))}</p>`,
  )
}
