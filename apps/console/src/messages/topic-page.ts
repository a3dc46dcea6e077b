import { TOPIC_NAMES, TOPICS } from '@stocker/contracts'
import type { HttpApp } from '@stocker/service-kit'
import { Type } from 'typebox'
import type { Viewer } from '../access/roles.ts'
import { mayActAs } from '../access/roles.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { island } from '../web/island.ts'
import type { PageContent } from '../web/page.ts'
import { page } from '../web/page.ts'
import type { BrowseEnd, BrowseLimits, BrowseProgress } from './browse/browse.ts'
import type { MessageDesk } from './message-desk.ts'
import type { SearchParameters } from './message-schemas.ts'
import { ByTopic, messageQuery } from './message-schemas.ts'
import { Island as MessageSearch } from './message-search.island.ts'
import { scopeOf } from './message-search.ts'
import type { MessageView } from './message-view.ts'
import { messagesApi, topicPath } from './paths.ts'
import { isContractTopic } from './publish/publishable.ts'
import { Island as Tail } from './tail.island.ts'

/** For what is drawn at once; the page reads on by itself. */
const PAGE_LIMITS: BrowseLimits = { records: 20_000, bytes: 16 * 1024 * 1024, elapsedMs: 1_500 }

/** A browser sends every field of a form, also the empty ones. */
const FormQuery = Type.Object({
  ...Object.fromEntries(
    ['from', 'to', 'partition', 'key', 'type', 'header', 'filter', 'limit', 'cursor', 'everyPartition', 'view'].map(
      (name) => [name, Type.Optional(Type.String({ maxLength: 40_000 }))],
    ),
  ),
})
type Form = Readonly<Record<string, string | undefined>>

export function topicPage(desk: MessageDesk, app: HttpApp): void {
  page(app, {
    path: '/messages/:topic',
    access: 'support',
    title: 'Messages',
    nav: 'messages',
    params: ByTopic,
    query: FormQuery,
    render: async (request, viewer) => {
      const { topic } = request.params
      const form = Object.fromEntries(Object.entries(request.query as Form).filter(([, value]) => value !== ''))
      return form.view === 'tail' ? tailContent(topic, form, viewer) : searchContent(desk, topic, form, viewer)
    },
  })
}

async function searchContent(desk: MessageDesk, topic: string, form: Form, viewer: Viewer): Promise<PageContent> {
  const query = messageQuery(topic, parametersOf(form), Date.now())
  const plan = await desk.search.plan(query)
  const messages: MessageView[] = []
  let done: (BrowseProgress & { end: BrowseEnd; cursor: string | undefined }) | undefined
  for await (const event of desk.search.search(query, plan, desk.listMask(viewer), { limits: PAGE_LIMITS })) {
    if (event.kind === 'message') messages.push(event.message.view)
    if (event.kind === 'done') done = event
  }
  if (!done) throw new Error('a search ended without saying so')
  const { end, cursor, ...progress } = done
  const conditions = addressOf(form, ['view', 'cursor', 'limit'])
  const readsOn = end !== 'limit' && end !== 'end' ? cursor : undefined
  const older = plan.direction === 'newest-first' ? 'Older' : 'Newer'
  return {
    title: topic,
    lead: describe(topic),
    json: `${messagesApi(topic)}?${addressOf(form, ['view'])}`,
    actions: actionsFor(topic, form, viewer),
    body: html`
      <${Conditions} topic=${topic} form=${form} partitions=${plan.partitions} />
      ${island('message-search', MessageSearch, {
        topic,
        conditions,
        limit: query.limit,
        messages,
        progress: { ...progress, missed: { ...progress.missed } },
        scope: scopeOf(plan),
        end,
        cursor: readsOn,
      })}
      <nav class="pager" aria-label="Pages">
        ${form.cursor !== undefined && html`<a class="button" href=${`${topicPath(topic)}?${conditions}`}>First</a>`}
        ${
          cursor !== undefined &&
          html`<a class="button" rel="next" href=${`${topicPath(topic)}?${addressOf({ ...form, cursor }, ['view'])}`}>${readsOn === undefined ? older : 'Read on'}</a>`
        }
      </nav>
    `,
  }
}

