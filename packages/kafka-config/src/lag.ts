import { Cluster } from './client/cluster.ts'
import type { KafkaConfig } from './config/kafka-config.ts'
import type { TopicPartition } from './listener/listener-types.ts'
import { partitionName } from './listener/listener-types.ts'
import { committedOffsets, listOffsets } from './listener/start-positions.ts'

export interface GroupLag extends TopicPartition {
  /** Offset of the next record that the group would read; undefined when it has committed none. */
  readonly committed: bigint | undefined
  readonly endOffset: bigint
  /** Records that the group has still to read; undefined when it has committed none. */
  readonly lag: bigint | undefined
}

/**
 * How far a whole group is behind, asked of the broker: for all its members and also while none of them runs. (`lag()` of a container knows its
 * own partitions without asking.) Topics that do not exist are left out.
 * @throws KafkaConfigError BROKER_UNREACHABLE, AUTHORIZATION_FAILED, FETCH_FAILED
 */
export async function readGroupLag(
  config: KafkaConfig,
  groupId: string,
  topics: readonly string[],
): Promise<readonly GroupLag[]> {
  const cluster = new Cluster(config.admin.connection)
  try {
    await cluster.refresh(topics)
    const partitions = topics.flatMap((topic) =>
      Array.from({ length: cluster.layout(topic)?.leaders.length ?? 0 }, (_, partition) => ({ topic, partition })),
    )
    const coordinator = await cluster.connectionAt(await cluster.findCoordinator(groupId))
    const timeoutMs = config.admin.connection.requestTimeoutMs
    const [committed, ends] = await Promise.all([
      committedOffsets(coordinator, timeoutMs, groupId, partitions),
      listOffsets(cluster, partitions, 'latest', config.consumer.isolationLevel === 'read_committed'),
    ])
    const offsets = new Map(committed.map((each) => [partitionName(each), each.offset]))
    return ends.map(({ topic, partition, offset: endOffset }) => {
      const offset = offsets.get(partitionName({ topic, partition }))
      const lag = offset === undefined ? undefined : endOffset > offset ? endOffset - offset : 0n
      return { topic, partition, committed: offset, endOffset, lag }
    })
  } finally {
    await cluster.close()
  }
}
