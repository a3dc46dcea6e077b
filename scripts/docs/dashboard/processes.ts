import type { Row } from './panel.ts'
import { one, RATE } from './panel.ts'

export const PROCESSES: Row = {
  title: 'Processes',
  panels: [
    {
      title: 'Up',
      description: 'Whether each process could be scraped.',
      kind: 'stat',
      queries: one('up', '{{job}}'),
    },
    {
      title: 'CPU',
      description: 'Cores.',
      queries: one(`rate(process_cpu_seconds_total{job=~"$job"}[${RATE}])`, '{{job}}'),
    },
    {
      title: 'Memory',
      description: 'Resident.',
      unit: 'bytes',
      queries: one('process_resident_memory_bytes{job=~"$job"}', '{{job}}'),
    },
    {
      title: 'Event loop, p99 delay',
      description: 'What is above 0.1 s makes everything of the process late.',
      unit: 's',
      queries: one('nodejs_eventloop_lag_p99_seconds{job=~"$job"}', '{{job}}'),
    },
    {
      title: 'Database connections',
      description: 'In use, and callers that wait for one.',
      queries: [
        {
          expr: 'sum by (job) (db_client_connection_count{job=~"$job", db_client_connection_state="used"})',
          legend: '{{job}} used',
        },
        {
          expr: 'sum by (job) (db_client_connection_pending_requests{job=~"$job"})',
          legend: '{{job}} waiting',
        },
      ],
    },
    {
      title: 'Locks in the databases',
      description:
        'For how long the oldest transaction that keeps others out of a table or row has done so; the page of the system names it.',
      unit: 's',
      badFrom: 10,
      // Who waits gives up and comes again: in between nobody is seen to wait.
      queries: one(
        'max by (service, database) (max_over_time(database_lock_held_seconds{service=~"$job"}[30s]))',
        '{{service}} {{database}}',
      ),
    },
  ],
}
