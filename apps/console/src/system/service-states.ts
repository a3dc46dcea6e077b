import type { PartReport } from './control-client.ts'

/** How a service is, in one word. */
export const SERVICE_STATES = ['ready', 'not ready', 'away', 'paused', 'starting', 'stopping', 'stopped'] as const
export type ServiceStateName = (typeof SERVICE_STATES)[number]

export interface ComponentState {
  readonly name: string
  readonly up: boolean
  readonly detail: string
}

export interface ServiceState {
  readonly name: string
  readonly url: string
  readonly state: ServiceStateName
  /** Why it is not ready, or what it says of itself. */
  readonly detail: string
  readonly components: readonly ComponentState[]
  readonly pid: number | null
  /** Restarts since the platform started; null where nobody counts them. */
  readonly restarts: number | null
  readonly startedAt: string | null
  readonly heapBytes: number | null
  readonly residentBytes: number | null
  /** 99 of 100 turns of the event loop begin no later than this. Seconds. */
  readonly eventLoopDelaySeconds: number | null
}

interface HealthReport {
  readonly status: 'up' | 'down'
  readonly components: Readonly<Record<string, { readonly up: boolean; readonly detail?: string }>>
}

const TIMEOUT_MS = 1_500

/** Asks one service how it is, over HTTP; `part` is what its supervisor says of it. Never throws: not to answer is an answer. */
export async function readServiceState(
  { name, url }: { readonly name: string; readonly url: string },
  part: PartReport | undefined,
): Promise<ServiceState> {
  const held = part !== undefined && part.state !== 'ready' && part.state !== 'starting' ? part.state : undefined
  const [health, metrics] =
    held === undefined ? await Promise.all([healthOf(url), metricsOf(url)]) : [undefined, undefined]
  const components = componentsOf(health)
  const gauge = (metric: string): number | null => (metrics === undefined ? null : gaugeOf(metrics, metric))
  const started = gauge('process_start_time_seconds')
  const state = held ?? stateOf(health, part)
  return {
    name,
    url,
    state,
    detail: detailOf(state, url, components),
    components,
    pid: part?.pid ?? null,
    restarts: part?.restarts ?? null,
    startedAt: started === null ? null : new Date(started * 1_000).toISOString(),
    heapBytes: gauge('nodejs_heap_size_used_bytes'),
    residentBytes: gauge('process_resident_memory_bytes'),
    eventLoopDelaySeconds: gauge('nodejs_eventloop_lag_p99_seconds'),
  }
}

function stateOf(health: HealthReport | undefined, part: PartReport | undefined): ServiceStateName {
  if (health?.status === 'up') return 'ready'
  if (part?.state === 'starting') return 'starting'
  return health === undefined ? 'away' : 'not ready'
}

function detailOf(state: ServiceStateName, url: string, components: readonly ComponentState[]): string {
  const down = components.filter(({ up }) => !up).map(({ name, detail }) => `${name}: ${detail}`)
  const words: Readonly<Record<ServiceStateName, string>> = {
    ready: components.length === 1 ? '1 component is up' : `${components.length} components are up`,
    'not ready': down.join('; '),
    away: `nothing answers at ${url}`,
    paused: 'its process has been paused: it keeps its connections and does nothing',
    starting: down.join('; ') || 'its process has just begun',
    stopping: 'it was asked to stop, and finishes what it has in hand',
    stopped: 'it was stopped on purpose, and stays so until it is started',
  }
  return words[state]
}

function componentsOf(health: HealthReport | undefined): readonly ComponentState[] {
  return Object.entries(health?.components ?? {}).map(([name, { up, detail = '' }]) => ({ name, up, detail }))
}

async function healthOf(url: string): Promise<HealthReport | undefined> {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    return (await response.json()) as HealthReport
  } catch {
    return undefined
  }
}

async function metricsOf(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    return response.ok ? await response.text() : undefined
  } catch {
    return undefined
  }
}

/** Of a metric without labels. */
export function gaugeOf(exposition: string, metric: string): number | null {
  const value = new RegExp(`^${metric} (\\S+)$`, 'm').exec(exposition)?.[1]
  return value === undefined ? null : Number(value)
}
