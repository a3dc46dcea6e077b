import type { Row } from './panel.ts'
import { one, RATE } from './panel.ts'

export const CONSUMERS: Row = {
  title: 'Consumers',
  panels: [
    {
      title: 'Age of the first record that waits',
      description: 'Per group, the partition where it waits for longest.',
      unit: 's',
      badFrom: 30,
      queries: one(
        'max by (consumergroup) (kafka_consumergroup_group_lag_seconds{consumergroup=~"$group"})',
        '{{consumergroup}}',
      ),
    },
    {
      title: 'Records that wait',
      description: 'Per group, over all its topics.',
      queries: one(
        'sum by (consumergroup) (kafka_consumergroup_lag_sum{consumergroup=~"$group"})',
        '{{consumergroup}}',
      ),
    },
    {
      title: 'State',
      description: 'Groups that are not as they should be, by what they are.',
      badFrom: 1,
      queries: one(
        'max by (consumergroup, status) (kafka_consumergroup_status{status!="ok", consumergroup=~"$group"})',
        '{{consumergroup}} {{status}}',
      ),
    },
    {
      title: 'Members',
      description: 'Per group.',
      queries: one('kafka_consumergroup_members{consumergroup=~"$group"}', '{{consumergroup}}'),
    },
    {
      title: 'Handled per second',
      description: 'Records, per group.',
      unit: 'ops',
      queries: one(
        `sum by (messaging_consumer_group_name) (rate(messaging_client_consumed_messages_total{error_type=""}[${RATE}]))`,
        '{{messaging_consumer_group_name}}',
      ),
    },
    {
      title: 'Time to handle a batch, p99',
      description: 'Its transaction included.',
      unit: 's',
      badFrom: 1,
      queries: one(
        `histogram_quantile(0.99, sum by (le, messaging_consumer_group_name) (rate(messaging_process_duration_seconds_bucket[${RATE}])))`,
        '{{messaging_consumer_group_name}}',
      ),
    },
    {
      title: 'Batch in hand',
      description: 'How long each listener has had it: a handler that hangs shows here first.',
      unit: 's',
      queries: one('max by (consumergroup) (event_listener_in_flight_seconds)', '{{consumergroup}}'),
    },
    {
      title: 'Retries',
      description: 'Records handed out again per minute, and how often the worst of them has failed.',
      queries: [
        {
          expr: `sum by (messaging_consumer_group_name) (rate(event_listener_retries_total[${RATE}])) * 60`,
          legend: '{{messaging_consumer_group_name}} per minute',
        },
        {
          expr: 'max by (consumergroup) (event_listener_delivery_attempts_max)',
          legend: '{{consumergroup}} attempts',
        },
      ],
    },
    {
      title: 'Waiting for a retry',
      description: 'Records that failed and those behind them; the age of the oldest.',
      queries: [
        { expr: 'sum by (consumergroup) (event_listener_parked_records)', legend: '{{consumergroup}} records' },
        {
          expr: 'max by (consumergroup) (event_listener_oldest_parked_seconds)',
          legend: '{{consumergroup}} seconds',
        },
      ],
    },
    {
      title: 'Dead letters',
      description: 'New ones in 5 minutes, and those that nobody has seen to.',
      badFrom: 1,
      queries: [
        {
          expr: 'sum by (messaging_consumer_group_name) (increase(event_listener_dead_letters_total[5m]))',
          legend: '{{messaging_consumer_group_name}} new',
        },
        { expr: 'sum by (consumergroup) (dead_letters_open)', legend: '{{consumergroup}} open' },
      ],
    },
    {
      title: 'Circuit breakers',
      description: '2: what a listener depends on is away, and nothing is handled. 1: the next batch decides.',
      badFrom: 1,
      queries: one(
        'max by (consumergroup, dependency) (event_listener_circuit_state)',
        '{{consumergroup}} {{dependency}}',
      ),
    },
    {
      title: 'Records that cannot be read',
      description: 'Put aside in undecodable_records, in 5 minutes.',
      badFrom: 1,
      queries: one(
        'sum by (messaging_destination_name) (increase(event_listener_quarantined_records_total[5m]))',
        '{{messaging_destination_name}}',
      ),
    },
  ],
}
