import type { Row } from './panel.ts'
import { one, RATE } from './panel.ts'

export const PROCESSES: Row = {
  title: 'Processes',
  panels: [
    {
      title: 'Up',
      description: 'Whether each process could be scraped.',
      width: 4,
      kind: 'stat',
      queries: one('up', '{{job}}'),
    },
    {
      title: 'CPU',
      description: 'Cores.',
      width: 5,
      queries: one(`rate(process_cpu_seconds_total{job=~"$job"}[${RATE}])`, '{{job}}'),
    },
    {
      title: 'Memory',
      description: 'Resident.',
      width: 5,
      unit: 'bytes',
      queries: one('process_resident_memory_bytes{job=~"$job"}', '{{job}}'),
    },
    {
      title: 'Event loop, p99 delay',
      description: 'What is above 0.1 s makes everything of the process late.',
      width: 5,
      unit: 's',
      queries: one('nodejs_eventloop_lag_p99_seconds{job=~"$job"}', '{{job}}'),
    },
    {
      title: 'Database connections',
      description: 'In use, and callers that wait for one.',
      width: 5,
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
  ],
}
