import type { HttpApp } from '@stocker/service-kit'
import { Type } from 'typebox'
import { maskerOf } from '../../access/masking.ts'
import { Notice, Status, Table, Time } from '../../web/components/index.ts'
import type { StatusKind } from '../../web/components/status.ts'
import type { VNode } from '../../web/html.ts'
import { html } from '../../web/html.ts'
import { page } from '../../web/page.ts'
import { SYSTEM_API } from '../system-routes.ts'
import { LogQueryFields } from '../system-views.ts'
import type { LogEntry, LogLevel } from './log-entry.ts'
import { LOG_LEVELS } from './log-entry.ts'
import type { LogFiles } from './log-files.ts'
import type { LogQuery } from './read-log.ts'

const KINDS: Readonly<Record<LogLevel, StatusKind>> = {
  trace: 'idle',
  debug: 'idle',
  info: 'info',
  warn: 'warn',
  error: 'bad',
  fatal: 'bad',
}

/** The log of one service, by order, level and text. */
export function logsPage(app: HttpApp, logs: LogFiles): void {
  page(app, {
    path: '/system/logs',
    access: 'operator',
    title: 'Log',
    nav: 'system',
    query: Type.Object({ service: Type.Optional(Type.String({ maxLength: 100 })), ...LogQueryFields }),
    render: async ({ query: { service, order = '', text = '', ...rest } }, { role }) => {
      const known = await logs.services()
      const chosen = service ?? known[0]
      if (!logs.available || chosen === undefined) return { body: html`${Notice({ kind: 'info', children: NO_LOGS })}` }
      const query = { ...rest, ...(order !== '' && { order }), ...(text !== '' && { text }) }
      const { entries, more } = await logs.read(chosen, query, maskerOf(role))
      return {
        title: `Log of ${chosen}`,
        lead: `The newest ${query.limit} lines, the newest first${more ? '; there are more before' : ''}.`,
        json: `${SYSTEM_API}/logs/${chosen}?${new URLSearchParams(textsOf(query))}`,
        body: html`${filters(known, chosen, query)}${entriesTable(entries)}`,
      }
    },
  })
}

const NO_LOGS =
  'The console does not know where the logs are: set console.logs.directory, or look where your platform keeps them.'

const textsOf = (query: LogQuery): Record<string, string> =>
  Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  )

function filters(known: readonly string[], chosen: string, { order = '', level, text = '', limit }: LogQuery): VNode {
  const option = (value: string, name: string, selected: boolean): VNode =>
    html`<option value=${value} selected=${selected}>${name}</option>`
  return html`<form class="filters">
    <label>Service <select name="service">${known.map((name) => option(name, name, name === chosen))}</select></label>
    <label>Order, cart, event or request <input name="order" value=${order} size="38" maxlength="200" spellcheck=${false} /></label>
    <label>Level <select name="level">${LOG_LEVELS.map((name) => option(name, `${name} and above`, name === (level ?? 'info')))}</select></label>
    <label>Text <input name="text" value=${text} maxlength="200" /></label>
    <label>Lines <select name="limit">${[100, 300, 1_000].map((count) => option(String(count), String(count), count === limit))}</select></label>
    <button type="submit" class="primary">Show</button>
  </form>`
}

function entriesTable(entries: readonly LogEntry[]): VNode {
  return Table({
    caption: 'Lines of the log, the newest first',
    rows: entries,
    keyOf: (entry) => String(entries.indexOf(entry)),
    markOf: ({ level }) => (KINDS[level] === 'bad' ? 'bad' : KINDS[level] === 'warn' ? 'warn' : undefined),
    empty: 'No line fits.',
    columns: [
      { head: 'Time', kind: 'code', cell: ({ time }) => Time({ at: time, form: 'precise' }) },
      { head: 'Level', cell: ({ level }) => Status({ kind: KINDS[level], children: level }) },
      { head: 'What', kind: 'grow', cell: whatOf },
      {
        head: 'About',
        cell: ({ keys }) =>
          keys
            .slice(0, 3)
            .map(
              (key) =>
                html`<div>${isOrderId(key) ? html`<a href=${`/orders/${key}`}><code>${key}</code></a>` : html`<code>${key}</code>`}</div>`,
            ),
      },
    ],
  })
}

/** Ids of carts look the same; the page of orders finds what they are. */
const isOrderId = (key: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(key)

function whatOf({ message, events, facts, error, stack }: LogEntry): VNode {
  return html`<div>
    ${message} ${facts.map((fact) => html`<span class="badge">${fact}</span> `)}
    ${events.slice(0, 5).map((event) => html`<div><code>${event}</code></div>`)}
    ${events.length > 5 && html`<small>and ${events.length - 5} more</small>`}
    ${error !== null && html`<div class="log-error">${error}</div>`}
    ${stack !== null && html`<details><summary>Stack</summary><pre>${stack}</pre></details>`}
  </div>`
}
