import { TOPIC_NAMES } from '@stocker/contracts'
import type { AuditEntry, KeyNeighbour } from '@stocker/dead-letters'
import { REDRIVE_DEFAULTS } from '@stocker/dead-letters'
import type { HttpApp } from '@stocker/service-kit'
import type { ContentView, Masker } from '../access/masking.ts'
import { maskerFor } from '../access/masking.ts'
import { mayActAs } from '../access/roles.ts'
import type { Visitor } from '../access/viewer.ts'
import { messagePath } from '../messages/paths.ts'
import { ConfirmDialog, Facts, JsonText, OpenButton, Section, Table, Time } from '../web/components/index.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { island } from '../web/island.ts'
import { page } from '../web/page.ts'
import type { DeadLetterDesk } from './dead-letter-desk.ts'
import { ActionDialog, RedriveDialog } from './dialogs.ts'
import { answered } from './errors.ts'
import { refusedWords } from './group-page.ts'
import { shortClass } from './groups-page.ts'
import { wholeDeadLetterView } from './masked-views.ts'
import { deadLetterPath, groupPath, redrivePath } from './paths.ts'
import { Island as PayloadEdit } from './payload-edit.island.ts'
import { ById } from './schemas.ts'
import { StateMark } from './state-words.ts'

const MOST_NEIGHBOURS = 50
const LATEST_ACTIONS = 20

type WholeLetter = ReturnType<typeof wholeDeadLetterView>

