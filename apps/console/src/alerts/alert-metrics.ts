import type { MetricDefinition } from '@stocker/service-kit'

export const ALERT_METRICS = {
  alerts_firing: {
    type: 'gauge',
    help: 'Alerts of a rule that fire; 0 when none does',
    labels: ['alertname', 'severity'],
  },
  alerts_series: { type: 'gauge', help: 'Series that the rules look at, in memory', labels: [] },
  alerts_round_seconds: { type: 'gauge', help: 'How long the last evaluation of all rules took', labels: [] },
} as const satisfies Record<string, MetricDefinition>
