import type { StatusKind } from '../web/components/index.ts'
import { Age, ConfirmDialog, Empty, OpenButton, Status, Table } from '../web/components/index.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { durationText } from '../web/time-text.ts'
import type { AlertsFrame, AlertView } from './alert-views.ts'
import { causeText, isHeldBack } from './held-back.ts'

export interface AlertListProps {
  readonly frame: AlertsFrame
  readonly csrf: string | null
  /** Whether the viewer may acknowledge and silence. */
  readonly mayAct: boolean
}

const KINDS: Readonly<Record<string, StatusKind>> = { page: 'bad', warn: 'warn', ticket: 'info' }
export const severityMark = (severity: string): VNode =>
  html`<${Status} kind=${KINDS[severity] ?? 'info'}>${severity || 'none'}<//>`

/** How long a silence lasts, as offered. Milliseconds. */
export const SILENCE_TIMES = [
  ['30 minutes', 1_800_000],
  ['1 hour', 3_600_000],
  ['4 hours', 14_400_000],
  ['1 day', 86_400_000],
  ['7 days', 604_800_000],
] as const

const rulePath = (name: string): string => `/alerts/rules/${encodeURIComponent(name)}`

/** What fires and what is about to; drawn on the server and, as it changes, in the browser. */
export function AlertList({ frame, csrf, mayAct }: AlertListProps): VNode {
  const firing = frame.alerts.filter(({ state }) => state === 'firing')
  const pending = frame.alerts.filter(({ state }) => state === 'pending')
  return html`
    <h3 id="firing">Firing <small>${firing.length}</small></h3>
    ${Table({
      caption: 'Alerts that fire',
      keyOf: ({ fingerprint }) => fingerprint,
      rows: firing,
      markOf: (alert) =>
        isHeldBack(alert) || alert.acknowledgement !== null ? undefined : alert.severity === 'page' ? 'bad' : 'warn',
      empty: frame.at === null ? 'The rules were not evaluated yet.' : 'Nothing fires.',
      columns: [
        { head: 'Severity', cell: ({ severity }) => severityMark(severity) },
        { head: 'What', kind: 'grow', cell: What },
        { head: 'Since', cell: ({ firesAt }) => html`<${Age} since=${firesAt} />` },
        { head: 'Who is at it', cell: Handling },
        ...(mayAct
          ? [{ head: 'Act', cell: (alert: AlertView) => html`<${Actions} alert=${alert} csrf=${csrf} />` }]
          : []),
      ],
    })}
    <h3 id="pending">Pending <small>${pending.length}</small></h3>
    ${
      pending.length === 0
        ? html`<${Empty}>No rule holds that would fire soon.<//>`
        : Table({
            caption: 'Alerts whose rule holds, but not yet for long enough',
            keyOf: ({ fingerprint }) => fingerprint,
            rows: pending,
            empty: '',
            columns: [
              { head: 'Severity', cell: ({ severity }) => severityMark(severity) },
              { head: 'What', kind: 'grow', cell: What },
              { head: 'Holds for', cell: ({ activeAt }) => html`<${Age} since=${activeAt} />` },
              { head: 'Fires in', cell: ({ firesAt }) => firesIn(firesAt, frame.at) },
            ],
          })
    }
  `
}

const firesIn = (firesAt: string, at: string | null): string =>
  durationText(Math.max(0, Date.parse(firesAt) - Date.parse(at ?? firesAt)))

function What({ alertname, summary, first, page, state, fingerprint }: AlertView): VNode {
  return html`<div class="alert-what" id=${fingerprint}>
    <a href=${rulePath(alertname)}>${alertname}</a>
    <div>${page === null ? summary : html`<a href=${page}>${summary}</a>`}</div>
    ${state === 'firing' && first !== '' && html`<div class="alert-first">${first}</div>`}
  </div>`
}

function Handling({ acknowledgement, silencedBy, inhibitedBy }: AlertView): VNode | string {
  if (acknowledgement === null && !isHeldBack({ silencedBy, inhibitedBy })) return '–'
  return html`
    ${
      acknowledgement !== null &&
      html`<div>${acknowledgement.by}, <${Age} since=${acknowledgement.at} />${acknowledgement.note !== null && html`<div class="alert-note">${acknowledgement.note}</div>`}</div>`
    }
    ${silencedBy.length > 0 && html`<div><a href="/alerts#silences">silenced</a></div>`}
    ${inhibitedBy.map((cause) => html`<div>because of <a href=${`#${cause.fingerprint}`}>${causeText(cause)}</a></div>`)}
  `
}

function Actions({ alert, csrf }: { readonly alert: AlertView; readonly csrf: string | null }): VNode {
  const { fingerprint, alertname, summary } = alert
  const acknowledge = `ack-${fingerprint}`
  const silence = `silence-${fingerprint}`
  return html`<div class="alert-actions">
    <${OpenButton} dialog=${acknowledge}>Acknowledge<//>
    <${OpenButton} dialog=${silence}>Silence<//>
    <${ConfirmDialog} id=${acknowledge} title="I am at it" confirm="Acknowledge" csrf=${csrf ?? undefined}
      action=${`/alerts/${fingerprint}/acknowledge`}>
      <p>${alertname}: ${summary}</p>
      <p>Everybody sees that you take care of it, and nobody is told of it again until it is over.</p>
    <//>
    <${ConfirmDialog} id=${silence} title="Tell nobody for a while" confirm="Silence" csrf=${csrf ?? undefined}
      action=${`/alerts/${fingerprint}/silence`}>
      <p>${alertname}: ${summary}</p>
      <p>It is still shown here, but nobody is told.</p>
      <label class="field"><span>For</span>
        <select name="durationMs">${SILENCE_TIMES.map(([name, ms]) => html`<option value=${String(ms)}>${name}</option>`)}</select>
      </label>
    <//>
  </div>`
}
