import type { Pool } from 'pg'
import type { WatchedService } from '../watched-services.ts'
import { ordersByIdInEvents, ordersByTrace } from './event-search.ts'

export interface Found {
  /** The newest first. */
  readonly orderIds: readonly string[]
  /** What the text was taken for; null: nothing was found. */
  readonly as: string | null
}

interface Finder {
  readonly as: string
  /** The part of the text that it looks for; null: the text is nothing for it. */
  readonly takes: (text: string) => string | null
  readonly find: (part: string, stores: Stores) => Promise<readonly string[]>
}

interface Stores {
  readonly order: Pool
  readonly all: readonly WatchedService[]
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/
const MAX_FOUND = 50
/** The end of an id is looked for among so many of the newest orders. */
const MAX_LOOKED_AT = 200_000

const column = (rows: readonly { readonly order_id: string }[]): readonly string[] => rows.map(({ order_id: id }) => id)

const whole = (text: string): string | null => (text === '' ? null : text)
const uuidIn = (text: string): string | null => UUID.exec(text)?.[0] ?? null

/** What any of them knows. One that does not answer matters only when no other knows anything. */
async function inAll(
  services: readonly WatchedService[],
  find: (pool: Pool) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const answers = await Promise.allSettled(services.map(({ pool }) => find(pool)))
  const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  const failed = answers.find((answer) => answer.status === 'rejected')
  if (found.length === 0 && failed !== undefined) throw failed.reason
  return [...new Set(found)]
}

/** From the cheapest to the dearest; the first that finds something is right. */
const FINDERS: readonly Finder[] = [
  {
    // Payments, deliveries, dispatches and calls to partners have the order's id in their own: `payment-…`, `authorize-…`, `delivery-…-attempt-2`.
    as: 'an order, or what is named after it',
    takes: (text) => uuidIn(text) ?? whole(text),
    find: async (id, { order }) =>
      column((await order.query('select order_id from orders where order_id = $1', [id])).rows),
  },
  {
    as: 'the beginning of an order’s id',
    takes: (text) => (/^[0-9a-f-]{4,35}$/.test(text) ? text : null),
    find: async (start, { order }) =>
      column(
        (
          await order.query(
            'select order_id from orders where order_id >= $1 and order_id < $2 order by order_id desc limit $3',
            [start, `${start}\uffff`, MAX_FOUND],
          )
        ).rows,
      ),
  },
  {
    as: 'the end of an order’s id',
    takes: (text) => (/^[0-9a-f-]{6,35}$/.test(text) ? text : null),
    find: async (end, { order }) =>
      column(
        (
          await order.query(
            `select order_id from (select order_id from orders order by created_at desc, order_id limit $3) newest
             where right(order_id, $2) = $1 limit $4`,
            [end, end.length, MAX_LOOKED_AT, MAX_FOUND],
          )
        ).rows,
      ),
  },
  {
    as: 'a customer',
    takes: whole,
    find: async (customer, { order }) =>
      column(
        (
          await order.query(
            'select order_id from orders where customer_id = $1 order by created_at desc, order_id limit $2',
            [customer, MAX_FOUND],
          )
        ).rows,
      ),
  },
  {
    as: 'a cart',
    takes: uuidIn,
    find: async (cart, { all }) => {
      const asked = `select data->>'orderId' as order_id from events where stream = $1 and data->>'orderId' is not null limit 1`
      return inAll(all, async (pool) => column((await pool.query(asked, [`cart-${cart}`])).rows))
    },
  },
  {
    as: 'an event, or what an event names',
    takes: uuidIn,
    find: (id, { all }) => inAll(all, (pool) => ordersByIdInEvents(pool, id)),
  },
  {
    as: 'a trace',
    takes: (text) => /(?:^|-)([0-9a-f]{32})(?:-|$)/.exec(text)?.[1] ?? null,
    find: (trace, { order }) => ordersByTrace(order, trace),
  },
]

/** Finds orders by whatever somebody has in hand: an id, the beginning or the end of one, a customer, an event, a reference of a partner, a trace. */
export async function findOrders(text: string, stores: Stores): Promise<Found> {
  const wanted = text.trim()
  for (const { as, takes, find } of FINDERS) {
    const part = takes(wanted.toLowerCase() === wanted ? wanted : takesLower(wanted))
    if (part === null) continue
    const orderIds = await find(part, stores)
    if (orderIds.length > 0) return { orderIds, as }
  }
  return { orderIds: [], as: null }
}

/** Ids are written in small letters; somebody may have copied one in capitals. Names of customers stay as they are. */
const takesLower = (text: string): string => (UUID.test(text.toLowerCase()) ? text.toLowerCase() : text)
