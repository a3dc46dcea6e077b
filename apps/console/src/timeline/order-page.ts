import type { HttpApp } from '@stocker/service-kit'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { maskerFor } from '../access/masking.ts'
import { mayActAs } from '../access/roles.ts'
import type { Visitor } from '../access/viewer.ts'
import { viewerOf } from '../access/viewer.ts'
import type { OrderLine } from '../orders/order-list.ts'
import { moneyText } from '../orders/order-words.ts'
import { ConfirmDialog, OpenButton } from '../web/components/index.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { island } from '../web/island.ts'
import { page } from '../web/page.ts'
import { problems } from './errors.ts'
import { Island as OrderTimeline } from './order-timeline.island.ts'
import type { TimelineDesk } from './timeline-desk.ts'
import type { OrderTerms } from './view/order-facts.ts'

export interface OrderPageParts {
  readonly desk: TimelineDesk
  /** The order's line in the list; undefined: it is not there (yet), or the list cannot be read. */
  readonly lineOf: (orderId: string) => Promise<OrderLine | undefined>
}

/** One order across services: what happened, what it waits for, and what can be done. */
export function orderPage({ desk, lineOf }: OrderPageParts, app: HttpApp): void {
  page(app, {
    path: '/orders/:id',
    access: 'support',
    title: 'Order',
    nav: 'orders',
    params: Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) }),
    query: Type.Object({ steps: Type.Integer({ minimum: 2, maximum: 5_000, default: 200 }) }),
    render: async (request) => {
      const { id } = request.params
      const sight = maskerFor(request as FastifyRequest, `order:${id}`)
      const [timeline, line] = await Promise.all([
        desk.timeline(id, { sight, maxSteps: request.query.steps }),
        lineOf(id),
      ])
      if (timeline === undefined) throw problems('ORDER_UNKNOWN', `No service knows an order ${id}.`)
      const waiting = await desk.waiting(timeline)
      const viewer = viewerOf(request as FastifyRequest)
      const api = `/ops/api/orders/${encodeURIComponent(id)}/timeline`
      return {
        title: `Order ${id.slice(-8)}`,
        lead: html`<code>${id}</code>`,
        json: api,
        text: `${api}.txt`,
        unmasked: sight.unmasked,
        actions: html`<${Actions} id=${id} status=${timeline.status} refundRefused=${timeline.expected.some(({ title }) => title === 'payment RetryRefund')} viewer=${viewer} unmasked=${sight.unmasked} />`,
        body: island('order-timeline', OrderTimeline, {
          timeline,
          waiting,
          terms: termsOf(line),
          acting: mayActAs(viewer.role, 'operator') ? { csrf: viewer.csrfToken } : null,
        }),
      }
    },
  })
}

const termsOf = (line: OrderLine | undefined): OrderTerms | null =>
  line === undefined ? null : { customerId: line.customerId, total: moneyText(line.amount, line.currency) }

/** Until the courier is on the way; whether that is so, the order itself decides. */
const CANCELLABLE: ReadonlySet<string> = new Set(['CREATED', 'CONFIRMED', 'DISPATCHED'])

interface ActionsProps {
  readonly id: string
  readonly status: string | null
  /** The gateway has refused to give the money back, and is asked again later. */
  readonly refundRefused: boolean
  readonly viewer: Visitor
  readonly unmasked: boolean
}

function Actions({ id, status, refundRefused, viewer, unmasked }: ActionsProps): VNode | null {
  if (!mayActAs(viewer.role, 'operator')) return null
  const here = `/orders/${encodeURIComponent(id)}`
  return html`
    ${
      !unmasked &&
      html`<${OpenButton} dialog="unmask">Show personal values…<//>
        <${ConfirmDialog} id="unmask" title="Show the personal values of this order?" action="/ops/api/unmask" csrf=${viewer.csrfToken} fields=${{ subject: `order:${id}`, next: here }} confirm="Show them">
          <p>Names and addresses are shown to you for some minutes. Who saw them, when and why is kept in the audit.</p>
        <//>`
    }
    ${
      refundRefused &&
      html`<${OpenButton} dialog="retry-refund">Ask for the refund again…<//>
        <${ConfirmDialog} id="retry-refund" title="Ask the gateway for the refund now?" action=${`/ops/api${here}/retry-refund`} csrf=${viewer.csrfToken} fields=${{ next: here }} confirm="Ask now">
          <p>The gateway has refused it and would be asked again later anyway. The money is given back once, however often it is asked for.</p>
        <//>`
    }
    ${
      CANCELLABLE.has(status ?? '') &&
      html`<${OpenButton} dialog="cancel" kind="danger">Cancel order…<//>
        <${ConfirmDialog} id="cancel" title="Cancel this order?" action=${`/ops/api${here}/cancel`} csrf=${viewer.csrfToken} fields=${{ next: here }} confirm="Cancel the order" kind="danger">
          <p>Nothing is charged, or all of it is given back; reserved pieces are freed, and a parcel that has left is called back. It cannot be taken back. An order whose courier is on the way is refused.</p>
        <//>`
    }
  `
}
