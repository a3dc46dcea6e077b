import type { Connection } from '@platformatic/kafka'
import { listOffsetsV6, offsetCommitV8 } from '@platformatic/kafka'
import { Cluster } from '../client/cluster.ts'
import { protocolFailure } from '../client/failure.ts'
import { PROTOCOL } from '../client/protocol-codes.ts'
import { request } from '../client/request.ts'
import type { KafkaConfig } from '../config/kafka-config.ts'
import { KafkaConfigError } from '../errors.ts'
import type { TopicPartition } from '../listener/listener-types.ts'
import { partitionName } from '../listener/listener-types.ts'
import { committedOffsets, listOffsets } from '../listener/start-positions.ts'

export const RESET_TARGETS = ['earliest', 'latest', 'offset', 'timestamp', 'duration', 'shift'] as const

/** Where a group is to go on, as kafka-consumer-groups.sh knows it. */
export type ResetTarget =
  | { readonly to: 'earliest' | 'latest' }
  | { readonly to: 'offset'; readonly offset: bigint }
  /** The first record that is not older. Milliseconds since 1970. */
  | { readonly to: 'timestamp'; readonly timestampMs: number }
  /** The first record that is not older than so many milliseconds. */
  | { readonly to: 'duration'; readonly durationMs: number }
  /** So many records forward, or back with a negative number. */
  | { readonly to: 'shift'; readonly by: bigint }

export interface PlannedReset extends TopicPartition {
  /** Committed now; null: nothing is. */
  readonly before: bigint | null
  readonly after: bigint
  readonly logStart: bigint
  readonly head: bigint
}

/**
 * What a reset would do, partition by partition; changes nothing. A place outside of what is there becomes the first or last one that is.
 * @throws KafkaConfigError BROKER_UNREACHABLE, AUTHORIZATION_FAILED, FETCH_FAILED
 */
export async function planReset(
  config: KafkaConfig,
  group: string,
  partitions: readonly TopicPartition[],
  target: ResetTarget,
  nowMs: number,
): Promise<readonly PlannedReset[]> {
  return withCluster(config, async (cluster, timeoutMs) => {
    await cluster.refresh([...new Set(partitions.map(({ topic }) => topic))])
    const coordinator = await coordinatorOf(cluster, group)
    const commits = offsetsByName(await committedOffsets(coordinator, timeoutMs, group, partitions))
    const [starts, heads] = await Promise.all([
      listOffsets(cluster, partitions, 'earliest', false).then(offsetsByName),
      listOffsets(cluster, partitions, 'latest', false).then(offsetsByName),
    ])
    const since = sinceOf(target, nowMs)
    const timed = since === undefined ? undefined : await offsetsSince(cluster, partitions, since, timeoutMs)
    return partitions.map(({ topic, partition }) => {
      const name = partitionName({ topic, partition })
      const [logStart, head] = [starts.get(name) ?? 0n, heads.get(name) ?? 0n]
      const before = commits.get(name) ?? null
      const wanted = placeOf(target, { before, logStart, head, timed: timed?.get(name) })
      const after = wanted < logStart ? logStart : wanted > head ? head : wanted
      return { topic, partition, before, after, logStart, head }
    })
  })
}

/**
 * Commits the planned offsets for a group without members.
 * @throws KafkaConfigError GROUP_NOT_EMPTY while it has any, BROKER_UNREACHABLE, AUTHORIZATION_FAILED, FETCH_FAILED
 */
