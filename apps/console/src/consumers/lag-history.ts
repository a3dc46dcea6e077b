import type { ClusterSample } from '@stocker/kafka-config/monitor'
import { lagOf } from './group-lag.ts'

export interface LagPoint {
  /** Milliseconds since 1970. */
  readonly at: number
  /** null: the cluster did not answer. */
  readonly lag: number | null
  readonly lagSeconds: number | null
}

export interface LagHistory {
  add(sample: ClusterSample): void
  /** The oldest first. */
  of(group: string): readonly LagPoint[]
}

/** The last looks at each group, in memory: `points` of them, some 100 bytes each. Groups that are gone are forgotten. */
export function createLagHistory(points: number): LagHistory {
  const known = new Map<string, LagPoint[]>()
  const add = (group: string, point: LagPoint): void => {
    const history = known.get(group) ?? []
    if (history.length === 0) known.set(group, history)
    history.push(point)
    if (history.length > points) history.shift()
  }
  return {
    add: ({ atMs: at, brokers, groups }) => {
      if (brokers.length === 0) {
        for (const group of known.keys()) add(group, { at, lag: null, lagSeconds: null })
        return
      }
      for (const group of groups) add(group.group, { at, ...lagOf(group) })
      const seen = new Set(groups.map(({ group }) => group))
      for (const group of known.keys()) if (!seen.has(group)) known.delete(group)
    },
    of: (group) => known.get(group) ?? [],
  }
}
