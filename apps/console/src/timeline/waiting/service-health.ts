import type { Pool } from 'pg'
import { holderWords, readLocks } from '../../watched-locks.ts'
import type { WatchedService } from '../../watched-services.ts'
import type { OpenTransaction, ServiceHealth } from './platform-health.ts'

/** So long a service or its database may take to say how it is; who waits longer is as good as away. Milliseconds. */
const PATIENCE_MS = 1_500
/** An answer counts for so long: many orders are looked at at once, and each asks. Milliseconds. */
const FRESH_MS = 1_000

interface ReadyReport {
  readonly components: Readonly<Record<string, { readonly up: boolean; readonly detail: string }>>
}

/** Asks services how they are; the same answer for all who ask within a second. */
export function createHealthProbe(services: readonly WatchedService[]): (name: string) => Promise<ServiceHealth> {
  const answers = new Map<string, { readonly at: number; readonly health: Promise<ServiceHealth> }>()
  const byName = new Map(services.map((service) => [service.name, service]))
  return (name) => {
    const known = answers.get(name)
    if (known !== undefined && performance.now() - known.at < FRESH_MS) return known.health
    const service = byName.get(name)
    const health = service === undefined ? Promise.resolve(SILENT) : healthOf(service)
    answers.set(name, { at: performance.now(), health })
    return health
  }
}

const SILENT: ServiceHealth = { answers: false, down: {}, consumerGroup: '', lock: null, openTransaction: null }

async function healthOf({ url, consumerGroup, pool }: WatchedService): Promise<ServiceHealth> {
  const [ready, database] = await Promise.all([readyOf(url), databaseOf(pool)])
  return { ...SILENT, ...database, consumerGroup, answers: ready !== null, down: ready ?? {} }
}

/** Components that are down; null when there is no answer at all. */
async function readyOf(url: string): Promise<Readonly<Record<string, string>> | null> {
  try {
    const response = await fetch(new URL('/health/ready', url), { signal: AbortSignal.timeout(PATIENCE_MS) })
    const { components } = (await response.json()) as ReadyReport
    return Object.fromEntries(
      Object.entries(components).flatMap(([name, { up, detail }]) => (up ? [] : [[name, detail] as const])),
    )
  } catch {
    return null
  }
}

/** What other sessions run may hold personal values, so that only who they are is told. */
const HOLDER = `concat('process ', pid, case when application_name = '' then '' else ' (' || application_name || ')' end, ', ', coalesce(state, 'unknown'))`

const OPEN = `
  select xact_start as since, ${HOLDER} as holder from pg_stat_activity
  where backend_xid is not null and xact_start < now() - interval '2 seconds' order by xact_start limit 1`

async function databaseOf(pool: Pool): Promise<Pick<ServiceHealth, 'lock' | 'openTransaction'>> {
  try {
    const [[lock], openTransaction] = await Promise.all([readLocks(pool), oldestTransaction(pool)])
    return {
      lock: lock === undefined ? null : { since: lock.since, table: lock.table, holder: holderWords(lock) },
      openTransaction,
    }
  } catch {
    // That it does not answer is told by whoever reads the trail.
    return { lock: null, openTransaction: null }
  }
}

async function oldestTransaction(pool: Pool): Promise<OpenTransaction | null> {
  const { rows } = await pool.query<{ since: Date; holder: string }>(OPEN)
  const [row] = rows
  return row === undefined ? null : { since: new Date(row.since).toISOString(), holder: row.holder }
}
