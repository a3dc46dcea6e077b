export interface SamplerOptions {
  /** So many are let through at most in each second. */
  readonly perSecond: number
  /** Length of one window. Milliseconds. */
  readonly windowMs: number
}

export interface Sampler {
  /** Whether the next one is let through. `now`: milliseconds, never going back. */
  take(now: number): boolean
  /** One of so many is let through at the moment; 1: all. */
  readonly oneIn: number
}

/**
 * Lets through as many as somebody can look at, evenly spread over what comes: one in n, where n follows from the window before. The first window of a burst is cut
 * off at its share.
 */
export function createSampler({ perSecond, windowMs }: SamplerOptions): Sampler {
  const share = Math.max(1, Math.floor((perSecond * windowMs) / 1_000))
  let window = Number.NEGATIVE_INFINITY
  let seen = 0
  let shown = 0
  let oneIn = 1

  return {
    take(now) {
      const current = Math.floor(now / windowMs)
      if (current !== window) {
        // After a silence nothing is known any more.
        oneIn = current === window + 1 ? Math.max(1, Math.ceil(seen / share)) : 1
        window = current
        seen = 0
        shown = 0
      }
      const wanted = seen % oneIn === 0 && shown < share
      seen++
      if (wanted) shown++
      return wanted
    },
    get oneIn() {
      return Math.max(oneIn, shown === 0 ? 1 : Math.ceil(seen / shown))
    },
  }
}
