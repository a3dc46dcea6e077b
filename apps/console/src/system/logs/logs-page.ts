import type { HttpApp } from '@stocker/service-kit'
import { Type } from 'typebox'
import { maskerOf } from '../../access/masking.ts'
import type { Viewer } from '../../access/roles.ts'
import { Notice, Status, Table, Time } from '../../web/components/index.ts'
import type { VNode } from '../../web/html.ts'
import { html } from '../../web/html.ts'
import { island } from '../../web/island.ts'
import type { PageContent } from '../../web/page.ts'
import { page } from '../../web/page.ts'
import { SYSTEM_API } from '../system-routes.ts'
import { LogQueryFields } from '../system-views.ts'
import type { LogEntry } from './log-entry.ts'
import { LOG_LEVELS } from './log-entry.ts'
import type { LogFiles } from './log-files.ts'
import type { LogQuery } from './log-query.ts'
import { LEVEL_KINDS, LogKeys, LogWhat, markOfLevel } from './log-row.ts'
import { Island as LogTail } from './log-tail.island.ts'
import { LOG_TAIL_ROWS } from './log-tail-rows.ts'

const PATH = '/system/logs'
/** So many lines a tail begins with, of each service. */
const BEFORE_TAIL = 20

/** The log of one service, by order, level and text; or what all of them log while one looks. */
export function logsPage(app: HttpApp, logs: LogFiles): void {
  page(app, {
    path: PATH,
    access: 'operator',
    title: 'Log',
    nav: 'system',
    query: Type.Object({
      service: Type.Optional(Type.String({ maxLength: 100 })),
      view: Type.Optional(Type.Literal('tail')),
      ...LogQueryFields,
    }),
    render: async ({ query: { service, view, ...rest } }, viewer) => {
      const known = await logs.services()
      if (!logs.available || known.length === 0) return { body: html`${Notice({ kind: 'info', children: NO_LOGS })}` }
      const query = given(rest)
      const chosen = service === '' ? undefined : service
      return view === 'tail'
        ? tailContent(logs, { known, chosen, query }, viewer)
        : searchContent(logs, { known, chosen: chosen ?? known[0], query }, viewer)
    },
  })
}

const NO_LOGS =
  'The console does not know where the logs are: set console.logs.directory, or look where your platform keeps them.'

interface Choice {
  readonly known: readonly string[]
  /** Undefined: all. */
  readonly chosen: string | undefined
  readonly query: LogQuery
}

/** Forms send their empty fields too. */
const given = ({ order = '', text = '', ...rest }: LogQuery): LogQuery => ({
  ...rest,
  ...(order !== '' && { order }),
  ...(text !== '' && { text }),
})

async function searchContent(logs: LogFiles, choice: Choice, { role }: Viewer): Promise<PageContent> {
  const { chosen = '', query } = choice
  const { entries, more } = await logs.read(chosen, query, maskerOf(role))
  return {
    title: `Log of ${chosen}`,
    lead: `The newest ${query.limit} lines, the newest first${more ? '; there are more before' : ''}.`,
    json: `${SYSTEM_API}/logs/${chosen}?${addressOf({ ...query })}`,
    actions: html`<a class="button" href=${`${PATH}?${addressOf({ ...query, service: chosen, view: 'tail' })}`}>Live tail</a>`,
    body: html`${filters(choice, false)}${entriesTable(entries)}`,
  }
}

async function tailContent(logs: LogFiles, choice: Choice, { role }: Viewer): Promise<PageContent> {
  const { chosen, query } = choice
  const { limit, ...filter } = query
  const { rows, place } = await logs.newest(chosen, { ...filter, limit: BEFORE_TAIL }, maskerOf(role))
  const address = addressOf({ service: chosen, ...filter })
  return {
    title: chosen === undefined ? 'Logs' : `Log of ${chosen}`,
    lead: `What is logged from now on; at most 200 lines a second are shown, and ${LOG_TAIL_ROWS.toLocaleString('en')} kept.`,
    json: `${SYSTEM_API}/logs?${address}`,
    actions: html`<a class="button" href=${`${PATH}?${addressOf({ ...query, service: chosen })}`}>Search</a>`,
    body: html`
      ${filters(choice, true)}
      ${island('log-tail', LogTail, { filter: address, rows: rows.toReversed(), place })}
      <noscript><p class="empty">A tail needs scripts. <a href=${PATH}>The newest lines</a> can be read without.</p></noscript>
    `,
  }
}

const addressOf = (fields: Readonly<Record<string, string | number | undefined>>): string =>
  new URLSearchParams(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  ).toString()

function filters({ known, chosen, query }: Choice, tailing: boolean): VNode {
  const { order = '', level, text = '', limit } = query
  const option = (value: string, name: string, selected: boolean): VNode =>
    html`<option value=${value} selected=${selected}>${name}</option>`
  return html`<form class="filters">
    ${tailing && html`<input type="hidden" name="view" value="tail" />`}
    <label>Service <select name="service">
      ${tailing && option('', 'all', chosen === undefined)}
      ${known.map((name) => option(name, name, name === chosen))}
    </select></label>
    <label>Order, cart, event or request <input name="order" value=${order} size="38" maxlength="200" spellcheck=${false} /></label>
    <label>Level <select name="level">${LOG_LEVELS.map((name) => option(name, `${name} and above`, name === (level ?? 'info')))}</select></label>
    <label>Text <input name="text" value=${text} maxlength="200" /></label>
    ${!tailing && html`<label>Lines <select name="limit">${[100, 300, 1_000].map((count) => option(String(count), String(count), count === limit))}</select></label>`}
    <button type="submit" class="primary">${tailing ? 'Tail' : 'Show'}</button>
  </form>`
}

function entriesTable(entries: readonly LogEntry[]): VNode {
  return Table<LogEntry>({
    caption: 'Lines of the log, the newest first',
    rows: entries,
    keyOf: (entry) => String(entries.indexOf(entry)),
    markOf: ({ level }) => markOfLevel(level),
    empty: 'No line fits.',
    columns: [
      { head: 'Time', kind: 'code', cell: ({ time }) => Time({ at: time, form: 'precise' }) },
      { head: 'Level', cell: ({ level }) => Status({ kind: LEVEL_KINDS[level], children: level }) },
      { head: 'What', kind: 'grow', cell: LogWhat },
      { head: 'About', cell: LogKeys },
    ],
  })
}
