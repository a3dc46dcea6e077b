import type { Pool } from 'pg'
import { decodeAttempt, findAttempts } from '../postgres/attempt-rows.ts'
import { decodeEvent, eventsBeforeStatement, eventsOfCases } from '../postgres/event-rows.ts'
import type { Row } from '../postgres/pipeline.ts'
import type { SqlStatement } from '../sql-statement.ts'
import type { StoredEvent } from '../store/event.ts'
import type { Trail } from './trail.ts'
import { readOnce } from './trail-session.ts'
import {
  allPublications,
  decodeHandled,
  decodeInstance,
  decodeOpenCall,
  decodePendingDeadline,
  decodePublications,
  findDeadlines,
  findHandled,
  findInstances,
  findOpenCalls,
} from './trail-statements.ts'

export interface TrailQuery {
  /** Of the case, e.g. the order's id; and that of the cart that it came from. Also the ids of its sagas and aggregates. */
  readonly correlationIds: readonly string[]
  /** Ids of the case's events in all stores: what was handled, ignored or failed here. Default: what caused events of the case here. */
  readonly messageIds?: readonly string[]
}

/** More of one case is not read: a timeline of so many steps helps nobody. */
const MAX_EVENTS = 5_000
const MAX_ATTEMPTS = 5_000

/**
 * What one store knows of a case, in one round trip: read-only, by indexes, and given up after three seconds (TRANSACTION_TIMEOUT). `pool`: of the
 * store's database, with whatever role may read the kernel's tables.
 *
 * A case that goes through several stores takes two rounds: first the events of all (`readEvents`), then with their ids what each store made of
 * them (`readHandlings`).
 */
export async function readTrail(pool: Pool, query: TrailQuery): Promise<Trail> {
  const [events = [], ...others] = await readOnce(pool, 'reading a trail', [
    eventsOfCases(query.correlationIds, MAX_EVENTS),
    ...handlingStatements(query),
  ])
  return { events: events.map(decodeEvent), ...decodeHandlings(others) }
}

/** The events of the cases in this store as they are stored, in the order of the feed. */
export async function readEvents(
  pool: Pool,
  { correlationIds }: Pick<TrailQuery, 'correlationIds'>,
): Promise<readonly StoredEvent[]> {
  const [rows = []] = await readOnce(pool, 'reading the events of a case', [eventsOfCases(correlationIds, MAX_EVENTS)])
  return rows.map(decodeEvent)
}

/** Everything but the events. */
export async function readHandlings(pool: Pool, query: TrailQuery): Promise<Omit<Trail, 'events'>> {
  return decodeHandlings(await readOnce(pool, 'reading what became of messages', handlingStatements(query)))
}

/**
 * What came before these events in their streams, so that `effectsOf` knows the states that they met: streams that many cases share, like the
 * stock of a product, begin long before a case. Streams with more than `atMost` such events are left out.
 */
export async function readEarlierEvents(
  pool: Pool,
  events: readonly StoredEvent[],
  atMost = 1_000,
): Promise<readonly StoredEvent[]> {
  const first = new Map<string, number>()
  for (const { stream, version } of events) first.set(stream, Math.min(version, first.get(stream) ?? version))
  const wanted = [...first].filter(([, version]) => version > 1 && version <= atMost + 1)
  if (wanted.length === 0) return []
  const statement = eventsBeforeStatement(
    wanted.map(([stream]) => stream),
    wanted.map(([, version]) => version),
  )
  const [rows = []] = await readOnce(pool, 'reading earlier events', [statement])
  return rows.map(decodeEvent)
}

function handlingStatements({ correlationIds, messageIds }: TrailQuery): readonly SqlStatement[] {
  return [
    findHandled(messageIds ?? [], correlationIds, MAX_EVENTS),
    findAttempts(messageIds ?? [], correlationIds, MAX_ATTEMPTS),
    findDeadlines(correlationIds),
    findInstances(correlationIds),
    findOpenCalls(correlationIds),
    allPublications,
  ]
}

function decodeHandlings(results: readonly (readonly Row[])[]): Omit<Trail, 'events'> {
  const [handled = [], attempts = [], deadlines = [], sagas = [], calls = [], publications = []] = results
  return {
    handled: handled.map(decodeHandled),
    attempts: attempts.map(decodeAttempt),
    deadlines: deadlines.map(decodePendingDeadline),
    sagas: sagas.map(decodeInstance),
    outboundCalls: calls.map(decodeOpenCall),
    published: decodePublications(publications),
  }
}
