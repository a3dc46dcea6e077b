import type { BackOff } from '../client/wait.ts'
import { KafkaConfigError } from '../errors.ts'

/**
 * What becomes of a record whose error may be the dependency's fault or its own. `waits`: it is never its own, and no attempt is ever counted. `suspects`:
 * an attempt is counted when something else was handled since the record failed like this last; a dependency that has time for others has it for this one.
 */
export type Doubt = 'waits' | 'suspects'

/** Something without which a listener can handle nothing. */
export interface Dependency {
  /** In health, metrics and logs: `database`. */
  readonly name: string
  /** Whether an error of the listener says that it is away (and not that a record is wrong). */
  readonly isAway: (error: unknown) => boolean
  /**
   * Of errors that say that it answered, and did not do it in time. Nothing is handed out before `probe` has passed, which is called at once; with
   * `orderedRetry` the record is then handed out again uncounted, and if it fails like this once more its key waits and no other. Default: none is such.
   */
  readonly doubt?: (error: unknown) => Doubt | undefined
  /** Resolves when it is there again. Default: the next batch finds out. */
  readonly probe?: (signal: AbortSignal) => Promise<unknown>
}

export interface CircuitBreakerOptions {
  readonly dependencies: readonly Dependency[]
  /** Waits between the probes. Default 250 ms, doubled up to 5 s. */
  readonly probeBackOff?: Partial<BackOff>
  /** How long a probe may take. Milliseconds, default 5000. */
  readonly probeTimeoutMs?: number
}

export const CIRCUIT_BREAKER_DEFAULTS = {
  probeBackOff: { initialMs: 250, maxMs: 5000, multiplier: 2 },
  probeTimeoutMs: 5000,
} as const

/** @throws KafkaConfigError INVALID_VALUE */
export function checkedDependencies({ dependencies }: CircuitBreakerOptions): readonly Dependency[] {
  const names = dependencies.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (names.length > 0 && twice === undefined) return dependencies
  const what =
    twice === undefined ? 'at least one dependency' : `dependencies of different names: ${twice} is there twice`
  throw new KafkaConfigError('INVALID_VALUE', `A circuit breaker needs ${what}`)
}
