import { listOffsetsV6 } from '@platformatic/kafka'
import type { Cluster } from '../client/cluster.ts'
import { NO_LEADER } from '../client/cluster.ts'
import { protocolFailure } from '../client/failure.ts'
import { PROTOCOL } from '../client/protocol-codes.ts'
import { request } from '../client/request.ts'
import { KafkaConfigError } from '../errors.ts'
import type { TopicPartition } from '../listener/listener-types.ts'
import { partitionName } from '../listener/listener-types.ts'

/** Offset and time as a broker answers them; offset -1: there is none. */
export interface OffsetAt extends TopicPartition {
  readonly offset: bigint
}

export interface OffsetQuestion extends TopicPartition {
  /** Milliseconds since 1970, for the first record of that time or later; -1n: the end; -2n: the first record. */
  readonly timestamp: bigint
}

export const END = -1n
export const FIRST = -2n

/** One question per leader for everything that is asked. @throws KafkaConfigError BROKER_UNREACHABLE, FETCH_FAILED, AUTHORIZATION_FAILED */
export async function askOffsets(
  cluster: Cluster,
  questions: readonly OffsetQuestion[],
  readCommitted: boolean,
): Promise<readonly OffsetAt[]> {
  const byLeader = Map.groupBy(questions, ({ topic, partition }) => cluster.leader(topic, partition))
  const answers = await Promise.all(
    [...byLeader].map(([leader, ofLeader]) => askLeader(cluster, leader, ofLeader, readCommitted)),
  )
  return answers.flat()
}

async function askLeader(
  cluster: Cluster,
  leader: number,
  questions: readonly OffsetQuestion[],
  readCommitted: boolean,
): Promise<readonly OffsetAt[]> {
  if (leader === NO_LEADER) {
    throw new KafkaConfigError(
      'BROKER_UNREACHABLE',
      `${questions.map(partitionName).join(', ')}: no leader at the moment`,
    )
  }
  const topics = [...Map.groupBy(questions, ({ topic }) => topic)].map(([name, ofTopic]) => ({
    name,
    partitions: ofTopic.map(({ partition, timestamp }) => ({
      partitionIndex: partition,
      currentLeaderEpoch: -1,
      timestamp,
    })),
  }))
  const connection = await cluster.connectionTo(leader)
  const answer = await request(
    connection,
    cluster.settings.requestTimeoutMs,
    listOffsetsV6.api,
    -1,
    readCommitted ? 1 : 0,
    topics,
  )
  return answer.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex: partition, errorCode, offset }) => {
      if (errorCode !== PROTOCOL.NONE)
        throw protocolFailure(errorCode, `Reading the offsets of ${name}-${partition}`, 'FETCH_FAILED')
      return { topic: name, partition, offset }
    }),
  )
}
