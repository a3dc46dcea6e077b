import type { ClusterSample, PartitionSample } from './cluster-sample.ts'

/** One value with its labels. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

interface ExporterMetric {
  readonly type: 'gauge'
  readonly help: string
  readonly labels: readonly string[]
}

const OF_PARTITION = ['topic', 'partition'] as const
const OF_GROUP_PARTITION = ['consumergroup', 'topic', 'partition'] as const

/**
 * The names, labels and values of danielqsj/kafka_exporter, which dashboards and rules are written for, and one of kafka-lag-exporter. They differ in what
 * trust needs: no lag is negative, a partition without a committed offset has all its records as lag, and one without a leader says -1.
 */
export const EXPORTER_METRICS = {
  kafka_brokers: { type: 'gauge', help: 'Brokers that are in the cluster', labels: [] },
  kafka_topic_partitions: { type: 'gauge', help: 'Partitions of a topic', labels: ['topic'] },
  kafka_topic_partition_current_offset: {
    type: 'gauge',
    help: 'Offset after the last record of a partition',
    labels: OF_PARTITION,
  },
  kafka_topic_partition_oldest_offset: {
    type: 'gauge',
    help: 'Offset of the first record that a partition still has',
    labels: OF_PARTITION,
  },
  kafka_topic_partition_in_sync_replica: {
    type: 'gauge',
    help: 'Replicas of a partition that are in sync',
    labels: OF_PARTITION,
  },
  kafka_topic_partition_replicas: { type: 'gauge', help: 'Replicas of a partition', labels: OF_PARTITION },
  kafka_topic_partition_leader: {
    type: 'gauge',
    help: 'Id of the broker that leads a partition; -1: none does',
    labels: OF_PARTITION,
  },
  kafka_topic_partition_leader_is_preferred: {
    type: 'gauge',
    help: '1 when the preferred broker leads a partition, 0 otherwise',
    labels: OF_PARTITION,
  },
  kafka_topic_partition_under_replicated_partition: {
    type: 'gauge',
    help: '1 when a replica of a partition is not in sync, 0 otherwise',
    labels: OF_PARTITION,
  },
  kafka_consumergroup_current_offset: {
    type: 'gauge',
    help: 'Offset that a group has committed',
    labels: OF_GROUP_PARTITION,
  },
  kafka_consumergroup_current_offset_sum: {
    type: 'gauge',
    help: 'Sum of them over a topic',
    labels: ['consumergroup', 'topic'],
  },
  kafka_consumergroup_lag: {
    type: 'gauge',
    help: 'Records of a partition that wait for a group',
    labels: OF_GROUP_PARTITION,
  },
  kafka_consumergroup_lag_sum: { type: 'gauge', help: 'Sum of them over a topic', labels: ['consumergroup', 'topic'] },
  kafka_consumergroup_members: { type: 'gauge', help: 'Members of a group', labels: ['consumergroup'] },
  kafka_consumergroup_group_lag_seconds: {
    type: 'gauge',
    help: 'How long the first record of a partition that waits for a group has been there; 0 when none waits',
    labels: ['group', ...OF_GROUP_PARTITION],
  },
} as const satisfies Record<string, ExporterMetric>

export type ExporterMetricName = keyof typeof EXPORTER_METRICS

export type ExporterSeries = { readonly [name in ExporterMetricName]: readonly Series[] }

/** A sample as the exporter's metrics. */
export function exporterSeries({ brokers, topics, groups }: ClusterSample): ExporterSeries {
  const partitions = topics.flatMap((topic) => topic.partitions)
  const ofPartitions = (value: (partition: PartitionSample) => number | bigint | undefined): readonly Series[] =>
    partitions.flatMap((partition) => {
      const number = value(partition)
      if (number === undefined) return []
      const { topic, partition: index } = partition
      return [{ labels: { topic, partition: String(index) }, value: Number(number) }]
    })
  const ofGroupPartitions = <T>(
    of: (partition: (typeof groups)[number]['partitions'][number]) => T | null | undefined,
  ) =>
    groups.flatMap(({ group: consumergroup, partitions: read }) =>
      read.flatMap((partition) => {
        const value = of(partition)
        if (value === undefined || value === null) return []
        const labels = { consumergroup, topic: partition.topic, partition: String(partition.partition) }
        return [{ labels, value: Number(value) }]
      }),
    )
  const offsets = ofGroupPartitions(({ committed }) => committed)
  const lags = ofGroupPartitions(({ lag }) => lag)
  return {
    kafka_brokers: [{ labels: {}, value: brokers.length }],
    kafka_topic_partitions: topics.map(({ topic, partitions: { length } }) => ({ labels: { topic }, value: length })),
    kafka_topic_partition_current_offset: ofPartitions(({ head }) => head),
    kafka_topic_partition_oldest_offset: ofPartitions(({ logStart }) => logStart),
    kafka_topic_partition_in_sync_replica: ofPartitions(({ inSync }) => inSync.length),
    kafka_topic_partition_replicas: ofPartitions(({ replicas }) => replicas.length),
    kafka_topic_partition_leader: ofPartitions(({ leader }) => leader),
    kafka_topic_partition_leader_is_preferred: ofPartitions(({ leader, replicas }) => Number(leader === replicas[0])),
    kafka_topic_partition_under_replicated_partition: ofPartitions(({ inSync, replicas }) =>
      Number(inSync.length < replicas.length),
    ),
    kafka_consumergroup_current_offset: offsets,
    kafka_consumergroup_current_offset_sum: summedByTopic(offsets),
    kafka_consumergroup_lag: lags,
    kafka_consumergroup_lag_sum: summedByTopic(lags),
    kafka_consumergroup_members: groups.map(({ group: consumergroup, members }) => ({
      labels: { consumergroup },
      value: members.length,
    })),
    kafka_consumergroup_group_lag_seconds: ofGroupPartitions(({ lagSeconds }) => lagSeconds).map(
      ({ labels, value }) => ({
        labels: { group: labels.consumergroup, ...labels },
        value,
      }),
    ),
  }
}

function summedByTopic(
  series: readonly {
    readonly labels: { readonly consumergroup: string; readonly topic: string }
    readonly value: number
  }[],
): readonly Series[] {
  const sums = new Map<string, { labels: { consumergroup: string; topic: string }; value: number }>()
  for (const { labels, value } of series) {
    const { consumergroup, topic } = labels
    const key = JSON.stringify([consumergroup, topic])
    const sum = sums.get(key) ?? { labels: { consumergroup, topic }, value: 0 }
    sum.value += value
    sums.set(key, sum)
  }
  return [...sums.values()]
}
