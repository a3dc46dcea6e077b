import { useEffect, useState } from 'preact/hooks'
import { Empty, Section, Time } from '../web/components/index.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { listen } from '../web/live.ts'
import { numberText } from '../web/number-text.ts'
import type { FeedEvent } from './event-feed.ts'

const KEPT = 30

type Item = FeedEvent | { readonly passed: number }

/** Events as they come, the newest first. The switch at the top stops it. */
export function Island({ mayFollow }: { readonly mayFollow: boolean }): VNode {
  const [events, setEvents] = useState<readonly FeedEvent[]>([])
  const [passed, setPassed] = useState(0)
  useEffect(
    () =>
      listen<readonly Item[]>('feed', {
        data: (items) => {
          const shown = items.filter((item): item is FeedEvent => !('passed' in item))
          const told = items.findLast((item) => 'passed' in item)
          if (shown.length > 0) setEvents((known) => [...shown.toReversed(), ...known].slice(0, KEPT))
          if (told !== undefined) setPassed(told.passed)
        },
      }),
    [],
  )
  return html`<${Section} id="feed" title="Events" note=${passed > 0 ? `and ${numberText(passed)} more a second that are not shown` : 'as they come'}>
    ${
      events.length === 0
        ? html`<${Empty}>Nothing has happened since this page was opened. <code>npm run demo</code> places an order.<//>`
        : html`<ol class="feed">
            ${events.map(
              ({ at, type, topic, place, key }) => html`<li key=${`${topic} ${place}`}>
                ${Time({ at, form: 'precise' })}
                <span class=${`feed-topic topic-${topic.replace(/-events$/, '')}`}>${topic.replace(/-events$/, '')}</span>
                <span class="feed-type">${type}</span>
                ${keyOf(key, topic, mayFollow)}
                <code class="feed-place">${topic}/${place}</code>
              </li>`,
            )}
          </ol>`
    }
  <//>`
}

function keyOf(key: string | null, topic: string, mayFollow: boolean): VNode {
  if (key === null) return html`<span></span>`
  const text = html`<code title=${key}>${key.slice(-8)}</code>`
  const href =
    topic === 'catalog-events' ? undefined : topic === 'cart-events' ? `/orders?search=${key}` : `/orders/${key}`
  return mayFollow && href !== undefined ? html`<a href=${href}>${text}</a>` : text
}
