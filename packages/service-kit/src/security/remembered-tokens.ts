import type { Principal } from './principal.ts'

export interface Remembered {
  get(token: string, now: number): Principal | undefined
  set(token: string, principal: Principal, now: number): void
}

interface Entry {
  readonly principal: Principal
  readonly until: number
}

/**
 * The tokens that were verified lately: `size` of them at least, twice as many at most, each for `maxAgeMs` and never longer than it counts.
 *
 * Two generations instead of an order of use: a hit costs one look-up and no write. When the young generation is full it becomes the old one, and
 * what is used again moves over; what is not goes with the generation.
 */
export function rememberTokens({ size, maxAgeMs }: { readonly size: number; readonly maxAgeMs: number }): Remembered {
  let young = new Map<string, Entry>()
  let old = new Map<string, Entry>()
  const keep = (token: string, entry: Entry): void => {
    if (young.size >= size) {
      old = young
      young = new Map()
    }
    young.set(token, entry)
  }
  return {
    get(token, now) {
      let entry = young.get(token)
      if (entry === undefined) {
        entry = old.get(token)
        if (entry === undefined) return undefined
        old.delete(token)
        if (entry.until > now) keep(token, entry)
      }
      return entry.until > now ? entry.principal : undefined
    },
    set: (token, principal, now) => keep(token, { principal, until: Math.min(principal.expiresAt, now + maxAgeMs) }),
  }
}
