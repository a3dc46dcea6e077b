export type {
  Commit,
  EvaluationOptions,
  PartitionStatus,
  PartitionWindow,
} from './consumer-state/evaluate-partition.ts'
export { EVALUATION_DEFAULTS, evaluatePartition, PARTITION_STATUSES } from './consumer-state/evaluate-partition.ts'
export type {
  GroupSample,
  GroupState,
  GroupStatus,
  InFlightRecord,
  SampledGroup,
  SampledPartition,
} from './consumer-state/group-sample.ts'
export { GROUP_STATUSES } from './consumer-state/group-sample.ts'
export type { GroupStates, GroupStatesOptions } from './consumer-state/group-states.ts'
export { createGroupStates, GROUP_STATES_DEFAULTS } from './consumer-state/group-states.ts'
export type { AlertingErrorCode } from './errors.ts'
export { ALERTING_ERRORS, AlertingError } from './errors.ts'
export type { EvaluationContext, SampleSource } from './promql/evaluate.ts'
export { evaluatePromql } from './promql/evaluate.ts'
export type { Expression, Selector } from './promql/expression.ts'
export { selectorsOf } from './promql/expression.ts'
export type { Labels } from './promql/labels.ts'
export { fingerprintOf, formatLabels, METRIC_NAME } from './promql/labels.ts'
export { parsePromql } from './promql/parse.ts'
export type { PrometheusVersion, Sample } from './promql/sample.ts'
export type { SampleStore, SampleStoreOptions, SampleStoreStats, StoredSeries } from './samples/sample-store.ts'
export { createSampleStore, SAMPLE_STORE_DEFAULTS } from './samples/sample-store.ts'
