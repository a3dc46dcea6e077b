import type { BackOff } from '../client/wait.ts'
import { KafkaConfigError } from '../errors.ts'

/** Something without which a listener can handle nothing. */
export interface Dependency {
  /** In health, metrics and logs: `database`. */
  readonly name: string
  /** Whether an error of the listener says that it is away (and not that a record is wrong). */
  readonly isAway: (error: unknown) => boolean
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
