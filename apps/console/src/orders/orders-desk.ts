import { ProblemError } from '@stocker/service-kit'
import type { Pool } from 'pg'
import type { Sight } from '../timeline/effect-views.ts'
import { problems } from '../timeline/errors.ts'
import type { TimelineDesk } from '../timeline/timeline-desk.ts'
import type { Waiting } from '../timeline/waiting/waiting.ts'
import type { WatchedService } from '../watched-services.ts'
import type { Attention } from './attention.ts'
import { ordersInNeed } from './attention.ts'
import { findOrders } from './find-orders.ts'
import type { OrderLine } from './order-list.ts'
import { listOrders, ordersById } from './order-list.ts'

export interface ListedOrder extends OrderLine {
  /** Why it is worth a look; null: it is not. */
  readonly attention: Attention | null
}

export interface ListedOrders {
  readonly orders: readonly ListedOrder[]
  /** `after` of the next page; null on the last one. */
  readonly next: string | null
  /** What a search text was taken for; null: nothing was searched, or nothing found. */
  readonly foundAs: string | null
  /** Orders in need of attention, whether they are on this page or not. */
  readonly inNeed: number
}

export interface StuckOrder extends ListedOrder {
  readonly waiting: Waiting
}

export interface OrdersQuery {
  readonly search?: string | undefined
  readonly status?: string | undefined
  /** Only those in need of attention. */
  readonly attention?: boolean | undefined
  readonly after?: string | undefined
  readonly limit: number
}

export interface OrdersDesk {
  /** Those in need of attention first, then the newest. */
  list(query: OrdersQuery): Promise<ListedOrders>
  /** What orders are stuck, the oldest first, each with what it waits for. `more`: so many others are in need. */
  stuck(limit: number, sight: Sight): Promise<{ readonly orders: readonly StuckOrder[]; readonly more: number }>
}

export interface OrdersParts {
  readonly services: readonly WatchedService[]
  /** Of the console. */
  readonly pool: Pool
  readonly timelines: TimelineDesk
  /** An order that waits for the platform itself for longer is late. Milliseconds. */
  readonly lateAfterMs: number
}

/** Everybody who looks at a page asks for it. Milliseconds. */
const FRESH_MS = 1_000
/** Timelines that are read at the same time for a list. */
const AT_ONCE = 4

export function createOrdersDesk({ services, pool, timelines, lateAfterMs }: OrdersParts): OrdersDesk {
  const order = services.find(({ name }) => name === 'order-service')
  if (order === undefined)
    throw new Error('The console is not told where order-service is: console.services.order-service.url')
  const needs = freshFor(FRESH_MS, () => ordersInNeed({ services, pool, lateAfterMs }))

  const withAttention = (orders: readonly OrderLine[], inNeed: readonly Attention[]): readonly ListedOrder[] => {
    const byId = new Map(inNeed.map((one) => [one.orderId, one]))
    return orders.map((line) => ({ ...line, attention: byId.get(line.orderId) ?? null }))
  }

  const read = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      if (error instanceof ProblemError) throw error
      const reason = error instanceof Error ? error.message : String(error)
      throw problems('STORES_AWAY', `The orders cannot be read: ${reason}.`)
    }
  }

  const listed = async ({ search, status, attention, after, limit }: OrdersQuery): Promise<ListedOrders> => {
    const inNeed = await needs()
    const counted = { inNeed: inNeed.length }
    const fits = ({ status: own }: OrderLine) => status === undefined || own === status
    if (search !== undefined && search.trim() !== '') {
      const { orderIds, as } = await findOrders(search, { order: order.pool, all: services })
      const found = await ordersById(order.pool, orderIds)
      return {
        ...counted,
        orders: withAttention(found.filter(fits), inNeed).slice(0, limit),
        next: null,
        foundAs: as,
      }
    }
    const first =
      after === undefined
        ? await ordersById(
            order.pool,
            inNeed.slice(0, limit).map(({ orderId }) => orderId),
          )
        : []
    const urgent = withAttention(first.filter(fits), inNeed)
    if (attention === true) return { ...counted, orders: urgent, next: null, foundAs: null }
    const page = await listOrders(order.pool, { status, after, limit })
    const shown = new Set(urgent.map(({ orderId }) => orderId))
    const others = withAttention(
      page.orders.filter(({ orderId }) => !shown.has(orderId)),
      inNeed,
    )
    return { ...counted, orders: [...urgent, ...others], next: page.next, foundAs: null }
  }

  return {
    list: (query) => read(() => listed(query)),
    stuck: (limit, sight) =>
      read(async () => {
        const inNeed = await needs()
        const lines = withAttention(
          await ordersById(
            order.pool,
            inNeed.slice(0, limit).map(({ orderId }) => orderId),
          ),
          inNeed,
        )
        const orders: StuckOrder[] = []
        for (let from = 0; from < lines.length; from += AT_ONCE) {
          const some = lines.slice(from, from + AT_ONCE).map(async (line) => {
            const timeline = await timelines.timeline(line.orderId, { sight, maxSteps: 2 })
            return timeline === undefined ? [] : [{ ...line, waiting: await timelines.waiting(timeline) }]
          })
          orders.push(...(await Promise.all(some)).flat())
        }
        // What has gone on meanwhile is not stuck any more.
        const still = orders.filter(({ waiting: { level } }) => level === 'stuck' || level === 'late')
        return { orders: still, more: Math.max(0, inNeed.length - lines.length) }
      }),
  }
}

/** The same answer for all who ask within so many milliseconds. */
function freshFor<T>(ms: number, read: () => Promise<T>): () => Promise<T> {
  let known: { readonly at: number; readonly value: Promise<T> } | undefined
  return () => {
    if (known === undefined || performance.now() - known.at > ms) known = { at: performance.now(), value: read() }
    return known.value
  }
}
