import type { Row } from './panel.ts'
import { one, RATE } from './panel.ts'

export const OUTBOX_SAGAS_CALLS: Row = {
  title: 'Outbox, sagas, calls',
  panels: [
    {
      title: 'Oldest unpublished event',
      description: 'Stored and not in Kafka yet.',
      unit: 's',
      badFrom: 10,
      queries: one('max by (publisher) (event_publisher_oldest_seconds)', '{{publisher}}'),
    },
    {
      title: 'Unpublished events',
      description: 'Stored and not in Kafka yet.',
      queries: one('max by (publisher) (event_publisher_lag_events)', '{{publisher}}'),
    },
    {
      title: 'Read models behind',
      description: 'Age of the oldest event that a tracking processor has still to handle.',
      unit: 's',
      badFrom: 5,
      queries: one('max by (processor) (projection_lag_seconds)', '{{processor}}'),
    },
    {
      title: 'Sagas',
      description: 'Instances that live; steps per second.',
      queries: [
        { expr: 'max by (saga) (sagas_active)', legend: '{{saga}} active' },
        { expr: `sum by (saga) (rate(saga_transitions_total[${RATE}]))`, legend: '{{saga}} steps per second' },
      ],
    },
    {
      title: 'Longest in a stage',
      description: 'How long the instance that has been there for longest has been in it.',
      unit: 's',
      queries: one('max by (saga, state) (saga_oldest_seconds)', '{{saga}} {{state}}'),
    },
    {
      title: 'Overdue',
      description: 'Deadlines that were due and have not fired.',
      badFrom: 1,
      queries: [
        { expr: 'max by (saga) (sagas_overdue)', legend: '{{saga}}' },
        { expr: 'max by (service) (deadlines_due)', legend: '{{service}} all deadlines' },
        { expr: 'max by (service) (deadlines_oldest_due_seconds)', legend: '{{service}} oldest, seconds' },
      ],
    },
    {
      title: 'Calls to the outside without an answer',
      description: 'Gateway and courier.',
      queries: one('max by (name) (outbound_calls_open)', '{{name}}'),
    },
    {
      title: 'Oldest of them',
      description: 'Since it was asked for.',
      unit: 's',
      queries: one('max by (name) (outbound_calls_oldest_seconds)', '{{name}}'),
    },
    {
      title: 'Attempts that failed',
      description: 'Per minute; each is made again with the same key.',
      unit: 'cpm',
      queries: one(`sum by (name) (rate(outbound_call_failures_total[${RATE}])) * 60`, '{{name}}'),
    },
  ],
}
