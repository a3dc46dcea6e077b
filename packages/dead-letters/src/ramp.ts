/** So many first, and the next ones when these are handled; all the rest after the last. */
export const DEFAULT_RAMP: readonly number[] = [1, 5, 20]

export interface Progress {
  /** Sent or about to be. */
  readonly started: number
  readonly handled: number
  readonly failed: number
}

/** How many more may be sent now. Ramp 1, 5, 20: the first; when it is handled five more; when all six are, twenty more; then all. */
export function mayStart(ramp: readonly number[], { started, handled, failed }: Progress, maxInFlight: number): number {
  const settled = handled + failed
  let stageEnd = 0
  for (const stage of ramp) {
    stageEnd += stage
    if (settled < stageEnd) return Math.max(0, Math.min(stageEnd - started, maxInFlight - (started - settled)))
  }
  return Math.max(0, maxInFlight - (started - settled))
}

/** A tenth of a second's worth, at least one: how many go out at once. */
export function burstOf(ratePerSecond: number): number {
  return Math.max(1, Math.floor(ratePerSecond / 10))
}