function tailContent(topic: string, form: Form, viewer: Viewer): PageContent {
  // A fault in the conditions is said by the page instead of by a stream that cannot be opened.
  messageQuery(topic, parametersOf(form), Date.now())
  const conditions = addressOf(form, ['view', 'cursor', 'limit', 'from', 'to', 'everyPartition'])
  return {
    title: topic,
    lead: `What comes in from now on; at most 200 rows a second are shown, and 2,000 kept.`,
    actions: actionsFor(topic, form, viewer),
    body: html`
      <${Conditions} topic=${topic} form=${form} partitions=${undefined} />
      ${island('tail', Tail, { topic, channel: `tail:${topic}${conditions === '' ? '' : `?${conditions}`}` })}
      <noscript><p class="empty">A tail needs scripts. <a href=${topicPath(topic)}>The newest records</a> can be read without.</p></noscript>
    `,
  }
}

function actionsFor(topic: string, form: Form, viewer: Viewer): VNode {
  const tailing = form.view === 'tail'
  const other = addressOf(tailing ? { ...form, view: undefined } : { ...form, view: 'tail', cursor: undefined }, [])
  return html`
    <a class="button" href=${`${topicPath(topic)}?${other}`}>${tailing ? 'Search' : 'Live tail'}</a>
    ${
      mayActAs(viewer.role, 'operator') &&
      !tailing &&
      html`<a class="button" href=${`${messagesApi(topic, '/download')}?${addressOf(form, ['view'])}`}>Download</a>`
    }
    ${
      mayActAs(viewer.role, 'developer') &&
      isContractTopic(topic) &&
      html`<a class="button" href=${`${topicPath(topic)}/publish`}>Publish…</a>`
    }
  `
}

interface ConditionsProps {
  readonly topic: string
  readonly form: Form
  readonly partitions: number | undefined
}

function Conditions({ topic, form, partitions }: ConditionsProps): VNode {
  const tailing = form.view === 'tail'
  const types = TOPIC_NAMES.filter((name) => name === topic).flatMap((name) => TOPICS[name].events)
  return html`<form class="filters" action=${topicPath(topic)}>
    ${tailing && html`<input type="hidden" name="view" value="tail" />`}
    ${
      !tailing &&
      html`
        <label>From <input name="from" list="places" value=${form.from ?? 'latest'} size="18" /></label>
        <label>To <input name="to" value=${form.to ?? ''} size="10" placeholder="a time" /></label>
        <datalist id="places"><option value="latest" /><option value="earliest" /><option value="10m" /><option value="1h" /><option value="1d" /></datalist>`
    }
    <label>Partition ${
      partitions === undefined
        ? html`<input name="partition" value=${form.partition ?? ''} size="4" inputmode="numeric" />`
        : html`<select name="partition"><option value="">all</option>${Array.from({ length: partitions }, (_, each) => html`<option selected=${form.partition === String(each)}>${each}</option>`)}</select>`
    }</label>
    <label>Key <input name="key" value=${form.key ?? ''} size="26" /></label>
    <label>Type <input name="type" list="types" value=${form.type ?? ''} size="22" /></label>
    <datalist id="types">${types.map((type) => html`<option value=${type} />`)}</datalist>
    <label>Header <input name="header" value=${form.header ?? ''} size="14" placeholder="name=text" /></label>
    <label>Filter <input name="filter" value=${form.filter ?? ''} size="30" placeholder="words, total.amount>=5000" /></label>
    <button type="submit" class="primary">${tailing ? 'Tail' : 'Search'}</button>
  </form>`
}

/** @throws what the schema of the API would refuse is refused here in the same words */
function parametersOf(form: Form): SearchParameters {
  const { view: _view, partition, limit, everyPartition, ...texts } = form
  return {
    ...(texts as SearchParameters),
    ...(partition !== undefined && { partition: Number(partition) }),
    ...(limit !== undefined && { limit: Math.min(500, Math.max(1, Number(limit) || 50)) }),
    ...(everyPartition !== undefined && { everyPartition: everyPartition === 'true' }),
  }
}

function addressOf(form: Form, without: readonly string[]): string {
  const given = Object.entries(form).filter(([name, value]) => value !== undefined && !without.includes(name))
  return new URLSearchParams(given as [string, string][]).toString()
}

function describe(topic: string): string {
  const name = TOPIC_NAMES.find((known) => known === topic)
  return name === undefined
    ? 'Of no contract: what is in its records is hidden, since nobody says what of it is personal.'
    : `${TOPICS[name].description}. Written by ${TOPICS[name].owner}.`
}
