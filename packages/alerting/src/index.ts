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
export { parseInhibitRules } from './inhibition/inhibit-rules.ts'
export type { Inhibitor, InhibitRule } from './inhibition/inhibitor.ts'
export { createInhibitor, firstCauses } from './inhibition/inhibitor.ts'
export { parseMatchers } from './inhibition/matcher-text.ts'
export type { Acknowledgement, AlertEpisode } from './log/alert-log.ts'
export { AlertLog, formerAlert } from './log/alert-log.ts'
export { alertingMigrations } from './log/migrations.ts'
export { PendingLog } from './log/pending-log.ts'
export type { EmailOptions } from './notify/email-receiver.ts'
export { emailReceiver } from './notify/email-receiver.ts'
export type { NotificationPayload, NotifiedAlert } from './notify/notification-payload.ts'
export type { NotificationTimings } from './notify/notification-plan.ts'
export { NOTIFICATION_TIMINGS } from './notify/notification-plan.ts'
export type { NotificationFailure, NotificationSenderOptions } from './notify/notification-sender.ts'
export { NotificationSender, SENDER_DEFAULTS } from './notify/notification-sender.ts'
export type { NotificationsOptions } from './notify/notifications.ts'
export { Notifications } from './notify/notifications.ts'
export type { Receiver } from './notify/receiver.ts'
export type { WebhookOptions } from './notify/webhook-receiver.ts'
export { webhookReceiver } from './notify/webhook-receiver.ts'
export { formatPromDuration, parsePromDuration } from './promql/duration.ts'
export type { EvaluationContext, SampleSource } from './promql/evaluate.ts'
export { evaluatePromql } from './promql/evaluate.ts'
export type { Expression, Selector } from './promql/expression.ts'
export { selectorsOf } from './promql/expression.ts'
export type { Labels } from './promql/labels.ts'
export { fingerprintOf, formatLabels, METRIC_NAME } from './promql/labels.ts'
export type { Matcher, MatchOperator } from './promql/matchers.ts'
export { compileMatchers, formatMatcher, MATCH_OPERATORS } from './promql/matchers.ts'
export { parsePromql } from './promql/parse.ts'
export type { PrometheusVersion, Sample } from './promql/sample.ts'
export type { AlertRule } from './rules/alert-rule.ts'
export type { Alert, AlertState, Transition } from './rules/alert-states.ts'
export { ALERT_STATES } from './rules/alert-states.ts'
export type { FormerPending, RestoreOptions } from './rules/restore-pending.ts'
export { RESTORE_DEFAULTS, restoredActiveAtMs } from './rules/restore-pending.ts'
export type { RuleChart, RuleChartOptions } from './rules/rule-chart.ts'
export { chartRule } from './rules/rule-chart.ts'
export type { FormerAlert, Round, RuleEngine, RuleEngineOptions, RuleFailure } from './rules/rule-engine.ts'
export { createRuleEngine, RULE_ENGINE_DEFAULTS, retentionOf } from './rules/rule-engine.ts'
export { parseRuleFile } from './rules/rule-file.ts'
export type { SampleLogOptions } from './samples/sample-log.ts'
export { longSelectorsOf, SAMPLE_LOG_DEFAULTS, SampleLog } from './samples/sample-log.ts'
export type {
  Retention,
  SampleStore,
  SampleStoreOptions,
  SampleStoreStats,
  StoredSeries,
} from './samples/sample-store.ts'
export { createSampleStore, SAMPLE_STORE_DEFAULTS } from './samples/sample-store.ts'
export type { Scraper, ScraperOptions } from './scrape/scraper.ts'
export { createScraper, SCRAPER_DEFAULTS } from './scrape/scraper.ts'
export type { TargetOptions, TargetState } from './scrape/target.ts'
export { httpTarget } from './scrape/target.ts'
export type { Silence, SilenceRequest } from './silences/silence.ts'
export { isActive, silencing } from './silences/silence.ts'
export { SilenceStore } from './silences/silence-store.ts'
