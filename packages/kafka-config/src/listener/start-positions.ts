import type { Connection } from '@platformatic/kafka'
import { listOffsetsV6, offsetFetchV7 } from '@platformatic/kafka'
import type { Cluster } from '../client/cluster.ts'
import { NO_LEADER } from '../client/cluster.ts'
import { protocolFailure } from '../client/failure.ts'
import { PROTOCOL } from '../client/protocol-codes.ts'
import { request } from '../client/request.ts'
import type { OffsetReset } from '../config/settings.ts'
import { KafkaConfigError } from '../errors.ts'
import type { TopicPartition } from './listener-types.ts'
import { partitionName } from './listener-types.ts'
import type { NextOffset } from './offset-committer.ts'

const EARLIEST = -2n
const LATEST = -1n

/** Committed offsets; partitions without one are left out. @throws KafkaConfigError, to be tried again */
export async function committedOffsets(
  connection: Connection,
  timeoutMs: number,
  groupId: string,
  partitions: readonly TopicPartition[],
): Promise<readonly NextOffset[]> {
  const topics = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([name, ofTopic]) => ({
    name,
    partitionIndexes: ofTopic.map(({ partition }) => partition),
  }))
  // requireStable: offsets inside an open transaction are waited for, not read past.
  const response = await request(
    connection,
    timeoutMs,
    offsetFetchV7.api,
    [{ groupId, memberId: null, memberEpoch: -1, topics }],
    true,
  )
  const { errorCode, topics: found } = response as unknown as OffsetFetchAnswer
  if (errorCode !== PROTOCOL.NONE) throw refused(errorCode, groupId)
  const offsets: NextOffset[] = []
  for (const topic of found) {
    for (const { partitionIndex: partition, committedOffset: offset, metadata, errorCode: code } of topic.partitions) {
      if (code !== PROTOCOL.NONE) throw refused(code, groupId)
      if (offset >= 0n) offsets.push({ topic: topic.name, partition, offset, ...(metadata && { metadata }) })
    }
  }
  return offsets
}

/** What version 7 of the answer looks like; the client declares the form of version 8. */
interface OffsetFetchAnswer {
  readonly errorCode: number
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly {
      readonly partitionIndex: number
      readonly committedOffset: bigint
      readonly metadata: string | null
      readonly errorCode: number
    }[]
  }[]
}

function refused(code: number, groupId: string): KafkaConfigError {
  return protocolFailure(code, `Reading the committed offsets of group ${groupId}`, 'FETCH_FAILED')
}

/** First or end offset of partitions, asked of their leaders. @throws KafkaConfigError, to be tried again */
export async function listOffsets(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  which: 'earliest' | 'latest',
  readCommitted: boolean,
): Promise<readonly NextOffset[]> {
  const timestamp = which === 'earliest' ? EARLIEST : LATEST
  const byLeader = Map.groupBy(partitions, ({ topic, partition }) => cluster.leader(topic, partition))
  const answers = await Promise.all(
    [...byLeader].map(async ([leader, ofLeader]) => {
      if (leader === NO_LEADER) {
        throw new KafkaConfigError(
          'BROKER_UNREACHABLE',
          `${ofLeader.map(partitionName).join(', ')}: no leader at the moment`,
        )
      }
      const topics = [...Map.groupBy(ofLeader, ({ topic }) => topic)].map(([name, ofTopic]) => ({
        name,
        partitions: ofTopic.map(({ partition }) => ({ partitionIndex: partition, currentLeaderEpoch: -1, timestamp })),
      }))
      const connection = await cluster.connectionTo(leader)
      const timeoutMs = cluster.settings.requestTimeoutMs
      return request(connection, timeoutMs, listOffsetsV6.api, -1, readCommitted ? 1 : 0, topics)
    }),
  )
  const offsets: NextOffset[] = []
  for (const { topics } of answers) {
    for (const { name, partitions: found } of topics) {
      for (const { partitionIndex, errorCode, offset } of found) {
        if (errorCode !== PROTOCOL.NONE)
          throw protocolFailure(errorCode, `Reading the ${which} offset of ${name}-${partitionIndex}`, 'FETCH_FAILED')
        offsets.push({ topic: name, partition: partitionIndex, offset: offset < 0n ? 0n : offset })
      }
    }
  }
  return offsets
}

export interface StartPositions {
  readonly positions: readonly NextOffset[]
  /** Those that come from auto.offset.reset because nothing was committed. */
  readonly reset: readonly NextOffset[]
}

/** Where to begin: the committed offset, else what auto.offset.reset says. @throws KafkaConfigError NO_OFFSET (for good), others to be tried again */
export async function startPositions(
  cluster: Cluster,
  coordinator: Connection,
  groupId: string,
  partitions: readonly TopicPartition[],
  policy: OffsetReset,
  readCommitted: boolean,
): Promise<StartPositions> {
  const committed = await committedOffsets(coordinator, cluster.settings.requestTimeoutMs, groupId, partitions)
  const known = new Set(committed.map(partitionName))
  const unknown = partitions.filter((partition) => !known.has(partitionName(partition)))
  if (unknown.length === 0) return { positions: committed, reset: [] }
  if (policy === 'none') throw noOffset(groupId, unknown, 'has no committed offset for')
  await cluster.refresh([...new Set(unknown.map(({ topic }) => topic))])
  const reset = await listOffsets(cluster, unknown, policy, readCommitted)
  return { positions: [...committed, ...reset], reset }
}

export function noOffset(groupId: string, partitions: readonly TopicPartition[], what: string): KafkaConfigError {
  return new KafkaConfigError(
    'NO_OFFSET',
    `Group ${groupId} ${what} ${partitions.map(partitionName).join(', ')}, and auto-offset-reset=none. Set the offsets of the group, or another reset policy.`,
  )
}
