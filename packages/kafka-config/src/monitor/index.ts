/** Watches a whole cluster. Apart from the package's main entry: a service that only reads and writes loads nothing of it. */
export type { ClusterMonitor, ClusterMonitorOptions } from './cluster-monitor.ts'
export { CLUSTER_MONITOR_DEFAULTS, createClusterMonitor } from './cluster-monitor.ts'
export type {
  BrokerSample,
  ClusterSample,
  ConsumerGroupSample,
  GroupPartitionSample,
  MemberSample,
  PartitionSample,
  TopicSample,
} from './cluster-sample.ts'
export type { ExporterMetricName, ExporterSeries, Series } from './exporter-metrics.ts'
export { EXPORTER_METRICS, exporterSeries } from './exporter-metrics.ts'
export type { PlannedReset, ResetTarget } from './offset-reset.ts'
export { planReset, RESET_TARGETS, resetOffsets } from './offset-reset.ts'
