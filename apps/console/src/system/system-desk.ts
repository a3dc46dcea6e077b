import type { ConsoleParts } from '../feature.ts'
import type { DatabaseLock } from '../watched-locks.ts'
import { readLocks } from '../watched-locks.ts'
import type { Control, PartReport } from './control-client.ts'
import type { DatabaseState } from './database-states.ts'
import { readDatabaseState } from './database-states.ts'
import { freshFor } from './fresh-for.ts'
import type { ServiceState } from './service-states.ts'
import { readServiceState } from './service-states.ts'

export interface BrokerState {
  readonly up: boolean
  readonly detail: string
  /** `host:port`, by node id. */
  readonly brokers: readonly { readonly nodeId: number; readonly address: string }[]
  readonly topics: number
  readonly partitions: number
  /** Partitions that no broker leads, or that lack replicas. */
  readonly withoutLeader: number
  readonly underReplicated: number
}

export interface SystemView {
  /** ISO 8601. */
  readonly at: string
  readonly services: readonly ServiceState[]
  readonly broker: BrokerState
  readonly databases: readonly DatabaseState[]
  /** Transactions that keep others out, who has done so for longest first. */
  readonly locks: readonly DatabaseLock[]
  /** Processes that can be stopped and started from here; null: none can. */
  readonly parts: readonly PartReport[] | null
}

export interface SystemDesk {
  /** How everything is; asked anew when the last answer is older than a second. */
  read(): Promise<SystemView>
  /** The services alone, with the console itself at the end. */
  services(): Promise<readonly ServiceState[]>
}

const FRESH_MS = 1_000
/** Their size and schema do not change by the second. */
const DATABASES_FRESH_MS = 10_000
const CONSOLE = 'console'

export interface SystemDeskParts extends Pick<ConsoleParts, 'services' | 'database' | 'consumers'> {
  readonly control: Control
  /** Of the console itself; undefined before it listens. */
  readonly ownUrl: () => string | undefined
}

export function createSystemDesk({ services, database, consumers, control, ownUrl }: SystemDeskParts): SystemDesk {
  const parts = freshFor(FRESH_MS, () => control.parts())

  const readServices = freshFor(FRESH_MS, async () => {
    const reports = new Map((await parts())?.map((part) => [part.name, part]))
    const url = ownUrl()
    const asked = [
      ...services.map(({ name, url: base }) => ({ name, url: base })),
      ...(url ? [{ name: CONSOLE, url }] : []),
    ]
    return Promise.all(asked.map((service) => readServiceState(service, reports.get(service.name))))
  })

  const databases = freshFor(DATABASES_FRESH_MS, () =>
    Promise.all([
      ...services.map(({ name, pool }) => readDatabaseState(name, pool)),
      readDatabaseState(CONSOLE, database.pool),
    ]),
  )

  const locks = freshFor(FRESH_MS, async () => {
    const read = await Promise.allSettled(services.map(({ pool }) => readLocks(pool)))
    // Of a database that does not answer, `databases` tells.
    const known = read.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
    return known.sort((a, b) => a.since.localeCompare(b.since))
  })

  return {
    services: readServices,
    read: async () => {
      const [states, known, held, reports] = await Promise.all([readServices(), databases(), locks(), parts()])
      return {
        at: new Date().toISOString(),
        services: states,
        broker: brokerState(consumers.latest),
        databases: known,
        locks: held,
        parts: reports ?? null,
      }
    },
  }
}

function brokerState({ brokers, topics, problems }: ConsoleParts['consumers']['latest']): BrokerState {
  const partitions = topics.flatMap((topic) => topic.partitions)
  const up = brokers.length > 0
  return {
    up,
    detail: up ? `${brokers.length} of the cluster answer` : (problems[0] ?? 'no broker answers'),
    brokers: brokers.map(({ nodeId, host, port }) => ({ nodeId, address: `${host}:${port}` })),
    topics: topics.filter(({ internal }) => !internal).length,
    partitions: partitions.length,
    withoutLeader: partitions.filter(({ leader }) => leader === -1).length,
    underReplicated: partitions.filter(({ replicas, inSync }) => inSync.length < replicas.length).length,
  }
}
