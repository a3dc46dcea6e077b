import type { HttpApp } from '@stocker/service-kit'
import {
  Age,
  Bar,
  ConfirmDialog,
  Duration,
  Facts,
  Figure,
  Figures,
  Notice,
  OpenButton,
  Pager,
  Section,
  ShortId,
  Sparkline,
  STATUS_KINDS,
  Status,
  Table,
  Time,
} from '../../src/web/components/index.ts'
import { html } from '../../src/web/html.ts'
import { page } from '../../src/web/page.ts'

const AT = '2026-11-27T10:30:12.345Z'
const ID = '0197c5d2-7a3e-7c11-9a20-5f0b6f7a9c01'
const WORDS = {
  ok: 'ready',
  busy: 'under way',
  info: 'rewound on purpose',
  warn: 'falling behind',
  bad: 'stopped',
  idle: 'paused',
} as const
const GROUPS = [
  { group: 'order-service-group', kind: 'ok', lag: 0, seconds: 0, course: [0, 2, 1, 0, 0, 3, 0] },
  { group: 'payment-service-group', kind: 'warn', lag: 340, seconds: 12_400, course: [0, 20, 60, 140, 220, 300, 340] },
  {
    group: 'dispatch-service-group',
    kind: 'bad',
    lag: 12_904,
    seconds: 252_000,
    course: [10, undefined, 4, 900, 12_904],
  },
] as const

/** Every component there is, on one page: for tests, and to see how they look. */
export function galleryPage(app: HttpApp): void {
  page(app, {
    path: '/consumers',
    access: 'viewer',
    title: 'Gallery',
    nav: 'consumers',
    render: (_request, viewer) => ({
      lead: 'Two groups need attention: dispatch-service-group has stopped, payment-service-group falls behind.',
      json: '/ops/api/gallery',
      text: '/ops/api/gallery.txt',
      actions: html`<${OpenButton} dialog="reset" kind="danger">Reset offsets…<//>`,
      body: html`
        <${Figures}>
          <${Figure} name="Orders" value="128" unit="/min" note=${Sparkline({ values: [80, 90, 120, 110, 128], label: 'Orders in the last 5 minutes, 80 to 128 a minute' })} />
          <${Figure} name="Placed → delivered" value="78" unit="ms" note="p95 · p50 39 ms" kind="ok" />
          <${Figure} name="Error budget left" value="62.5" unit="%" note="of 1 % in 30 days" kind="warn" />
          <${Figure} name="Stuck orders" value="3" note="the oldest for 4 min" kind="bad" href="/orders" />
        <//>
        <${Notice} kind="bad">payment-service does not answer since <${Age} since=${AT} now=${Date.parse(AT) + 252_000} />. <a href="/system">Look at its log</a> first.<//>
        <${Notice} kind="info">Offsets of this group were reset 4 minutes ago; going back is expected.<//>
        <${Section} id="groups" title="Consumer groups" note="sampled every 5 s" actions=${html`<button type="button">Refresh</button>`}>
          ${Table({
            caption: 'Consumer groups, those that need attention first',
            rows: GROUPS,
            keyOf: ({ group }) => group,
            markOf: ({ kind }) => (kind === 'ok' ? undefined : kind),
            empty: 'No group reads anything.',
            columns: [
              {
                head: 'Group',
                cell: ({ group }) => html`<a href="#groups">${group}</a>`,
                sort: { href: '#', now: 'ascending' },
              },
              { head: 'State', cell: ({ kind }) => Status({ kind, children: WORDS[kind] }) },
              { head: 'Lag', kind: 'number', cell: ({ lag }) => lag },
              { head: 'Behind', kind: 'number', cell: ({ seconds }) => Duration({ ms: seconds }) },
              {
                head: 'Last 10 min',
                cell: ({ group, course }) => Sparkline({ values: course, label: `Lag of ${group}` }),
              },
              { head: 'Of all lag', cell: ({ lag }) => Bar({ value: lag, of: 13_244, kind: 'warn' }) },
              {
                head: 'In hand',
                kind: 'grow',
                cell: () => html`handler <code>authorisePayment</code> has held offset 812 for 74 s`,
              },
            ],
          })}
          <${Pager} previous="#p" next="#n">51–100 of 1,204<//>
        <//>
        <div class="columns">
          <${Section} id="states" title="States">
            <p>${STATUS_KINDS.map((kind) => html`<${Status} kind=${kind}>${WORDS[kind]}<//> ${' '}`)}</p>
            <p>${STATUS_KINDS.map((kind) => html`<span class=${`badge badge-${kind}`}>${WORDS[kind]}</span> `)}</p>
          <//>
          <${Section} id="facts" title="One order">
            <${Facts} items=${[
              ['Order', html`<${ShortId} id=${ID} href="#o" />`],
              ['Placed', html`<${Time} at=${AT} />`],
              ['Took', html`<${Duration} ms=${7_440} />`],
              ['Customer', html`<span class="badge">masked</span>`],
            ]} />
            <pre>{ "eventId": "${ID}", "price": 4200 }</pre>
          <//>
          <${Section} id="none" title="Dead letters">
            ${Table({ caption: 'None', rows: [], keyOf: () => '', columns: [], empty: 'No dead letters. One appears here when an event has failed for good.' })}
          <//>
          <${Section} id="form" title="Filter">
            <form class="filters"><label>Topic <select><option>order-events</option></select></label><label>Key <input name="key" /></label><button type="submit">Apply</button></form>
          <//>
        </div>
        <${ConfirmDialog} id="reset" title="Reset the offsets of dispatch-service-group?" action="/nowhere" csrf=${viewer.csrfToken} confirm="Reset to the earliest" kind="danger">
          <p>It reads 12,904 records again. Orders that it has handled already are recognised.</p>
        <//>
      `,
    }),
  })
}
