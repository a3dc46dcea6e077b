import type { HttpApp } from '@stocker/service-kit'
import type { Static } from 'typebox'
import { Pager, Table, Time } from '../web/components/index.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { page } from '../web/page.ts'
import type { ActionView, AuditReader } from './audit-routes.ts'
import { ActionFilters } from './audit-routes.ts'

type Filters = Static<typeof ActionFilters>

export function auditPage(app: HttpApp, read: AuditReader): void {
  page(app, {
    path: '/audit',
    access: 'operator',
    title: 'Audit',
    nav: 'audit',
    query: ActionFilters,
    render: async (request) => {
      const { actions, next } = await read(request, request.query)
      return {
        lead: 'Who did what, to what and why. Nothing in it is ever changed.',
        json: `/ops/api/audit${searchOf(request.query)}`,
        body: html`
          <${FilterForm} filters=${request.query} />
          ${Table({
            caption: 'What was done, the newest first',
            keyOf: ({ id }) => id,
            rows: actions,
            markOf: ({ result }) => MARKS[result] ?? (result in MARKS ? undefined : 'warn'),
            empty: 'Nothing was done yet that fits. Whoever changes something, or unmasks something, is listed here.',
            columns: [
              { head: 'When', cell: ({ at }) => Time({ at }) },
              {
                head: 'Who',
                cell: ({ who, role }) => html`${who}${role !== null && html` <span class="badge">${role}</span>`}`,
              },
              { head: 'Did', cell: ({ action }) => action },
              { head: 'To', cell: ({ target }) => targetLink(target), kind: 'code' },
              { head: 'Why', cell: ({ reason }) => reason, kind: 'grow' },
              { head: 'Result', cell: ({ result }) => html`<span title=${MEANINGS[result]}>${result}</span>` },
              { head: 'Change', cell: Change },
            ],
          })}
          ${Pager({
            ...(next !== undefined && { next: searchOf({ ...request.query, before: next }) }),
            ...(request.query.before !== undefined && {
              first: searchOf(withoutPlace(request.query)) || '/audit',
            }),
          })}
        `,
      }
    },
  })
}

/** Of a code: something refused it. */
const MARKS: Readonly<Record<string, 'bad' | undefined>> = { done: undefined, started: undefined, unknown: 'bad' }
const MEANINGS: Readonly<Record<string, string>> = {
  started: 'It is being done.',
  unknown: 'It was started, and nothing was heard of its end: look whether it was done.',
}

function FilterForm({ filters }: { readonly filters: Filters }): VNode {
  return html`<form class="filters" role="search" aria-label="Filter the audit">
    <label>Who <input name="who" value=${filters.who} maxlength="100" /></label>
    <label>Did <input name="action" value=${filters.action} maxlength="100" /></label>
    <label>To <input name="target" value=${filters.target} maxlength="400" placeholder="order:… or order:" /></label>
    <button type="submit">Filter</button>
    ${Object.values(filters).some((value) => typeof value === 'string') && html`<a class="button" href="/audit">All</a>`}
  </form>`
}

/** Where a target is shown; ids are the rest of the path. */
const PAGES: Readonly<Record<string, string>> = {
  order: '/orders/',
  'dead-letter': '/dead-letters/',
  message: '/messages/',
  group: '/consumers/',
}

function targetLink(target: string): VNode | string {
  const colon = target.indexOf(':')
  const path = PAGES[target.slice(0, colon)]
  if (path === undefined) return target
  const id = target
    .slice(colon + 1)
    .split('/')
    .map(encodeURIComponent)
    .join('/')
  return html`<a href=${path + id}>${target}</a>`
}

function Change({ before, after }: ActionView): VNode | null {
  if (before === null && after === null) return null
  const sides = [
    ['before', before],
    ['after', after],
  ] as const
  return html`<details>
    <summary>show</summary>
    ${sides.map(([side, value]) => value !== null && html`<div>${side} <pre>${JSON.stringify(value, null, 2)}</pre></div>`)}
  </details>`
}

const withoutPlace = ({ before: _, ...filters }: Filters): Partial<Filters> => filters

/** An empty text for no filter: the address alone. */
function searchOf(filters: Partial<Filters>): string {
  const given = Object.entries(filters).filter(
    ([name, value]) => value !== undefined && value !== '' && name !== 'limit',
  )
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
  return text === '' ? '' : `?${text}`
}
