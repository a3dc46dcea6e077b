import type { EventEffects, StoredEvent, Trail } from '@stocker/cqrs'
import { effectsOf, readEarlierEvents, readEvents, readHandlings } from '@stocker/cqrs'
import type { WatchedService } from '../watched-services.ts'
import type { ServiceTrail, UnreadTrail } from './case-trail.ts'

/** All that the services know of one order. */
export interface OrderCase {
  readonly trails: readonly ServiceTrail[]
  readonly unread: readonly UnreadTrail[]
  /** By id of the event. */
  readonly effects: ReadonlyMap<string, EventEffects>
}

/** Of streams that many orders share, such as the stock of a product, so many earlier events are read to show what an order has changed. */
const EARLIER_EVENTS = 300

/**
 * Reads the databases of all services, each by its indexes: first the events of the order and of the cart that it came from, then what every service made of
 * them. A service whose database does not answer is left out, and named.
 */
export async function readCase(services: readonly WatchedService[], orderId: string): Promise<OrderCase> {
  const failed = new Map<string, string>()
  const each = eachOf(services, failed)
  const cases = await each((service) => casesOf(service, orderId))
  const trails = await readTrails(services, [...new Set([orderId, ...[...cases.values()].flat()])], each)
  const earlier = await each(({ name, pool }) => readEarlierEvents(pool, eventsIn(trails, name), EARLIER_EVENTS))
  const effects = services.flatMap(({ name, aggregates, projections }) =>
    effectsOf(aggregates, projections, [...(earlier.get(name) ?? []), ...eventsIn(trails, name)]),
  )
  return {
    trails: trails.filter(({ service }) => !failed.has(service)),
    unread: services.flatMap(({ name: service, contract: { reads } }) => {
      const reason = failed.get(service)
      return reason === undefined ? [] : [{ service, reads, reason }]
    }),
    effects: new Map(effects.map((effect) => [effect.event.id, effect])),
  }
}

const eventsIn = (trails: readonly ServiceTrail[], name: string): readonly StoredEvent[] =>
  trails.find(({ service }) => service === name)?.trail.events ?? []

type Each = <T>(read: (service: WatchedService) => Promise<T>) => Promise<ReadonlyMap<string, T>>

/** Asks all at the same time; who has failed once is not asked again. */
const eachOf =
  (services: readonly WatchedService[], failed: Map<string, string>): Each =>
  async (read) => {
    const results = await Promise.all(
      services.map(async (service) => {
        if (failed.has(service.name)) return []
        try {
          return [[service.name, await read(service)] as const]
        } catch (error) {
          failed.set(service.name, error instanceof Error ? error.message : String(error))
          return []
        }
      }),
    )
    return new Map(results.flat())
  }

/** What every service knows of these cases; those that do not answer are left out. */
export async function readTrails(
  services: readonly WatchedService[],
  correlationIds: readonly string[],
  each: Each = eachOf(services, new Map()),
): Promise<readonly ServiceTrail[]> {
  const events = await each(({ pool }) => readEvents(pool, { correlationIds }))
  const messageIds = [...events.values()].flat().map(({ id }) => id)
  const handlings = await each(({ pool }) => readHandlings(pool, { correlationIds, messageIds }))
  return services.flatMap(({ name, consumerGroup, contract, outboundCalls }): readonly ServiceTrail[] => {
    const handling = handlings.get(name)
    if (handling === undefined) return []
    const { reads, writes } = contract
    const trail: Trail = { events: events.get(name) ?? [], ...handling }
    return [{ service: name, consumerGroup, reads, writes, outboundCalls, trail }]
  })
}

/** The cases that the order's own streams belong to: its own, or that of the cart that was checked out. */
async function casesOf({ pool, aggregates }: WatchedService, orderId: string): Promise<readonly string[]> {
  const streams = aggregates.map(({ name }) => `${name}-${orderId}`)
  const { rows } = await pool.query<{ correlation_id: string }>(
    'select correlation_id from events where stream = any($1::text[]) and version = 1',
    [streams],
  )
  return rows.map(({ correlation_id: id }) => id)
}

/** Whether anybody knows anything of it. */
export const isKnown = ({ trails }: OrderCase): boolean => trails.some(({ trail }) => trail.events.length > 0)
