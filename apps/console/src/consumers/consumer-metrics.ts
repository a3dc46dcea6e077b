import { GROUP_STATUSES } from '@stocker/alerting'
import type { ClusterSample, ExporterMetricName, ExporterSeries } from '@stocker/kafka-config/monitor'
import { EXPORTER_METRICS, exporterSeries } from '@stocker/kafka-config/monitor'
import type { MetricDefinition, Metrics } from '@stocker/service-kit'
import type { ConsumerWatch } from './consumer-watch.ts'

/** What the console measures of the cluster beside the exporter's names. */
export const CONSUMER_METRICS = {
  kafka_expected_brokers: {
    type: 'gauge',
    help: 'Brokers that the cluster should have: monitor.expected-brokers, or the most that were seen',
    labels: [],
  },
  kafka_consumergroup_status: {
    type: 'gauge',
    help: `How a group is, 1 for what it is and 0 for all else: ${GROUP_STATUSES.join(', ')}`,
    labels: ['consumergroup', 'status'],
  },
} as const satisfies Record<string, MetricDefinition>

/** All that the console knows of the cluster, as metrics of the last look. Without any look, and while the monitoring is off, there is none. */
export function exportConsumers(metrics: Metrics, watch: ConsumerWatch): void {
  let of: ClusterSample | undefined
  let series: ExporterSeries | undefined
  const current = (): ExporterSeries | undefined => {
    if (of !== watch.latest) {
      of = watch.latest
      series = of.atMs === 0 ? undefined : exporterSeries(of)
    }
    return series
  }
  for (const name of Object.keys(EXPORTER_METRICS) as ExporterMetricName[]) {
    metrics.gauge(name, EXPORTER_METRICS[name], async () => current()?.[name] ?? [])
  }
  metrics.gauge('kafka_expected_brokers', CONSUMER_METRICS.kafka_expected_brokers, async () =>
    watch.latest.atMs === 0 ? [] : [{ labels: {}, value: watch.expectedBrokers }],
  )
  metrics.gauge('kafka_consumergroup_status', CONSUMER_METRICS.kafka_consumergroup_status, async () =>
    watch
      .groups()
      .flatMap(({ state: { group: consumergroup, status: now } }) =>
        GROUP_STATUSES.map((status) => ({ labels: { consumergroup, status }, value: Number(status === now) })),
      ),
  )
}
