import { usage } from '@stocker/platform'
import { columns } from '../columns.ts'
import type { CtlCommand } from '../command.ts'
import type { ConsoleClient } from '../console-client.ts'

interface ListedOrder {
  readonly orderId: string
  readonly customerId: string
  readonly status: string
  readonly createdAt: string
  readonly attention: { readonly reason: string; readonly since: string } | null
}

export const order: CtlCommand = {
  words: '<id>',
  help: 'one order across services: what was done, what it waits for. Also a part of its id, a customer, a payment, a message, a trace',
  flags: {
    unmask: {
      type: 'string',
      value: 'reason',
      help: 'with its personal values, for a reason that is kept in the audit',
    },
  },
  maxWords: 1,
  run: async ({ words: [id], flags, console: connect, show }) => {
    if (id === undefined) throw usage('order needs an id, or something that the order is known by')
    const client = await connect()
    const orderId = await findOrder(client, id)
    if (typeof orderId !== 'string') {
      show({ orders: orderId }, () => ordersText(orderId))
      return orderId.length === 0 ? 1 : 0
    }
    const reason = flags.text('unmask')
    if (reason !== undefined) await client.post('unmask', { subject: `order:${orderId}`, reason })
    const path = `orders/${encodeURIComponent(orderId)}/timeline`
    const [timeline, text] = await Promise.all([client.get(path), client.text(`${path}.txt`)])
    show(timeline, () => text.trimEnd())
    return 0
  },
}

/** The one order, or those that the text may mean. */
async function findOrder(client: ConsoleClient, search: string): Promise<string | readonly ListedOrder[]> {
  const { orders } = (await client.get('orders', { search })) as { readonly orders: readonly ListedOrder[] }
  const [only] = orders
  return only !== undefined && (orders.length === 1 || only.orderId === search) ? only.orderId : orders
}

function ordersText(orders: readonly ListedOrder[]): string {
  if (orders.length === 0) return 'no order is known by that'
  return columns([
    ['order', 'customer', 'status', 'placed', 'needs'],
    ...orders.map(({ orderId, customerId, status, createdAt, attention }) => [
      orderId,
      customerId,
      status,
      createdAt,
      attention === null ? '' : `${attention.reason} since ${attention.since}`,
    ]),
  ])
}
