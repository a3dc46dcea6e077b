import { ORDER_STATUS } from '../../orders/order-words.ts'
import { Duration, Facts, Status, Time } from '../../web/components/index.ts'
import type { VNode } from '../../web/html.ts'
import { html } from '../../web/html.ts'
import type { Timeline } from '../timeline.ts'
import { shownSteps } from '../timeline.ts'
import { eventWords, shortService, span } from '../words.ts'

/** What of an order never changes. */
export interface OrderTerms {
  readonly customerId: string
  /** With its currency. */
  readonly total: string
}

/** `terms` null: the list of orders cannot be read. */
export function OrderFacts({
  timeline,
  terms,
}: {
  readonly timeline: Timeline
  readonly terms: OrderTerms | null
}): VNode {
  const { status, startedAt, lastAt, slowest } = timeline
  const slow = shownSteps(timeline).find(({ id }) => id === slowest?.step)
  return html`<${Facts} items=${[
    ['Status', html`<${Status} kind=${ORDER_STATUS[status ?? ''] ?? 'idle'}>${status ?? 'not known'}<//>`],
    [
      'Customer',
      terms && html`<a href=${`/orders?search=${encodeURIComponent(terms.customerId)}`}>${terms.customerId}</a>`,
    ],
    ['Total', terms?.total],
    ['Placed', startedAt === null ? undefined : html`<${Time} at=${startedAt} />`],
    [
      'First to last step',
      startedAt === null || lastAt === null
        ? undefined
        : html`<${Duration} ms=${Date.parse(lastAt) - Date.parse(startedAt)} />`,
    ],
    [
      'Slowest hop',
      slowest === null || slow === undefined
        ? undefined
        : `${span(slowest.ms)} ${slowest.hop}, ${eventWords(slow.title)} at ${shortService(slow.service)}`,
    ],
  ]} />`
}
