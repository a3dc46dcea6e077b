export interface CallLimit {
  /** Counts one call. Seconds until the next one is taken, or 0 when this one is. */
  take(caller: string, now: number): number
  /** Like `take`, but counts nothing. */
  wait(caller: string, now: number): number
}

/** Callers that are remembered; a flood of new ones makes the console forget the old ones instead of filling its memory. */
const MAX_CALLERS = 10_000

/** At most `max` calls of one caller within `windowMs`, counted from the first of them. */
export function createCallLimit({ max, windowMs }: { readonly max: number; readonly windowMs: number }): CallLimit {
  const windows = new Map<string, { readonly endsAt: number; calls: number }>()
  const wait = (caller: string, now: number): number => {
    const window = windows.get(caller)
    if (window === undefined || window.endsAt <= now || window.calls < max) return 0
    return Math.ceil((window.endsAt - now) / 1_000)
  }
  return {
    wait,
    take: (caller, now) => {
      const seconds = wait(caller, now)
      if (seconds > 0) return seconds
      const window = windows.get(caller)
      if (window !== undefined && window.endsAt > now) {
        window.calls += 1
        return 0
      }
      // Anew at the end of the map's order, so that the first entry is always the oldest.
      windows.delete(caller)
      windows.set(caller, { endsAt: now + windowMs, calls: 1 })
      const [oldest] = windows.keys()
      if (windows.size > MAX_CALLERS && oldest !== undefined) windows.delete(oldest)
      return 0
    },
  }
}
