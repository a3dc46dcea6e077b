import type { BackOff } from '../client/wait.ts'
import { backOffDelay } from '../client/wait.ts'
import { KafkaConfigError } from '../errors.ts'

/** Waits between the deliveries of a record that fails. With a multiplier of 1 the wait is always the same. */
export interface RetryBackOff extends BackOff {
  /** How often a record is handed out again; then its recoverer has it. */
  readonly maxRetries: number
  /** A wait is drawn from this many milliseconds around it, growing with the wait, within initialMs and maxMs. */
  readonly jitterMs: number
}

/** Spring's FixedBackOff: `maxRetries` repetitions after the first delivery, without limit if not given. */
export function fixedBackOff(intervalMs: number, maxRetries = Number.POSITIVE_INFINITY): RetryBackOff {
  return checkedBackOff({ initialMs: intervalMs, maxMs: intervalMs, multiplier: 1, maxRetries, jitterMs: 0 })
}

/** Spring's ExponentialBackOff, with `maxRetries` its ExponentialBackOffWithMaxRetries: (6 retries; 1 s, ×2, at most 10 s) → 1, 2, 4, 8, 10, 10. */
export function exponentialBackOff(backOff: Partial<RetryBackOff> = {}): RetryBackOff {
  return checkedBackOff({ ...EXPONENTIAL, ...backOff })
}

const EXPONENTIAL: RetryBackOff = {
  initialMs: 2000,
  maxMs: 30_000,
  multiplier: 1.5,
  maxRetries: Number.POSITIVE_INFINITY,
  jitterMs: 0,
}

/** @throws KafkaConfigError INVALID_VALUE */
export function checkedBackOff(backOff: RetryBackOff): RetryBackOff {
  const { initialMs, maxMs, multiplier, maxRetries, jitterMs } = backOff
  const wrong = (what: string) => new KafkaConfigError('INVALID_VALUE', `A back-off ${what}`)
  if (!(initialMs >= 0 && Number.isFinite(initialMs))) throw wrong(`needs an initialMs from 0, not ${initialMs}`)
  if (!(maxMs >= initialMs)) throw wrong(`needs a maxMs from initialMs (${initialMs}) on, not ${maxMs}`)
  if (!(multiplier >= 1)) throw wrong(`needs a multiplier from 1, not ${multiplier}`)
  if (!(maxRetries >= 0)) throw wrong(`needs maxRetries from 0, not ${maxRetries}`)
  if (!(jitterMs >= 0)) throw wrong(`needs a jitterMs from 0, not ${jitterMs}`)
  return Object.freeze(backOff)
}

/**
 * Wait before the `retry`-th repetition (from 1) in milliseconds; undefined when there is none left. Jitter is Spring Framework 7's: the wait plus
 * or minus jitter × (wait ÷ first wait), never below the first wait nor above the longest.
 */
export function retryDelay(backOff: RetryBackOff, retry: number, random: () => number): number | undefined {
  if (retry > backOff.maxRetries) return undefined
  const wait = backOffDelay(backOff, retry)
  if (backOff.jitterMs === 0 || backOff.initialMs === 0) return wait
  const around = backOff.jitterMs * Math.floor(wait / backOff.initialMs)
  const least = Math.max(wait - around, backOff.initialMs)
  const most = Math.min(wait + around, backOff.maxMs)
  return Math.floor(least + random() * (most - least))
}
