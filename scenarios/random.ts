export interface Random {
  /** From 0 up to 1. */
  next(): number
  /** A whole number from `from` up to and with `to`. */
  between(from: number, to: number): number
  /** One of the names, each as often as its weight says. */
  pick<N extends string>(weights: Readonly<Record<N, number>>): N
  /** True in this share of the cases. */
  chance(share: number): boolean
}

/** mulberry32: a small generator whose numbers depend on the seed alone. */
export const randomFrom = (seed: number): Random => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    next,
    between: (from, to) => from + Math.floor(next() * (to - from + 1)),
    pick: (weights) => {
      const entries = Object.entries(weights) as [keyof typeof weights, number][]
      let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [name, weight] of entries) {
        left -= weight
        if (left < 0) return name
      }
      throw new Error('there is nothing to pick from')
    },
    chance: (share) => next() < share,
  }
}