export async function resetOffsets(
  config: KafkaConfig,
  group: string,
  plan: readonly Pick<PlannedReset, 'topic' | 'partition' | 'after'>[],
): Promise<void> {
  const topics = [...Map.groupBy(plan, ({ topic }) => topic)].map(([name, ofTopic]) => ({
    name,
    partitions: ofTopic.map(({ partition: partitionIndex, after: committedOffset }) => ({
      partitionIndex,
      committedOffset,
      committedLeaderEpoch: -1,
      committedMetadata: null,
    })),
  }))
  await withCluster(config, async (cluster, timeoutMs) => {
    const coordinator = await coordinatorOf(cluster, group)
    const answer = await request(coordinator, timeoutMs, offsetCommitV8.api, group, NO_GENERATION, '', null, topics)
    for (const { name: topic, partitions } of answer.topics) {
      for (const { partitionIndex: partition, errorCode } of partitions) {
        if (errorCode === PROTOCOL.NONE) continue
        if (HAS_MEMBERS.has(errorCode)) {
          throw new KafkaConfigError(
            'GROUP_NOT_EMPTY',
            `Group ${group} has members, which would overwrite the offsets: stop its listeners first, and wait until they have left.`,
          )
        }
        const what = `Setting the offset of group ${group} for ${partitionName({ topic, partition })}`
        throw protocolFailure(errorCode, what, 'FETCH_FAILED')
      }
    }
  })
}

const NO_GENERATION = -1
const HAS_MEMBERS: ReadonlySet<number> = new Set([
  PROTOCOL.UNKNOWN_MEMBER_ID,
  PROTOCOL.ILLEGAL_GENERATION,
  PROTOCOL.REBALANCE_IN_PROGRESS,
  PROTOCOL.FENCED_INSTANCE_ID,
])

async function withCluster<T>(
  config: KafkaConfig,
  work: (cluster: Cluster, timeoutMs: number) => Promise<T>,
): Promise<T> {
  const { connection } = config.admin
  const cluster = new Cluster(connection)
  try {
    return await work(cluster, connection.requestTimeoutMs)
  } finally {
    await cluster.close()
  }
}

const coordinatorOf = async (cluster: Cluster, group: string): Promise<Connection> =>
  cluster.connectionAt(await cluster.findCoordinator(group))

const offsetsByName = (
  places: readonly (TopicPartition & { readonly offset: bigint })[],
): ReadonlyMap<string, bigint> => new Map(places.map((place) => [partitionName(place), place.offset]))

function sinceOf(target: ResetTarget, nowMs: number): number | undefined {
  if (target.to === 'timestamp') return target.timestampMs
  return target.to === 'duration' ? nowMs - target.durationMs : undefined
}

interface Place {
  readonly before: bigint | null
  readonly logStart: bigint
  readonly head: bigint
  readonly timed: bigint | undefined
}

function placeOf(target: ResetTarget, { before, logStart, head, timed }: Place): bigint {
  switch (target.to) {
    case 'earliest':
      return logStart
    case 'latest':
      return head
    case 'offset':
      return target.offset
    case 'shift':
      return (before ?? logStart) + target.by
    case 'timestamp':
    case 'duration':
      // All records are older.
      return timed ?? head
  }
}

/** Offset of the first record that is not older; partitions in which all are older are left out. */
async function offsetsSince(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  sinceMs: number,
  timeoutMs: number,
): Promise<ReadonlyMap<string, bigint>> {
  const found = new Map<string, bigint>()
  const byLeader = Map.groupBy(partitions, ({ topic, partition }) => cluster.leader(topic, partition))
  for (const [leader, ofLeader] of byLeader) {
    const topics = [...Map.groupBy(ofLeader, ({ topic }) => topic)].map(([name, ofTopic]) => ({
      name,
      partitions: ofTopic.map(({ partition: partitionIndex }) => ({
        partitionIndex,
        currentLeaderEpoch: -1,
        timestamp: BigInt(Math.max(0, Math.floor(sinceMs))),
      })),
    }))
    const answer = await request(await cluster.connectionTo(leader), timeoutMs, listOffsetsV6.api, -1, 0, topics)
    for (const { name: topic, partitions: answered } of answer.topics) {
      for (const { partitionIndex: partition, errorCode, offset } of answered) {
        const name = partitionName({ topic, partition })
        if (errorCode !== PROTOCOL.NONE) {
          throw protocolFailure(errorCode, `Looking for the first record of ${name} since a time`, 'FETCH_FAILED')
        }
        if (offset >= 0n) found.set(name, offset)
      }
    }
  }
  return found
}
