import { listOffsetsV6 } from '@platformatic/kafka'
import type { Cluster } from '../client/cluster.ts'
import { reason } from '../client/failure.ts'
import { PROTOCOL, protocolName } from '../client/protocol-codes.ts'
import { request } from '../client/request.ts'
import type { TopicPartition } from '../listener/listener-types.ts'
import { partitionName } from '../listener/listener-types.ts'

const TIMESTAMPS = { earliest: -2n, latest: -1n } as const
const READ_UNCOMMITTED = 0
const CONSUMER = -1

/** By name of the partition. A partition whose leader does not answer is left out, and told. */
export async function partitionOffsets(
  cluster: Cluster,
  partitions: readonly (TopicPartition & { readonly leader: number })[],
  which: keyof typeof TIMESTAMPS,
  timeoutMs: number,
  tell: (problem: string) => void,
): Promise<ReadonlyMap<string, bigint>> {
  const found = new Map<string, bigint>()
  const byLeader = Map.groupBy(
    partitions.filter(({ leader }) => leader >= 0),
    ({ leader }) => leader,
  )
  await Promise.all(
    [...byLeader].map(async ([leader, ofLeader]) => {
      const topics = [...Map.groupBy(ofLeader, ({ topic }) => topic)].map(([name, ofTopic]) => ({
        name,
        partitions: ofTopic.map(({ partition }) => ({
          partitionIndex: partition,
          currentLeaderEpoch: -1,
          timestamp: TIMESTAMPS[which],
        })),
      }))
      try {
        const connection = await cluster.connectionTo(leader)
        const answer = await request(connection, timeoutMs, listOffsetsV6.api, CONSUMER, READ_UNCOMMITTED, topics)
        for (const { name: topic, partitions: answered } of answer.topics) {
          for (const { partitionIndex: partition, errorCode, offset } of answered) {
            if (errorCode === PROTOCOL.NONE && offset >= 0n) found.set(partitionName({ topic, partition }), offset)
            else tell(`${partitionName({ topic, partition })}: no ${which} offset, ${protocolName(errorCode)}`)
          }
        }
      } catch (error) {
        tell(
          `broker ${leader} did not tell the ${which} offsets of its ${ofLeader.length} partitions: ${reason(error)}`,
        )
      }
    }),
  )
  return found
}
