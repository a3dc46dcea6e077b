import { partitionName } from '../listener/listener-types.ts'
import type { KnownGroup } from './group-requests.ts'

/**
 * What the members of each group read last. A group that has left before it ever committed would otherwise have no partitions, and what waits for it
 * would be seen by nobody.
 */
export class LastAssignments {
  #known = new Map<string, ReadonlySet<string>>()

  /** Names of partitions by group. Groups that are gone are forgotten. */
  update(groups: readonly KnownGroup[]): ReadonlyMap<string, ReadonlySet<string>> {
    const known = new Map<string, ReadonlySet<string>>()
    for (const { group, members } of groups) {
      const now = members.flatMap(({ partitions }) => partitions.map(partitionName))
      // While a group rebalances its members have none.
      const last = now.length > 0 ? new Set(now) : this.#known.get(group)
      if (last !== undefined) known.set(group, last)
    }
    this.#known = known
    return known
  }
}
