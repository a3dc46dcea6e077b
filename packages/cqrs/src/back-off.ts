export interface BackOff {
  readonly initialDelayMs: number
  readonly maxDelayMs: number
  readonly multiplier: number
}

/** Delay before the next attempt, `failures` from 1. Between half and all of the exponential value, so that many do not come back at once. */
export function delayAfter(failures: number, { initialDelayMs, maxDelayMs, multiplier }: BackOff): number {
  const full = Math.min(maxDelayMs, initialDelayMs * multiplier ** (failures - 1))
  return full * (0.5 + Math.random() / 2)
}
