export interface ComponentHealth {
  readonly up: boolean
  /** One sentence for the person on call, also when it is up. */
  readonly detail: string
}

export interface HealthReport {
  readonly status: 'up' | 'down'
  readonly components: Readonly<Record<string, ComponentHealth>>
}

export type HealthCheck = () => ComponentHealth | Promise<ComponentHealth>

export interface HealthRegistry {
  /** Registers a component; its name must be new. The returned function takes it out again. */
  add(name: string, check: HealthCheck): () => void
  /** Asks all components at once. A check that throws, or says nothing within the limit, is down. */
  report(): Promise<HealthReport>
  /**
   * Registers what only a new process mends: a loop that does not turn any more. Nothing outside of the process has a say in it, or an
   * orchestrator would restart all instances because a database is away.
   */
  addLiveness(name: string, check: () => ComponentHealth): void
  liveness(): HealthReport
}

export interface HealthOptions {
  /** How long a check may take. Milliseconds, default 2,000: below the usual probe's own limit. */
  readonly checkTimeoutMs?: number
}

/** Components register themselves when they are wired; readiness is up when all of them are. */
export function createHealth(options: HealthOptions = {}): HealthRegistry {
  const checkTimeoutMs = options.checkTimeoutMs ?? 2_000
  const checks = new Map<string, HealthCheck>()
  const alive = new Map<string, () => ComponentHealth>()
  return {
    add: (name, check) => {
      if (checks.has(name)) throw new Error(`Health component "${name}" is registered twice; give each its own name.`)
      checks.set(name, check)
      return () => {
        checks.delete(name)
      }
    },
    report: async () => {
      const results = await Promise.all(
        [...checks].map(async ([name, check]) => [name, await ask(check, checkTimeoutMs)] as const),
      )
      return reportOf(results)
    },
    addLiveness: (name, check) => {
      alive.set(name, check)
    },
    liveness: () => reportOf([...alive].map(([name, check]) => [name, check()] as const)),
  }
}

function reportOf(results: readonly (readonly [string, ComponentHealth])[]): HealthReport {
  return { status: results.every(([, { up }]) => up) ? 'up' : 'down', components: Object.fromEntries(results) }
}

async function ask(check: HealthCheck, timeoutMs: number): Promise<ComponentHealth> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<ComponentHealth>((resolve) => {
    timer = setTimeout(() => resolve({ up: false, detail: `no answer within ${timeoutMs} ms` }), timeoutMs)
  })
  try {
    return await Promise.race([Promise.resolve().then(check), silence])
  } catch (error) {
    return { up: false, detail: error instanceof Error ? error.message : String(error) }
  } finally {
    clearTimeout(timer)
  }
}
