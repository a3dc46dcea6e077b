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
