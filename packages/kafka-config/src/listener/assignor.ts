import type { TopicPartition } from './listener-types.ts'

export type AssignmentStrategy = 'range' | 'roundrobin'

export interface GroupMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly topics: readonly string[]
}

/** Partitions by member id; every member has an entry. */
export type Assignments = ReadonlyMap<string, readonly TopicPartition[]>

/**
 * Kafka's RangeAssignor and RoundRobinAssignor, partition for partition, so that Java members of the same group agree with whoever leads.
 * 'range' gives partition n of all topics with equally many partitions to the same member: events of one order, keyed alike in all of
 * them, meet in one process.
 */
export function assign(
  strategy: AssignmentStrategy,
  members: readonly GroupMember[],
  partitionCounts: ReadonlyMap<string, number>,
): Assignments {
  const sorted = [...members].sort(compareMembers)
  const assignments = new Map<string, TopicPartition[]>(members.map(({ memberId }) => [memberId, []]))
  const topics = [...new Set(members.flatMap((member) => member.topics))]
    .filter((topic) => partitionCounts.has(topic))
    .sort()
  if (strategy === 'range') assignRanges(sorted, topics, partitionCounts, assignments)
  else assignRoundRobin(sorted, topics, partitionCounts, assignments)
  return assignments
}

function assignRanges(
  members: readonly GroupMember[],
  topics: readonly string[],
  counts: ReadonlyMap<string, number>,
  into: ReadonlyMap<string, TopicPartition[]>,
): void {
  for (const topic of topics) {
    const subscribed = members.filter((member) => member.topics.includes(topic))
    const count = counts.get(topic) ?? 0
    const each = Math.floor(count / subscribed.length)
    const oneMore = count % subscribed.length
    let partition = 0
    subscribed.forEach(({ memberId }, index) => {
      const end = partition + each + (index < oneMore ? 1 : 0)
      for (; partition < end; partition++) into.get(memberId)?.push({ topic, partition })
    })
  }
}

function assignRoundRobin(
  members: readonly GroupMember[],
  topics: readonly string[],
  counts: ReadonlyMap<string, number>,
  into: ReadonlyMap<string, TopicPartition[]>,
): void {
  let next = 0
  for (const topic of topics) {
    for (let partition = 0; partition < (counts.get(topic) ?? 0); partition++) {
      while (!members[next % members.length]?.topics.includes(topic)) next++
      const member = members[next++ % members.length] as GroupMember
      into.get(member.memberId)?.push({ topic, partition })
    }
  }
}

/** Java's AbstractPartitionAssignor.MemberInfo: static members first, by instance id, which keeps their partitions over restarts. */
function compareMembers(a: GroupMember, b: GroupMember): number {
  if (a.groupInstanceId !== null && b.groupInstanceId !== null) return compare(a.groupInstanceId, b.groupInstanceId)
  if (a.groupInstanceId !== null) return -1
  if (b.groupInstanceId !== null) return 1
  return compare(a.memberId, b.memberId)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
