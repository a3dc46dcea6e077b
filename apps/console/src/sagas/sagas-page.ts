import type { HttpApp } from '@stocker/service-kit'
import type { FastifyRequest } from 'fastify'
import { mayActAs } from '../access/roles.ts'
import { viewerOf } from '../access/viewer.ts'
import type { Sight } from '../timeline/effect-views.ts'
import { RunNowButton } from '../timeline/view/run-now-list.ts'
import { deadlineWords, shortService } from '../timeline/words.ts'
import { Age, Bar, Section, ShortId, Status, Table, Time } from '../web/components/index.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { page } from '../web/page.ts'
import type { ListedSaga, OfService, SagaDesk } from './saga-desk.ts'
import type { SagaFilter, SagaState } from './saga-list.ts'
import { SagasFilter } from './sagas-routes.ts'

/** Business processes that have not ended: what they wait for, and until when. */
export function sagasPage(
  {
    desk,
    sightOf,
  }: { readonly desk: SagaDesk; readonly sightOf: (request: FastifyRequest) => Pick<Sight, 'errorText'> },
  app: HttpApp,
): void {
  page(app, {
    path: '/sagas',
    access: 'viewer',
    title: 'Sagas',
    nav: 'sagas',
    query: SagasFilter,
    render: async (request) => {
      const { query } = request
      const viewer = viewerOf(request as FastifyRequest)
      const [states, sagas] = await Promise.all([desk.states(), desk.list(query, sightOf(request as FastifyRequest))])
      return {
        lead: leadOf(states),
        json: `/ops/api/sagas?${parametersOf(query)}`,
        body: html`
          <${Section} id="states" title="What they wait for">${StatesTable(states)}<//>
          <${Section} id="live" title=${query.waitsFor === undefined ? 'Under way' : `Waiting for: ${query.waitsFor}`} note="overdue first, then by the next deadline" actions=${isFiltered(query) && html`<a href="/sagas">Show all</a>`}>
            ${LiveTable(sagas, mayActAs(viewer.role, 'operator') ? { csrf: viewer.csrfToken } : null)}
            ${sagas.length === query.limit && html`<p class="note">Only the first ${query.limit} are shown.</p>`}
          <//>`,
      }
    },
  })
}

const isFiltered = ({ saga, waitsFor, overdue }: SagaFilter): boolean =>
  saga !== undefined || waitsFor !== undefined || overdue === true

function leadOf(states: readonly SagaState[]): string {
  const sum = (of: (state: SagaState) => number): number => states.reduce((total, state) => total + of(state), 0)
  const [all, overdue] = [sum(({ instances }) => instances), sum((state) => state.overdue)]
  if (all === 0) return 'No business process is under way.'
  const under = all === 1 ? 'One is under way' : `${all} are under way`
  return overdue === 0 ? `${under}, none is overdue.` : `${under}, ${overdue} overdue.`
}

function parametersOf(query: Partial<SagaFilter>): string {
  return String(
    new URLSearchParams(
      Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
    ),
  )
}

function StatesTable(states: readonly OfService<SagaState>[]): VNode {
  const most = Math.max(1, ...states.map(({ instances }) => instances))
  return Table<OfService<SagaState>>({
    caption: 'Sagas by what they wait for',
    rows: states,
    keyOf: ({ service, saga, stage, waitsFor }) => `${service}/${saga}/${stage}/${waitsFor}`,
    markOf: ({ overdue }) => (overdue > 0 ? 'bad' : undefined),
    empty: 'Nothing is under way: every order is at one of its ends.',
    columns: [
      { head: 'Saga', kind: 'code', cell: ({ saga }) => saga },
      { head: 'Stage', cell: ({ stage }) => stage },
      {
        head: 'Waits for',
        cell: ({ saga, waitsFor }) => html`<a href=${`/sagas?${parametersOf({ saga, waitsFor })}`}>${waitsFor}</a>`,
      },
      { head: 'Instances', kind: 'number', cell: ({ instances }) => instances },
      { head: 'Share', cell: ({ instances }) => html`<${Bar} value=${instances} of=${most} />` },
      {
        head: 'Overdue',
        cell: ({ overdue }) =>
          overdue === 0 ? html`<span class="note">none</span>` : html`<${Status} kind="bad">${overdue}<//>`,
      },
      { head: 'Longest wait', cell: ({ oldestAt }) => html`<${Age} since=${oldestAt} />` },
      { head: 'Service', cell: ({ service }) => shortService(service) },
    ],
  })
}

/** `acting`: what is needed to act; null: whoever looks may not. */
function LiveTable(sagas: readonly ListedSaga[], acting: { readonly csrf: string | undefined } | null): VNode {
  return Table<ListedSaga>({
    caption: 'Sagas that have not ended',
    rows: sagas,
    keyOf: ({ saga, id }) => `${saga}/${id}`,
    markOf: ({ overdue, timesOverdue }) => (overdue ? 'bad' : timesOverdue > 0 ? 'warn' : undefined),
    empty: 'None.',
    columns: [
      {
        head: 'Instance',
        kind: 'code',
        cell: ({ id }) => html`<${ShortId} id=${id} href=${`/orders/${encodeURIComponent(id)}`} />`,
      },
      { head: 'Waits for', cell: ({ waitsFor }) => waitsFor },
      { head: 'Since', cell: ({ updatedAt }) => html`<${Age} since=${updatedAt} />` },
      {
        head: 'Next deadline',
        cell: ({ saga, nextDeadline }) =>
          nextDeadline === null
            ? html`<span class="note">none</span>`
            : html`<${Time} at=${nextDeadline.dueAt} /> <span class="note">${deadlineWords(`${saga} ${nextDeadline.name}`)}</span>`,
      },
      {
        head: 'State',
        cell: ({ overdue, timesOverdue }) =>
          overdue
            ? html`<${Status} kind="bad">deadline overdue<//>`
            : timesOverdue > 0
              ? html`<${Status} kind="warn">overdue ${timesOverdue}×<//>`
              : html`<${Status} kind="busy">in time<//>`,
      },
      { head: 'Tries', kind: 'number', cell: ({ nextDeadline }) => nextDeadline?.attempts ?? 0 },
      {
        head: 'Last error',
        kind: 'grow',
        cell: ({ lastError }) => (lastError === null ? '' : html`<code>${lastError}</code>`),
      },
      ...(acting === null
        ? []
        : [
            {
              head: 'Do',
              cell: ({ service, saga, id, nextDeadline, runNow }: ListedSaga) =>
                nextDeadline === null
                  ? ''
                  : html`<${RunNowButton} orderId=${id} next="/sagas" csrf=${acting.csrf} step=${{ id: `deadline/${service}/saga:${saga}/${id}/${nextDeadline.name}`, kind: 'deadline', title: `${saga} ${nextDeadline.name}`, runNow }} />`,
            },
          ]),
    ],
  })
}
