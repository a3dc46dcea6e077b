import { CqrsError } from './errors.ts'
import { requireWholeNumber } from './options.ts'

export interface BackOff {
  readonly initialDelayMs: number
  readonly maxDelayMs: number
  readonly multiplier: number
}

/** The delay grows from attempt to attempt, less up to half of it at random. The defaults are those of the option that takes it. */
export interface RetryOptions {
  /** Before the second attempt. Milliseconds. */
  readonly initialDelayMs?: number
  /** Milliseconds. */
  readonly maxDelayMs?: number
  /** From one delay to the next, 1 or more. */
  readonly multiplier?: number
}

/** Delay before the next attempt, `failures` from 1. Between half and all of the exponential value, so that many do not come back at once. */
export function delayAfter(failures: number, { initialDelayMs, maxDelayMs, multiplier }: BackOff): number {
  const full = Math.min(maxDelayMs, initialDelayMs * multiplier ** (failures - 1))
  return full * (0.5 + Math.random() / 2)
}

export function requireBackOff({ initialDelayMs, maxDelayMs, multiplier }: BackOff): void {
  requireWholeNumber({ 'retry.initialDelayMs': initialDelayMs, 'retry.maxDelayMs': maxDelayMs }, 1)
  if (multiplier >= 1) return
  throw new CqrsError('INVALID_DEFINITION', `Option 'retry.multiplier' is ${multiplier}: it must be 1 or more.`)
}
