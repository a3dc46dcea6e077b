import { ORDER_STATUSES } from '@stocker/order-service/model'
import type { HttpApp } from '@stocker/service-kit'
import { Type } from 'typebox'
import { Age, Pager, Section, ShortId, Status, Table, Time } from '../web/components/index.ts'
import type { VNode } from '../web/html.ts'
import { html } from '../web/html.ts'
import { page } from '../web/page.ts'
import { ATTENTION_WORDS, moneyText, ORDER_STATUS } from './order-words.ts'
import type { ListedOrder, ListedOrders, OrdersDesk, OrdersQuery } from './orders-desk.ts'
import { OrdersFilter } from './orders-routes.ts'

/** A form sends what was not chosen as an empty text. */
const PageFilter = Type.Object({
  ...OrdersFilter.properties,
  status: Type.Optional(Type.Enum([...ORDER_STATUSES, ''])),
})

/** Finds orders by whatever somebody has in hand; those in need of attention come first. */
export function ordersPage(desk: OrdersDesk, app: HttpApp): void {
  page(app, {
    path: '/orders',
    access: 'support',
    title: 'Orders',
    nav: 'orders',
    query: PageFilter,
    render: async ({ query: { status, ...asked } }) => {
      const query: OrdersQuery = { ...asked, status: status === '' ? undefined : status }
      const listed = await desk.list(query)
      const [only] = listed.orders
      if (query.search !== undefined && listed.orders.length === 1 && only !== undefined)
        return { redirectTo: `/orders/${encodeURIComponent(only.orderId)}` }
      return {
        lead: leadOf(listed, query),
        json: `/ops/api/orders?${parametersOf(query)}`,
        body: html`
          <${Filter} query=${query} />
          <${Section} id="orders" title=${query.search === undefined || query.search === '' ? 'Orders' : 'Found'} note="those in need of attention first">
            ${OrdersTable(listed.orders, query)}
            <${Pager} next=${listed.next === null ? undefined : `/orders?${parametersOf({ ...query, after: listed.next })}`} first=${query.after === undefined ? undefined : `/orders?${parametersOf({ ...query, after: undefined })}`} />
          <//>`,
      }
    },
  })
}

function leadOf({ foundAs, inNeed, orders }: ListedOrders, { search }: OrdersQuery): string {
  if (search !== undefined && search.trim() !== '')
    return foundAs === null ? `Nothing is known as “${search}”.` : `${orders.length} found: “${search}” is ${foundAs}.`
  return inNeed === 0
    ? 'No order needs attention.'
    : `${inNeed === 1 ? 'One order needs' : `${inNeed} orders need`} attention.`
}

function parametersOf(query: Partial<OrdersQuery>): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' || (name === 'limit' && value === 50) ? [] : [[name, String(value)]],
  )
  return String(new URLSearchParams(given))
}

function Filter({ query }: { readonly query: OrdersQuery }): VNode {
  return html`<form class="filters" method="get" action="/orders">
    <label class="field field-grow"><span>Find <small>order, its beginning or end, customer, cart, payment, event, trace</small></span>
      <input type="search" name="search" value=${query.search ?? ''} maxlength="200" autocomplete="off" spellcheck=${false} />
    </label>
    <label class="field"><span>Status</span>
      <select name="status">
        <option value="" selected=${query.status === undefined}>all</option>
        ${ORDER_STATUSES.map((status) => html`<option value=${status} selected=${status === query.status}>${status}</option>`)}
      </select>
    </label>
    <label class="check"><input type="checkbox" name="attention" value="true" checked=${query.attention === true} /> only those in need of attention</label>
    <button type="submit" class="primary">Show</button>
  </form>`
}

function OrdersTable(orders: readonly ListedOrder[], query: OrdersQuery): VNode {
  return Table<ListedOrder>({
    caption: 'Orders',
    rows: orders,
    keyOf: ({ orderId }) => orderId,
    markOf: ({ attention }) =>
      attention === null ? undefined : ATTENTION_WORDS[attention.reason].kind === 'bad' ? 'bad' : 'warn',
    empty:
      query.search !== undefined || query.status !== undefined || query.attention === true
        ? 'No order fits. Try less.'
        : 'There are no orders yet. `npm run demo` places one.',
    columns: [
      {
        head: 'Order',
        kind: 'code',
        cell: ({ orderId }) =>
          html`<a class="id" href=${`/orders/${encodeURIComponent(orderId)}`} title=${orderId}><code>${orderId.slice(0, 8)}…${orderId.slice(-8)}</code></a>`,
      },
      { head: 'Status', cell: ({ status }) => html`<${Status} kind=${ORDER_STATUS[status] ?? 'idle'}>${status}<//>` },
      {
        head: 'Attention',
        cell: ({ attention }) => {
          if (attention === null) return html`<span class="note">–</span>`
          const { kind, word } = ATTENTION_WORDS[attention.reason]
          return html`<${Status} kind=${kind}>${word}<//> <span class="note">for <${Age} since=${attention.since} /></span>`
        },
      },
      {
        head: 'Customer',
        cell: ({ customerId }) =>
          html`<a href=${`/orders?search=${encodeURIComponent(customerId)}`}><${ShortId} id=${customerId} /></a>`,
      },
      { head: 'Total', kind: 'number', cell: ({ amount, currency }) => moneyText(amount, currency) },
      { head: 'Placed', cell: ({ createdAt }) => html`<${Time} at=${createdAt} />` },
      { head: 'Last change', cell: ({ updatedAt }) => html`<${Age} since=${updatedAt} /> ago` },
    ],
  })
}
