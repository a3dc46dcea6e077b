import type { TopicPartition } from '../listener/listener-types.ts'
import { partitionName } from '../listener/listener-types.ts'
import type { PartitionSample } from './cluster-sample.ts'
import type { KnownGroup } from './group-requests.ts'

export interface PartitionLagOfGroup extends TopicPartition {
  readonly committed: bigint | null
  readonly logStart: bigint
  readonly head: bigint
  readonly lag: bigint
  /** Offset of the first record that waits. */
  readonly nextOffset: bigint
  /** False: the group's members read other partitions, so nobody is about to read this one. */
  readonly isRead: boolean
}

/** `group`: as it was before the heads of `partitions` were read. Partitions that do not exist any more, or whose leader did not answer, are left out. */
export function lagsOf(
  { state, members, committed }: KnownGroup,
  partitions: ReadonlyMap<string, PartitionSample>,
  /** What its members read last, while there are none. */
  lastRead: ReadonlySet<string> = new Set(),
): readonly PartitionLagOfGroup[] {
  const commits = new Map(committed.map((place) => [partitionName(place), place.offset]))
  const assigned = new Set(members.flatMap((member) => member.partitions.map(partitionName)))
  const settled = state === 'Stable' && assigned.size > 0
  return [...new Set([...commits.keys(), ...assigned, ...lastRead])].sort().flatMap((name) => {
    const known = partitions.get(name)
    if (known?.head === undefined) return []
    const { topic, partition, head, logStart = 0n } = known
    const offset = commits.get(name) ?? null
    // Where the log was cut off behind the group it goes on at the first record that is left.
    const nextOffset = offset === null || offset < logStart ? logStart : offset
    const from = offset ?? logStart
    return [
      {
        topic,
        partition,
        committed: offset,
        logStart,
        head,
        lag: head > from ? head - from : 0n,
        nextOffset,
        isRead: !settled || assigned.has(name),
      },
    ]
  })
}
