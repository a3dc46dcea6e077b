import type { WatchedService } from '../watched-services.ts'
import { draftsOf } from './build-timeline.ts'
import { eventsById } from './case-trail.ts'
import type { StepName } from './compare-times.ts'
import { nameOf, usualTimes } from './compare-times.ts'
import { readTrails } from './read-case.ts'

/** What has happened last, by the primary key, from the end; of so many orders at most. */
const LAST_EVENTS = 600
const ORDERS = 60
/** How long what was found counts as recent. Milliseconds. */
const KEEP_MS = 60_000

export type UsualMs = (step: StepName) => number | null

/**
 * How long each step takes in recent orders: read from the same rows as a timeline, once a minute at most, after somebody has looked at one. Nobody waits
 * for it: who looks first sees no comparison, and the figures of before serve until the new ones are there.
 */
export function recentOrders(services: readonly WatchedService[], now: () => number): () => UsualMs {
  let known: ReadonlyMap<string, number> = new Map()
  let readAt = Number.NEGATIVE_INFINITY
  const read = async (): Promise<void> => {
    try {
      known = await timesOfRecent(services)
    } catch {
      // A timeline without comparison is better than none; that a database is away it says itself.
    }
  }
  return () => {
    if (now() - readAt >= KEEP_MS) {
      readAt = now()
      void read()
    }
    return (step) => known.get(nameOf(step)) ?? null
  }
}

async function timesOfRecent(services: readonly WatchedService[]): Promise<ReadonlyMap<string, number>> {
  const orders = services.find(({ name }) => name === 'order-service')
  if (orders === undefined) return new Map()
  const { rows } = await orders.pool.query<{ correlation_id: string }>(
    'select correlation_id from events order by tx desc, position desc limit $1',
    [LAST_EVENTS],
  )
  const ids = [...new Set(rows.map(({ correlation_id: id }) => id))].slice(0, ORDERS)
  const trails = await readTrails(services, ids)
  const events = eventsById(trails)
  return usualTimes(
    trails.flatMap((trail) => draftsOf(trail, events, () => '')),
    events,
  )
}