/** One dead letter: what it is, why it failed, what waits for it, and what can be done. */
export function deadLetterPage(desk: DeadLetterDesk, app: HttpApp): void {
  page(app, {
    path: '/dead-letters/:id',
    access: 'support',
    title: 'Dead letter',
    nav: 'dead-letters',
    params: ById,
    render: async (request, viewer) => {
      const { id } = request.params
      const masker = maskerFor(request, `dead-letter:${id}`)
      const letter = wholeDeadLetterView(await answered(() => desk.queries.find(id)), masker)
      const [neighbours, audit, plan] = await Promise.all([
        desk.figures.ofSameKey(id, MOST_NEIGHBOURS),
        mayActAs(viewer.role, 'operator') ? desk.queries.audit({ id, limit: LATEST_ACTIONS }) : [],
        answered(() => desk.redrives.plan({ ids: [id] })),
      ])
      return {
        title: `Dead letter ${id}`,
        lead: html`<${StateMark} state=${letter.state} /> · <a href=${groupPath(letter.fingerprint)}>${shortClass(letter.errorClass)}</a> ${letter.errorMessage}`,
        json: `/ops/api/dead-letters/${id}`,
        unmasked: masker.unmasked,
        actions: html`<${LetterActions} letter=${letter} viewer=${viewer} masker=${masker} refused=${plan.items.length > 0 ? [] : refusedWords(plan)} />`,
        body: html`
          <${LetterFacts} letter=${letter} />
          ${neighbours.length > 0 && html`<${Neighbours} neighbours=${neighbours} />`}
          <${Section} id="payload" title="Payload" note=${letter.edited ? 'edited; the first one is in the audit' : undefined}>
            <${Payload} payload=${letter.payload} />
          <//>
          ${mayEdit(letter, viewer, masker) && html`<${Editor} letter=${letter} viewer=${viewer} />`}
          <${Section} id="stack" title="Stack trace">
            <pre class="json" tabindex="0" role="region" aria-label="Stack trace">${letter.stackTrace === '' ? 'None was sent along.' : letter.stackTrace}</pre>
          <//>
          <${Section} id="attempts" title="Each time it failed">${HistoryTable(letter.history)}<//>
          <${Section} id="headers" title="Headers">${HeaderTable(letter.headers)}<//>
          ${audit.length > 0 && html`<${Section} id="audit" title="What was done">${AuditTable(audit)}<//>`}
        `,
      }
    },
  })
}

function mayEdit({ state, payload }: WholeLetter, viewer: Visitor, masker: Masker): boolean {
  const editable = state === 'NEW' || state === 'PARKED'
  return editable && masker.unmasked && mayActAs(viewer.role, 'operator') && payload !== null
}

interface LetterActionsProps {
  readonly letter: WholeLetter
  readonly viewer: Visitor
  readonly masker: Masker
  /** Why it cannot be sent again; empty if it can. */
  readonly refused: readonly string[]
}

function LetterActions({ letter, viewer, masker, refused }: LetterActionsProps): VNode | null {
  const { id, state } = letter
  const shared = { selection: { ids: id }, csrf: viewer.csrfToken, count: 1 }
  const order = orderOf(letter)
  const openOrder =
    order !== undefined && html`<a class="button" href=${`/orders/${encodeURIComponent(order)}`}>Open order</a>`
  if (!mayActAs(viewer.role, 'operator')) return html`${openOrder}`
  const setAside = state === 'PARKED' || state === 'DISCARDED'
  return html`
    ${openOrder}
    ${
      refused.length === 0
        ? html`<${OpenButton} dialog="redrive" kind="primary">Redrive…<//><${RedriveDialog} ...${shared} refused=${[]} defaults=${REDRIVE_DEFAULTS} />`
        : html`<button type="button" disabled title=${refused.join('; ')}>Redrive…</button>`
    }
    ${state === 'NEW' && html`<${OpenButton} dialog="park">Park…<//><${ActionDialog} ...${shared} step="park" />`}
    ${
      (state === 'NEW' || state === 'PARKED') &&
      html`<${OpenButton} dialog="discard" kind="danger">Discard…<//><${ActionDialog} ...${shared} step="discard" />`
    }
    ${setAside && html`<${OpenButton} dialog="release">Release…<//><${ActionDialog} ...${shared} step="release" />`}
    ${
      !masker.unmasked &&
      html`<${OpenButton} dialog="unmask">Unmask…<//>
        <${ConfirmDialog} id="unmask" title="Show this dead letter with its personal values?" action="/ops/api/unmask" csrf=${viewer.csrfToken} confirm="Show them"
          fields=${{ subject: `dead-letter:${id}`, next: deadLetterPath(id) }}>
          <p>You see them for some minutes, and may edit the payload. Who looked, at what and why goes to the audit.</p>
        <//>`
    }
  `
}

/** The platform's events belong to an order, by their key; those of carts and of the catalogue do not. */
function orderOf({ topic, key }: WholeLetter): string | undefined {
  const ofOrders = TOPIC_NAMES.some((name) => name === topic) && topic !== 'cart-events' && topic !== 'catalog-events'
  return ofOrders && key !== null ? key : undefined
}

function LetterFacts({ letter }: { readonly letter: WholeLetter }): VNode {
  const { consumerGroup, topic, partition, offset, key, eventType, eventId, originalAt, redrives, redrivesLeft } =
    letter
  return html`<${Facts} items=${[
    ['Group that failed', consumerGroup === '' ? 'not named: it cannot be sent again' : consumerGroup],
    [
      'Where it failed',
      html`<a href=${messagePath({ topic, partition, offset })}><code>${topic} ${partition}@${offset}</code></a>`,
    ],
    ['Key', key === null ? 'none' : html`<code>${key}</code>`],
    ['Event', eventType ?? 'not named'],
    ['Event id', eventId === null ? undefined : html`<code>${eventId}</code>`],
    ['Written', html`<${Time} at=${originalAt} />`],
    ['First failed', html`<${Time} at=${letter.firstSeenAt} />`],
    ['Last failed', html`<${Time} at=${letter.lastSeenAt} />`],
    ['Sent again', `${redrives} of ${redrives + redrivesLeft} times; then it is parked`],
    ['Error class', html`<code>${letter.errorClass}</code>`],
  ]} />`
}

function Neighbours({ neighbours }: { readonly neighbours: readonly KeyNeighbour[] }): VNode {
  const { before = [], after = [] } = Object.groupBy(neighbours, ({ before: isBefore }) =>
    isBefore ? 'before' : 'after',
  )
  return html`<${Section} id="key" title="Of the same key" note="in the order in which they were written">
    ${before.length > 0 && html`<p>Held back by ${links(before)}: it is sent only together with them or after them.</p>`}
    ${after.length > 0 && html`<p>Holds back ${links(after)}, which came later.</p>`}
  <//>`
}

const links = (neighbours: readonly KeyNeighbour[]): readonly VNode[] =>
  neighbours.map(
    ({ id, state }, at) =>
      html`${at > 0 && ', '}<a href=${deadLetterPath(id)}>${id}</a> <${StateMark} state=${state} />`,
  )

function Payload({ payload }: { readonly payload: ContentView | null }): VNode {
  if (payload === null) return html`<p class="empty">A tombstone: it has no value.</p>`
  if (payload.json !== undefined) return html`<${JsonText} value=${payload.json} label="Payload" />`
  return html`<pre class="json" tabindex="0" role="region" aria-label="Payload">${payload.text ?? `base64 ${payload.base64}`}</pre>`
}

function Editor({ letter, viewer }: { readonly letter: WholeLetter; readonly viewer: Visitor }): VNode {
  const { payload, id } = letter
  const text = payload?.json === undefined ? (payload?.text ?? '') : JSON.stringify(payload.json, undefined, 2)
  return html`<${Section} id="edit" title="Edit the payload" note="the eventId stays; an event of the contracts has to stay one">
    <form method="post" action=${`${deadLetterPath(id)}/payload`}>
      <input type="hidden" name="_csrf" value=${viewer.csrfToken} />
      ${island('payload-edit', PayloadEdit, { text })}
      <label class="field"><span>Reason <small>goes to the audit</small></span>
        <input name="reason" required minlength="3" maxlength="500" autocomplete="off" /></label>
      <p class="after-field"><button type="submit" class="primary">Keep this payload</button></p>
    </form>
  <//>`
}

function HistoryTable(history: WholeLetter['history']): VNode {
  return Table<WholeLetter['history'][number]>({
    caption: 'Each time it failed, the first first',
    rows: history,
    keyOf: ({ topic, partition, offset }) => `${topic} ${partition}@${offset}`,
    empty: 'Nothing is known of it.',
    columns: [
      { head: 'When', cell: ({ seenAt }) => html`<${Time} at=${seenAt} />` },
      {
        head: 'Which sending',
        cell: ({ attempt }) => (attempt === null ? 'the first delivery' : `redrive ${attempt}`),
      },
      {
        head: 'Record',
        cell: (each) =>
          html`<a href=${messagePath(each)}><code>${each.topic} ${each.partition}@${each.offset}</code></a>`,
      },
      {
        head: 'Error',
        kind: 'grow',
        cell: ({ errorClass, errorMessage }) => html`${shortClass(errorClass)}: ${errorMessage}`,
      },
    ],
  })
}

function HeaderTable(headers: WholeLetter['headers']): VNode {
  return Table<WholeLetter['headers'][number]>({
    caption: 'Headers',
    rows: headers,
    keyOf: ({ key, text, base64 }) => `${key} ${text ?? base64}`,
    empty: 'It has no headers.',
    columns: [
      { head: 'Name', cell: ({ key }) => html`<code>${key}</code>` },
      {
        head: 'Value',
        kind: 'grow',
        cell: ({ text, base64 }) => html`<code>${text?.slice(0, 500) ?? `base64 ${base64}`}</code>`,
      },
    ],
  })
}

function AuditTable(entries: readonly AuditEntry[]): VNode {
  return Table<AuditEntry>({
    caption: 'What was done to it, the newest first',
    rows: entries,
    keyOf: ({ id }) => id,
    empty: '',
    columns: [
      { head: 'When', cell: ({ at }) => html`<${Time} at=${at} />` },
      { head: 'Who', cell: ({ who }) => who },
      {
        head: 'What',
        cell: ({ action, redriveId }) =>
          redriveId === null ? action : html`<a href=${redrivePath(redriveId)}>${action} ${redriveId}</a>`,
      },
      { head: 'Why', kind: 'grow', cell: ({ reason }) => reason },
    ],
  })
}
