import { usage } from '@stocker/platform'
import { columns } from '../columns.ts'
import type { CtlCommand } from '../command.ts'
import type { ConsoleClient } from '../console-client.ts'
import { reasonOf } from '../number-of.ts'

interface ListedOrder {
  readonly orderId: string
  readonly customerId: string
  readonly status: string
  readonly createdAt: string
  readonly attention: { readonly reason: string; readonly since: string } | null
}

interface ExpectedStep {
  readonly id: string
  readonly title: string
  /** What comes of it; null: it cannot be done at once. */
  readonly runNow: string | null
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
    'run-now': {
      type: 'string',
      value: 'what',
      help: 'has done at once what it waits for: a part of the name of a call, a deadline or a message. Only with --reason',
    },
    reason: { type: 'string', value: 'text', help: 'run-now: why; it is kept in the audit' },
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
    const what = flags.text('run-now')
    if (what !== undefined) {
      const { expected } = (await client.get(path)) as { readonly expected: readonly ExpectedStep[] }
      const step = stepNamed(what, expected)
      const answer = await client.post(`orders/${encodeURIComponent(orderId)}/run-now`, {
        step: step.id,
        reason: reasonOf(flags),
      })
      show(answer, () => `${(answer as { readonly status: string }).status}: ${step.title}`)
      return 0
    }
    const [timeline, text] = await Promise.all([client.get(path), client.text(`${path}.txt`)])
    show(timeline, () => text.trimEnd())
    return 0
  },
}

/** The one step that can be done at once and has this in its name. */
function stepNamed(what: string, expected: readonly ExpectedStep[]): ExpectedStep {
  const can = expected.filter(({ runNow }) => runNow !== null)
  const found = can.filter(({ id, title }) => `${id} ${title}`.toLowerCase().includes(what.toLowerCase()))
  const [step] = found
  if (step !== undefined && found.length === 1) return step
  const names = (found.length > 0 ? found : can).map(({ title, runNow }) => `${title}: ${runNow}`)
  throw usage(
    names.length === 0
      ? 'the order waits for nothing that could be done at once'
      : `${found.length === 0 ? `nothing is called ${what}` : `${what} may mean several`}; it can be\n  ${names.join('\n  ')}`,
  )
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
