import type { HttpApp } from '@stocker/service-kit'
import { Type } from 'typebox'
import { mayActAs } from '../access/roles.ts'
import type { Visitor } from '../access/viewer.ts'
import { ConfirmDialog, Notice, OpenButton, Pager, Section, Status, Table, Time } from '../web/components/index.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { island } from '../web/island.ts'
import { page } from '../web/page.ts'
import type { AlertDesk, EpisodePage } from './alert-desk.ts'
import { Island as AlertListIsland } from './alert-list.island.ts'
import { severityMark } from './alert-list.ts'
import type { AlertsFrame, RuleView, SilenceView } from './alert-views.ts'

const HISTORY_ROWS = 25

export function alertsPage(desk: AlertDesk, app: HttpApp): void {
  page(app, {
    path: '/alerts',
    access: 'viewer',
    title: 'Alerts',
    nav: 'alerts',
    query: Type.Object({ before: Type.Optional(Type.String({ format: 'date-time' })) }),
    render: async ({ query: { before } }, viewer) => {
      const frame = desk.frame(viewer.role)
      const silences = await desk.silences(viewer.role)
      const history = await desk.history(
        { limit: HISTORY_ROWS, ...(before !== undefined && { before: new Date(before) }) },
        viewer.role,
      )
      return {
        lead: lead(frame),
        json: '/ops/api/alerts',
        text: '/ops/api/alerts.txt',
        body: html`
          <${Targets} desk=${desk} />
          <${Section} id="now" title="Now" note="By itself up to date">
            ${island('alert-list', AlertListIsland, {
              frame,
              csrf: viewer.csrfToken ?? null,
              mayAct: mayActAs(viewer.role, 'operator'),
            })}
          <//>
          <${Silences} silences=${silences} viewer=${viewer} />
          <${Rules} rules=${desk.rules()} />
          <${History} history=${history} before=${before} />
        `,
      }
    },
  })
}

function lead({ at, alerts }: AlertsFrame): string {
  const firing = alerts.filter(({ state }) => state === 'firing')
  if (at === null) return 'The rules were not evaluated yet.'
  if (firing.length === 0) return 'Nothing fires.'
  const told = firing.filter(({ inhibitedBy }) => inhibitedBy.length === 0)
  const pages = told.filter(({ severity }) => severity === 'page').length
  const fire = firing.length === 1 ? 'One alert fires' : `${firing.length} alerts fire`
  if (pages === 0) return `${fire}; nothing of it is urgent.`
  const which = firing.length === 1 ? 'it' : pages === firing.length ? 'all of them' : `${pages} of them`
  return `${fire}; somebody must look at ${which} now.`
}

function Targets({ desk }: { readonly desk: AlertDesk }): VNode | null {
  const down = desk.targets().filter(({ up, scrapedAtMs }) => !up && scrapedAtMs !== undefined)
  if (down.length === 0) return null
  return html`<${Notice} kind="warn">
    ${down.map(({ job, instance, error }) => html`<div>${job} (${instance}) cannot be asked for its metrics: ${error}</div>`)}
  <//>`
}

function Silences({
  silences,
  viewer,
}: {
  readonly silences: readonly SilenceView[]
  readonly viewer: Visitor
}): VNode {
  const mayAct = mayActAs(viewer.role, 'operator')
  return html`<${Section} id="silences" title="Silences" note="Nobody is told of what they fit">
    ${Table({
      caption: 'Silences, the newest first',
      keyOf: ({ id }) => id,
      rows: silences,
      empty: 'There is none. An alert that fires can be silenced above.',
      columns: [
        {
          head: 'Fits',
          kind: 'code',
          cell: ({ matchers }) =>
            html`<code>${matchers.map(({ label, operator, value }) => `${label}${operator}"${value}"`).join(', ')}</code>`,
        },
        {
          head: 'State',
          cell: ({ active, expiredBy }) =>
            html`<${Status} kind=${active ? 'busy' : 'idle'}>${active ? 'active' : expiredBy === null ? 'over' : `ended by ${expiredBy}`}<//>`,
        },
        { head: 'Until', cell: ({ endsAt }) => html`<${Time} at=${endsAt} />` },
        { head: 'By', cell: ({ createdBy }) => createdBy },
        { head: 'Why', kind: 'grow', cell: ({ comment }) => comment ?? '–' },
        ...(mayAct
          ? [
              {
                head: 'Act',
                cell: (silence: SilenceView) => html`<${EndSilence} silence=${silence} csrf=${viewer.csrfToken} />`,
              },
            ]
          : []),
      ],
    })}
  <//>`
}

