import { reason } from '../client/failure.ts'
import type { Logger } from '../client/logger.ts'
import { backOffDelay, settlesWithin } from '../client/wait.ts'
import type { CircuitBreakerOptions, Dependency, Doubt } from './circuit-breaker-options.ts'
import { CIRCUIT_BREAKER_DEFAULTS, checkedDependencies } from './circuit-breaker-options.ts'

export const CIRCUIT_STATES = ['closed', 'open', 'half-open'] as const
export type CircuitState = (typeof CIRCUIT_STATES)[number]

/** What happens to a breaker. */
export const CIRCUIT_SIGNALS = ['dependency away', 'probe failed', 'probe passed', 'batch worked'] as const
export type CircuitSignal = (typeof CIRCUIT_SIGNALS)[number]

/** Signals that are not named change nothing. */
export const CIRCUIT_TRANSITIONS: Readonly<Record<CircuitState, Partial<Record<CircuitSignal, CircuitState>>>> = {
  closed: { 'dependency away': 'open' },
  open: { 'probe failed': 'open', 'probe passed': 'half-open' },
  'half-open': { 'dependency away': 'open', 'batch worked': 'closed' },
}

export interface CircuitReport {
  readonly state: CircuitState
  /** The one that is away, or was away last. */
  readonly dependency?: string
  /** When it was closed last; milliseconds since 1970. */
  readonly since?: number
  readonly reason?: string
}

interface Absence {
  readonly dependency: Dependency
  readonly since: number
  reason: string
  probes: number
  /** It may be there: no probe has failed. */
  doubtful: boolean
}

/**
 * Stops handing out while something is away that every record needs. Records that met its absence are given back as if they had never been handed
 * out: no attempt is counted, nothing is parked.
 *
 *   closed ──an error says that a dependency is away──► open ──its probe passes──► half-open ──a batch works──► closed
 *                                                        ▲                             │
 *                                                        └─────────── still away ──────┘
 */
export class CircuitBreaker {
  readonly #groupId: string
  readonly #dependencies: readonly Dependency[]
  readonly #options: CircuitBreakerOptions
  readonly #logger: Logger
  readonly #changed: () => void
  #state: CircuitState = 'closed'
  #away: Absence | undefined
  #stopping = new AbortController()
  #timer: NodeJS.Timeout | undefined

  /** @throws KafkaConfigError INVALID_VALUE */
  constructor(groupId: string, options: CircuitBreakerOptions, logger: Logger, changed: () => void) {
    this.#groupId = groupId
    this.#dependencies = checkedDependencies(options)
    this.#options = options
    this.#logger = logger
    this.#changed = changed
  }

  get admits(): boolean {
    return this.#state !== 'open'
  }

  get report(): CircuitReport {
    const away = this.#away
    if (!away) return { state: this.#state }
    return { state: this.#state, dependency: away.dependency.name, since: away.since, reason: away.reason }
  }

  /** Names of the dependencies. */
  get dependencies(): readonly string[] {
    return this.#dependencies.map(({ name }) => name)
  }

  isAway(error: unknown): boolean {
    return this.#awayIn(error) !== undefined
  }

  doubtOf(error: unknown): Doubt | undefined {
    return this.#doubtedIn(error)?.doubt?.(error)
  }

  /** A batch ended with these errors, or none. */
  settled(errors: readonly unknown[]): void {
    const met = this.#first(errors, (error) => this.#awayIn(error))
    const doubted = met ?? this.#first(errors, (error) => this.#doubtedIn(error))
    if (!doubted) {
      this.#signal('batch worked')
      return
    }
    this.#away = {
      dependency: doubted.dependency,
      since: this.#away?.since ?? Date.now(),
      reason: reason(doubted.error),
      probes: met ? (this.#away?.probes ?? 0) : 0,
      doubtful: !met,
    }
    this.#signal('dependency away')
  }

  /** Back to the beginning; a probe under way counts for nothing. */
  reset(): void {
    this.#stopping.abort()
    this.#stopping = new AbortController()
    clearTimeout(this.#timer)
    this.#state = 'closed'
    this.#away = undefined
  }

  #awayIn(error: unknown): Dependency | undefined {
    return this.#dependencies.find(({ isAway }) => isAway(error))
  }

  #doubtedIn(error: unknown): Dependency | undefined {
    return this.#dependencies.find(({ doubt }) => doubt?.(error) !== undefined)
  }

  #first(
    errors: readonly unknown[],
    find: (error: unknown) => Dependency | undefined,
  ): { readonly error: unknown; readonly dependency: Dependency } | undefined {
    for (const error of errors) {
      const dependency = find(error)
      if (dependency) return { error, dependency }
    }
    return undefined
  }

  #signal(signal: CircuitSignal): void {
    const before = this.#state
    const next = CIRCUIT_TRANSITIONS[before][signal]
    const away = this.#away
    if (next === undefined || !away) return
    this.#state = next
    const at = { groupId: this.#groupId, dependency: away.dependency.name }
    if (next === 'open') {
      if (before === 'closed') {
        const what = away.doubtful ? 'may be away: the listener asks it' : 'is away: the listener waits for it'
        this.#logger.warn({ ...at, reason: away.reason }, `${at.dependency} ${what}`)
      }
      this.#probeLater()
    } else if (next === 'closed') {
      this.#logger.info({ ...at, afterMs: Date.now() - away.since }, `${at.dependency} is there: the listener goes on`)
      this.#away = undefined
    }
    if (next !== before) this.#changed()
  }

  #probeLater(): void {
    const away = this.#away
    if (!away) return
    away.probes++
    const backOff = { ...CIRCUIT_BREAKER_DEFAULTS.probeBackOff, ...this.#options.probeBackOff }
    const { signal } = this.#stopping
    // It answered a moment ago: that it still does is known at once.
    const atOnce = away.doubtful && away.probes === 1 && away.dependency.probe !== undefined
    this.#timer = setTimeout(() => void this.#probe(signal), atOnce ? 0 : backOffDelay(backOff, away.probes))
  }

  async #probe(stopping: AbortSignal): Promise<void> {
    const dependency = this.#away?.dependency
    const timeoutMs = this.#options.probeTimeoutMs ?? CIRCUIT_BREAKER_DEFAULTS.probeTimeoutMs
    const late = new AbortController()
    let failure: string | undefined
    const probing = (async () => dependency?.probe?.(AbortSignal.any([stopping, late.signal])))().catch((error) => {
      failure = reason(error)
    })
    if (!(await settlesWithin(probing, timeoutMs, stopping))) failure = `no answer within ${timeoutMs} ms`
    late.abort()
    if (stopping.aborted) return
    if (failure !== undefined && this.#away) {
      this.#away.reason = failure
      this.#away.doubtful = false
    }
    this.#signal(failure === undefined ? 'probe passed' : 'probe failed')
  }
}
