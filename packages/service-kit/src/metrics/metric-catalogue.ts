/** Buckets that OpenTelemetry's semantic conventions advise for durations in seconds. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] as const

/**
 * Every metric of the kit beside prom-client's process metrics. HTTP, messaging and database names follow OpenTelemetry's semantic conventions in
 * their Prometheus form (messaging: status "development", so they may still change; this is the only place that knows them), lag
 * of a consumer the name that Micrometer gives it. The lag of groups has kafka_exporter's name and comes from the console, for all groups of the cluster.
 */
export const METRIC_CATALOGUE = {
  http_server_request_duration_seconds: {
    type: 'histogram',
    help: 'Duration of HTTP requests',
    labels: ['http_request_method', 'http_route', 'http_response_status_code'],
    buckets: SECONDS,
  },
  messaging_client_consumed_messages_total: {
    type: 'counter',
    help: 'Records that were read from Kafka and handled (error_type "") or refused',
    labels: ['messaging_system', 'messaging_destination_name', 'messaging_consumer_group_name', 'error_type'],
  },
  messaging_process_duration_seconds: {
    type: 'histogram',
    help: 'Time to handle one batch of records, its transaction included',
    labels: ['messaging_system', 'messaging_consumer_group_name', 'error_type'],
    buckets: SECONDS,
  },
  messaging_client_sent_messages_total: {
    type: 'counter',
    help: 'Records that Kafka acknowledged (error_type "") or refused',
    labels: ['messaging_system', 'messaging_destination_name', 'error_type'],
  },
  messaging_client_operation_duration_seconds: {
    type: 'histogram',
    help: 'Time from handing a batch of records to the sender until Kafka acknowledged it',
    labels: ['messaging_system', 'messaging_operation_name', 'error_type'],
    buckets: SECONDS,
  },
  kafka_consumer_fetch_manager_records_lag: {
    type: 'gauge',
    help: 'Records behind the end of each partition that this process reads',
    labels: ['client_id', 'topic', 'partition'],
  },
  event_publisher_lag_events: {
    type: 'gauge',
    help: 'Stored events that wait to be published',
    labels: ['publisher'],
  },
  event_publisher_oldest_seconds: {
    type: 'gauge',
    help: 'Age of the oldest of them; 0 when there is none',
    labels: ['publisher'],
  },
  deadlines_due: {
    type: 'gauge',
    help: 'Deadlines of sagas and aggregates that are due and not fired yet',
    labels: ['service'],
  },
  deadlines_oldest_due_seconds: {
    type: 'gauge',
    help: 'How long ago the oldest of them was due',
    labels: ['service'],
  },
  sagas_active: {
    type: 'gauge',
    help: 'Instances of the saga that have not ended',
    labels: ['saga'],
  },
  sagas_overdue: {
    type: 'gauge',
    help: 'Deadlines of its instances that were due more than 5 s ago and have not fired',
    labels: ['saga'],
  },
  saga_oldest_seconds: {
    type: 'gauge',
    help: 'How long the instance that has been in the stage for longest has been in it; 0 when there is none',
    labels: ['saga', 'state'],
  },
  saga_transitions_total: {
    type: 'counter',
    help: 'Steps that its instances went on by events, messages and deadlines of this process',
    labels: ['saga'],
  },
  projection_lag_seconds: {
    type: 'gauge',
    help: 'Age of the oldest event that a tracking processor has still to handle; 0 when there is none',
    labels: ['processor'],
  },
  outbound_calls_open: {
    type: 'gauge',
    help: 'Calls to the outside without a stored result, of all processes',
    labels: ['name'],
  },
  outbound_calls_oldest_seconds: {
    type: 'gauge',
    help: 'Age of the oldest of them; 0 when there is none',
    labels: ['name'],
  },
  outbound_call_failures_total: {
    type: 'counter',
    help: 'Attempts of such calls that failed; each is made again with the same key',
    labels: ['name'],
  },
  webhooks_given_up_total: {
    type: 'counter',
    help: 'Webhooks that their receiver did not take and that are not sent any more, unless somebody has them sent again',
    labels: ['sender'],
  },
  event_listener_retries_total: {
    type: 'counter',
    help: 'Records that were handed to the handler again after they had failed',
    labels: ['messaging_destination_name', 'messaging_consumer_group_name'],
  },
  event_listener_dead_letters_total: {
    type: 'counter',
    help: 'Records that went to the dead letters, where nothing handles them unless somebody sends them again',
    labels: ['messaging_destination_name', 'messaging_consumer_group_name'],
  },
  event_listener_parked_records: {
    type: 'gauge',
    help: 'Records that failed and wait for a retry, and those that wait behind them',
    labels: ['consumergroup', 'topic', 'partition'],
  },
  event_listener_parked_keys: {
    type: 'gauge',
    help: 'Keys to which they belong',
    labels: ['consumergroup', 'topic', 'partition'],
  },
  event_listener_oldest_parked_seconds: {
    type: 'gauge',
    help: 'How long the first of them has been waiting',
    labels: ['consumergroup', 'topic', 'partition'],
  },
  event_listener_delivery_attempts_max: {
    type: 'gauge',
    help: 'Failed deliveries of the record that has failed most often and was not handled since; 0 when none fails',
    labels: ['consumergroup'],
  },
  event_listener_in_flight_seconds: {
    type: 'gauge',
    help: 'How long the listener has had the batch that is in its hands; 0 when there is none',
    labels: ['consumergroup'],
  },
  event_listener_back_pressure: {
    type: 'gauge',
    help: '1 while a partition is not read because too many records wait',
    labels: ['consumergroup', 'topic', 'partition'],
  },
  event_listener_circuit_state: {
    type: 'gauge',
    help: '0 closed; 2 open: the dependency is away and nothing is handled; 1 half-open: it answers again, the next batch decides',
    labels: ['consumergroup', 'dependency'],
  },
  event_listener_quarantined_records_total: {
    type: 'counter',
    help: 'Records put aside in undecodable_records because they could not be decoded',
    labels: ['messaging_destination_name', 'messaging_consumer_group_name'],
  },
  db_client_connection_count: {
    type: 'gauge',
    help: 'Connections of the pool by state',
    labels: ['db_client_connection_pool_name', 'db_client_connection_state'],
  },
  db_client_connection_pending_requests: {
    type: 'gauge',
    help: 'Callers that wait for a connection of the pool',
    labels: ['db_client_connection_pool_name'],
  },
} as const satisfies Record<string, MetricDefinition>

export type MetricName = keyof typeof METRIC_CATALOGUE

export interface MetricDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  readonly buckets?: readonly number[]
}
