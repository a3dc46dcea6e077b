import type { Row } from './panel.ts'
import { one, RATE } from './panel.ts'

export const KAFKA: Row = {
  title: 'Kafka',
  panels: [
    {
      title: 'Brokers',
      description: 'In the cluster, and how many there should be.',
      width: 4,
      kind: 'stat',
      queries: [
        { expr: 'max(kafka_brokers)', legend: 'there' },
        { expr: 'max(kafka_expected_brokers)', legend: 'expected' },
      ],
    },
    {
      title: 'Partitions in trouble',
      description: 'With a replica that is not in sync; without a leader.',
      width: 4,
      kind: 'stat',
      badFrom: 1,
      queries: [
        { expr: 'sum(kafka_topic_partition_under_replicated_partition)', legend: 'under-replicated' },
        { expr: 'count(kafka_topic_partition_leader == -1) or vector(0)', legend: 'without a leader' },
      ],
    },
    {
      title: 'Records written per second',
      description: 'By topic.',
      unit: 'ops',
      queries: one(
        `sum by (topic) (rate(kafka_topic_partition_current_offset{topic!="__consumer_offsets"}[${RATE}]))`,
        '{{topic}}',
      ),
    },
    {
      title: 'Published and refused',
      description: 'By the services, per second.',
      unit: 'ops',
      queries: [
        {
          expr: `sum by (messaging_destination_name) (rate(messaging_client_sent_messages_total{error_type=""}[${RATE}]))`,
          legend: '{{messaging_destination_name}}',
        },
        {
          expr: `sum by (messaging_destination_name, error_type) (rate(messaging_client_sent_messages_total{error_type!=""}[${RATE}]))`,
          legend: '{{messaging_destination_name}} {{error_type}}',
        },
      ],
    },
  ],
}