function EndSilence({
  silence: { id, active },
  csrf,
}: {
  readonly silence: SilenceView
  readonly csrf: string | undefined
}): VNode | string {
  if (!active) return '–'
  return html`<${OpenButton} dialog=${`end-silence-${id}`}>End<//>
    <${ConfirmDialog} id=${`end-silence-${id}`} title="End the silence" confirm="End it now" csrf=${csrf}
      action=${`/alerts/silences/${id}/expire`} reason=${false}>
      <p>Whoever is to be told hears of what fires from now on.</p>
    <//>`
}

const RULE_STATES = { firing: 'bad', pending: 'warn', inactive: 'ok' } as const

function Rules({ rules }: { readonly rules: readonly RuleView[] }): VNode {
  return html`<${Section} id="rules" title="Rules" note=${`${rules.length} of ops/alerts.prom.yml`}>
    ${Table({
      caption: 'All rules',
      keyOf: ({ name }) => name,
      rows: rules,
      empty: 'The rule file has none.',
      markOf: ({ failure }) => (failure === null ? undefined : 'bad'),
      columns: [
        { head: 'Rule', cell: ({ name }) => html`<a href=${`/alerts/rules/${encodeURIComponent(name)}`}>${name}</a>` },
        { head: 'Group', cell: ({ group }) => group },
        { head: 'Severity', cell: ({ severity }) => severityMark(severity) },
        {
          head: 'State',
          cell: ({ state, alerts, failure }) =>
            failure === null
              ? html`<${Status} kind=${RULE_STATES[state]}>${state}${alerts > 1 ? ` (${alerts})` : ''}<//>`
              : html`<${Status} kind="bad" title=${failure}>cannot be evaluated<//>`,
        },
        { head: 'For', kind: 'number', cell: (rule) => rule.for },
        { head: 'Expression', kind: 'grow', cell: ({ expr }) => html`<code class="alert-expr">${expr}</code>` },
      ],
    })}
  <//>`
}

function History({
  history: { episodes, next },
  before,
}: {
  readonly history: EpisodePage
  readonly before: string | undefined
}): VNode {
  return html`<${Section} id="history" title="History" note="What has fired, the newest first">
    ${Table({
      caption: 'What has fired',
      keyOf: ({ id }) => id,
      rows: episodes,
      empty: 'Nothing has fired yet.',
      columns: [
        { head: 'From', cell: ({ firedAt }) => html`<${Time} at=${firedAt} />` },
        {
          head: 'To',
          cell: ({ resolvedAt }) =>
            resolvedAt === null ? html`<${Status} kind="bad">fires<//>` : html`<${Time} at=${resolvedAt} />`,
        },
        { head: 'Severity', cell: ({ severity }) => severityMark(severity) },
        { head: 'What', kind: 'grow', cell: ({ alertname, summary }) => html`${alertname}: ${summary}` },
        { head: 'Acknowledged by', cell: ({ acknowledgement }) => acknowledgement?.by ?? '–' },
      ],
    })}
    ${Pager({
      ...(next !== undefined && { next: `/alerts?before=${encodeURIComponent(next)}#history` }),
      ...(before !== undefined && { first: '/alerts#history' }),
    })}
  <//>`
}
