import type { Row } from './panel.ts'
import { one, RATE } from './panel.ts'

export const HTTP: Row = {
  title: 'HTTP',
  panels: [
    {
      title: 'Requests',
      description: 'Per second, by service.',
      unit: 'reqps',
      queries: one(`sum by (job) (rate(http_server_request_duration_seconds_count{job=~"$job"}[${RATE}]))`, '{{job}}'),
    },
    {
      title: 'Errors',
      description: 'Share of the requests that were answered with 5xx.',
      unit: 'percentunit',
      queries: one(
        `sum by (job) (rate(http_server_request_duration_seconds_count{job=~"$job", http_response_status_code=~"5.."}[${RATE}])) / sum by (job) (rate(http_server_request_duration_seconds_count{job=~"$job"}[${RATE}]))`,
        '{{job}}',
      ),
    },
    {
      title: 'Duration, p95',
      description: 'By route; requests that wait on purpose are in it.',
      unit: 's',
      queries: one(
        `histogram_quantile(0.95, sum by (le, job, http_route) (rate(http_server_request_duration_seconds_bucket{job=~"$job"}[${RATE}])))`,
        '{{job}} {{http_route}}',
      ),
    },
  ],
}
