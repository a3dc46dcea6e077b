import type { HttpApp } from '@stocker/service-kit'
import type { HeaderView } from '../access/mask-header.ts'
import { mayActAs } from '../access/roles.ts'
import type { Visitor } from '../access/viewer.ts'
import { ConfirmDialog, Facts, JsonText, OpenButton, Section, Table, Time } from '../web/components/index.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { bytesText } from '../web/number-text.ts'
import { page } from '../web/page.ts'
import type { Chain, ChainLink } from './chain/chain.ts'
import { chainOf } from './chain/chain.ts'
import type { MessageDesk } from './message-desk.ts'
import { ByPlace } from './message-schemas.ts'
import type { MessageView } from './message-view.ts'
import { messageView } from './message-view.ts'
import { messagePath, messagesApi, topicPath } from './paths.ts'
import { isContractTopic } from './publish/publishable.ts'

/** One record, by its place: an address that can be sent to others. */
export function messagePage(desk: MessageDesk, app: HttpApp): void {
  page(app, {
    path: '/messages/:topic/:partition/:offset',
    access: 'support',
    title: 'Message',
    nav: 'messages',
    params: ByPlace,
    render: async (request, viewer) => {
      const { topic, partition, offset } = request.params
      const message = await desk.search.find(topic, partition, BigInt(offset))
      const mask = desk.maskOf(request, request.params)
      const view = messageView(message, mask)
      const listed = desk.listMask(viewer)
      const others = (await desk.caseOf(message)).map((other) => messageView(other, listed))
      return {
        title: `${view.type ?? 'Record'} ${partition}@${offset}`,
        lead: html`Of <a href=${topicPath(topic)}>${topic}</a>, partition ${partition}, offset ${offset}.`,
        json: messagesApi(topic, `/${partition}/${offset}`),
        unmasked: mask.unmasked,
        actions: html`<${Actions} message=${view} viewer=${viewer} />`,
        body: html`
          <${MessageFacts} message=${view} />
          <${Section} id="value" title="Value">
            <${Value} message=${view} />
          <//>
          ${view.causationId !== null || others.length > 1 ? html`<${CausationChain} chain=${chainOf(view, others)} />` : undefined}
          <${Section} id="headers" title="Headers">
            ${Table<HeaderView>({
              caption: 'Headers',
              rows: view.headers,
              keyOf: ({ key, text, base64 }) => `${key} ${text ?? base64}`,
              empty: 'It has no headers.',
              columns: [
                { head: 'Name', kind: 'code', cell: ({ key }) => html`<code>${key}</code>` },
                {
                  head: 'Value',
                  kind: 'grow',
                  cell: ({ text, base64 }) => html`<code>${text ?? `base64 ${base64}`}</code>`,
                },
              ],
            })}
          <//>
        `,
      }
    },
  })
}

interface ActionsProps {
  readonly message: MessageView
  readonly viewer: Visitor
}

function Actions({ message, viewer }: ActionsProps): VNode {
  const { topic, partition, offset, correlationId, masked } = message
  const path = messagePath(message)
  const previous = BigInt(offset) - 1n
  return html`
    ${correlationId !== null && isContractTopic(topic) && html`<a class="button" href=${`/orders/${encodeURIComponent(correlationId)}`}>Open order</a>`}
    ${previous >= 0n && html`<a class="button" rel="prev" href=${messagePath({ topic, partition, offset: String(previous) })}>Previous</a>`}
    <a class="button" rel="next" href=${messagePath({ topic, partition, offset: String(BigInt(offset) + 1n) })}>Next</a>
    ${
      masked &&
      mayActAs(viewer.role, 'operator') &&
      html`
        <${OpenButton} dialog="unmask">Unmask…<//>
        <${ConfirmDialog} id="unmask" title="Show this record with its personal values?" action="/ops/api/unmask" csrf=${viewer.csrfToken} confirm="Show them"
          fields=${{ subject: `message:${topic}/${partition}/${offset}`, next: path }}>
          <p>You see them for some minutes. Who looked, at what and why goes to the audit.</p>
        <//>`
    }
    ${
      mayActAs(viewer.role, 'developer') &&
      isContractTopic(topic) &&
      html`<a class="button" href=${`${topicPath(topic)}/publish?like=${partition}@${offset}`}>Edit and resend…</a>`
    }
  `
}

function MessageFacts({ message }: { readonly message: MessageView }): VNode {
  const { key, type, timestamp, size, eventId, correlationId, causationId, topic } = message
  return html`<${Facts} items=${[
    ['Type', type ?? 'not named'],
    ['Time', timestamp === null ? 'not given' : html`<${Time} at=${timestamp} />`],
    [
      'Key',
      key === null
        ? 'none'
        : html`<a href=${`${topicPath(topic)}?${new URLSearchParams({ key, from: 'earliest' })}`}><code>${key}</code></a>`,
    ],
    ['Size', bytesText(size)],
    ['Event id', html`<code>${eventId}</code>`],
    ['Correlation', correlationId === null ? undefined : html`<code>${correlationId}</code>`],
    ['Caused by', causationId === null ? undefined : html`<code>${causationId}</code>`],
  ]} />`
}

function Value({ message: { value } }: { readonly message: MessageView }): VNode {
  if (value === null)
    return html`<p class="empty">A tombstone: it has a key and no value, and deletes what had this key.</p>`
  if (value.json !== undefined) return html`<${JsonText} value=${value.json} label="Value" />`
  return html`<pre class="json" tabindex="0" role="region" aria-label="Value">${value.text ?? `base64 ${value.base64}`}</pre>`
}

const RELATIONS: Readonly<Record<ChainLink['relation'], string>> = {
  cause: 'led to the next',
  this: 'this one',
  effect: 'was led to by this one',
}

function CausationChain({ chain }: { readonly chain: Chain }): VNode {
  return html`<${Section} id="chain" title="What led to it, and what it led to" note="in the topics, within 15 minutes">
    ${chain.before !== null && html`<p class="note">The first of them was caused by <code>${chain.before}</code>, which is no record of the topics: a command, an event that is not published, or one that is gone.</p>`}
    <ol class="chain">
      ${chain.links.map(
        ({ message, relation }) => html`<li aria-current=${relation === 'this' ? 'true' : undefined}>
          ${message.timestamp !== null && html`<${Time} at=${message.timestamp} form="precise" />`}
          ${relation === 'this' ? html`<strong>${message.type}</strong>` : html`<a href=${messagePath(message)}>${message.type}</a>`}
          <span>${message.topic} ${message.partition}@${message.offset}</span>
          <span class="note">${RELATIONS[relation]}</span>
        </li>`,
      )}
    </ol>
  <//>`
}
