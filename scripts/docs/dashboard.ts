/** What the platform's Grafana dashboard shows. Rows of panels; each panel is a question or two in PromQL. */
interface Query {
  readonly expr: string
  /** Grafana's own: `{{label}}`. */
  readonly legend: string
}

interface Panel {
  readonly title: string
  /** What to make of it, in a sentence. */
  readonly description: string
  /** Grafana's name of it. */
  readonly unit?: 's' | 'ops' | 'short' | 'percentunit' | 'bytes' | 'reqps' | 'cpm'
  readonly kind?: 'timeseries' | 'stat'
  /** Of 24. Default 8. */
  readonly width?: number
  readonly queries: readonly Query[]
  /** Above it a value is drawn as bad. */
  readonly badFrom?: number
}

interface Row {
  readonly title: string
  readonly panels: readonly Panel[]
}

const one = (expr: string, legend: string): readonly Query[] => [{ expr, legend }]
const RATE = '$__rate_interval'

export const ROWS: readonly Row[] = [
  {
    title: 'Orders',
    panels: [
      {
        title: 'Placed per minute',
        description: 'Orders that customers placed.',
        kind: 'stat',
        width: 4,
        unit: 'cpm',
        queries: one('sum(rate(orders_placed_total[1m])) * 60', 'placed'),
      },
      {
        title: 'At their end in time, last hour',
        description: 'Share of the orders whose time is over or that ended; one that is stuck counts against it.',
        kind: 'stat',
        width: 4,
        unit: 'percentunit',
        queries: one(
          'sum(increase(order_slo_total{outcome="in_time"}[1h])) / sum(increase(order_slo_total[1h]))',
          'in time',
        ),
      },
      {
        title: 'Burn rate, 5 minutes and 1 hour',
        description: 'How many times faster than allowed the 1 % of the objective is used up. 14.4 in both is a page.',
        kind: 'stat',
        width: 8,
        unit: 'short',
        badFrom: 14.4,
        queries: [
          {
            expr: 'sum(increase(order_slo_total{outcome!="in_time"}[5m])) / sum(increase(order_slo_total[5m])) / 0.01',
            legend: '5 m',
          },
          {
            expr: 'sum(increase(order_slo_total{outcome!="in_time"}[1h])) / sum(increase(order_slo_total[1h])) / 0.01',
            legend: '1 h',
          },
        ],
      },
      {
        title: 'Alerts that fire',
        description: 'By the console’s own evaluation of ops/alerts.prom.yml.',
        kind: 'stat',
        badFrom: 1,
        queries: one('sum by (severity) (alerts_firing)', '{{severity}}'),
      },
      {
        title: 'Placed and ended',
        description: 'Orders per minute, placed and by how they ended.',
        unit: 'cpm',
        queries: [
          { expr: `sum(rate(orders_placed_total[${RATE}])) * 60`, legend: 'placed' },
          { expr: `sum by (status) (rate(orders_finished_total[${RATE}])) * 60`, legend: '{{status}}' },
        ],
      },
      {
        title: 'From placing to delivery',
        description: 'Of the orders that were delivered; those that are stuck are in the objective.',
        unit: 's',
        queries: [
          ...(['0.5', '0.95', '0.99'] as const).map((quantile) => ({
            expr: `histogram_quantile(${quantile}, sum by (le) (rate(order_completion_seconds_bucket[${RATE}])))`,
            legend: `p${Number(quantile) * 100}`,
          })),
        ],
      },
      {
        title: 'Orders by status',
        description: 'How many orders are where on their way.',
        queries: one('sum by (status) (orders_in_state)', '{{status}}'),
      },
      {
        title: 'Payments',
        description: 'What became of them, per minute.',
        unit: 'cpm',
        queries: one(`sum by (outcome) (rate(payments_total[${RATE}])) * 60`, '{{outcome}}'),
      },
      {
        title: 'Goods and parcels',
        description: 'What became of them, per minute.',
        unit: 'cpm',
        queries: [
          { expr: `sum by (outcome) (rate(dispatches_total[${RATE}])) * 60`, legend: 'goods {{outcome}}' },
          { expr: `sum by (outcome) (rate(deliveries_total[${RATE}])) * 60`, legend: 'parcel {{outcome}}' },
        ],
      },
      {
        title: 'Carts and stock',
        description: 'Carts per minute; products of which few or no pieces are left.',
        queries: [
          { expr: `sum by (outcome) (rate(carts_total[${RATE}])) * 60`, legend: 'carts {{outcome}}' },
          { expr: 'sum by (level) (stock_skus{level!="OK"})', legend: 'products {{level}}' },
        ],
      },
    ],
  },
  {
    title: 'Consumers',
    panels: [
      {
        title: 'Age of the first record that waits',
        description: 'Per group, the partition where it waits for longest.',
        unit: 's',
        badFrom: 30,
        queries: one(
          'max by (consumergroup) (kafka_consumergroup_group_lag_seconds{consumergroup=~"$group"})',
          '{{consumergroup}}',
        ),
      },
      {
        title: 'Records that wait',
        description: 'Per group, over all its topics.',
        queries: one(
          'sum by (consumergroup) (kafka_consumergroup_lag_sum{consumergroup=~"$group"})',
          '{{consumergroup}}',
        ),
      },
      {
        title: 'State',
        description: 'Groups that are not as they should be, by what they are.',
        badFrom: 1,
        queries: one(
          'max by (consumergroup, status) (kafka_consumergroup_status{status!="ok", consumergroup=~"$group"})',
          '{{consumergroup}} {{status}}',
        ),
      },
      {
        title: 'Members',
        description: 'Per group.',
        queries: one('kafka_consumergroup_members{consumergroup=~"$group"}', '{{consumergroup}}'),
      },
      {
        title: 'Handled per second',
        description: 'Records, per group.',
        unit: 'ops',
        queries: one(
          `sum by (messaging_consumer_group_name) (rate(messaging_client_consumed_messages_total{error_type=""}[${RATE}]))`,
          '{{messaging_consumer_group_name}}',
        ),
      },
      {
        title: 'Time to handle a batch, p99',
        description: 'Its transaction included.',
        unit: 's',
        badFrom: 1,
        queries: one(
          `histogram_quantile(0.99, sum by (le, messaging_consumer_group_name) (rate(messaging_process_duration_seconds_bucket[${RATE}])))`,
          '{{messaging_consumer_group_name}}',
        ),
      },
      {
        title: 'Batch in hand',
        description: 'How long each listener has had it: a handler that hangs shows here first.',
        unit: 's',
        queries: one('max by (consumergroup) (event_listener_in_flight_seconds)', '{{consumergroup}}'),
      },
      {
        title: 'Retries',
        description: 'Records handed out again per minute, and how often the worst of them has failed.',
        queries: [
          {
            expr: `sum by (messaging_consumer_group_name) (rate(event_listener_retries_total[${RATE}])) * 60`,
            legend: '{{messaging_consumer_group_name}} per minute',
          },
          {
            expr: 'max by (consumergroup) (event_listener_delivery_attempts_max)',
            legend: '{{consumergroup}} attempts',
          },
        ],
      },
      {
        title: 'Waiting for a retry',
        description: 'Records that failed and those behind them; the age of the oldest.',
        queries: [
          { expr: 'sum by (consumergroup) (event_listener_parked_records)', legend: '{{consumergroup}} records' },
          {
            expr: 'max by (consumergroup) (event_listener_oldest_parked_seconds)',
            legend: '{{consumergroup}} seconds',
          },
        ],
      },
      {
        title: 'Dead letters',
        description: 'New ones in 5 minutes, and those that nobody has seen to.',
        badFrom: 1,
        queries: [
          {
            expr: 'sum by (messaging_consumer_group_name) (increase(event_listener_dead_letters_total[5m]))',
            legend: '{{messaging_consumer_group_name}} new',
          },
          { expr: 'sum by (consumergroup) (dead_letters_open)', legend: '{{consumergroup}} open' },
        ],
      },
      {
        title: 'Circuit breakers',
        description: '2: what a listener depends on is away, and nothing is handled. 1: the next batch decides.',
        badFrom: 1,
        queries: one(
          'max by (consumergroup, dependency) (event_listener_circuit_state)',
          '{{consumergroup}} {{dependency}}',
        ),
      },
      {
        title: 'Records that cannot be read',
        description: 'Put aside in undecodable_records, in 5 minutes.',
        badFrom: 1,
        queries: one(
          'sum by (messaging_destination_name) (increase(event_listener_quarantined_records_total[5m]))',
          '{{messaging_destination_name}}',
        ),
      },
    ],
  },
  {
    title: 'Outbox, sagas, calls',
    panels: [
      {
        title: 'Oldest unpublished event',
        description: 'Stored and not in Kafka yet.',
        unit: 's',
        badFrom: 10,
        queries: one('max by (publisher) (event_publisher_oldest_seconds)', '{{publisher}}'),
      },
      {
        title: 'Unpublished events',
        description: 'Stored and not in Kafka yet.',
        queries: one('max by (publisher) (event_publisher_lag_events)', '{{publisher}}'),
      },
      {
        title: 'Read models behind',
        description: 'Age of the oldest event that a tracking processor has still to handle.',
        unit: 's',
        badFrom: 5,
        queries: one('max by (processor) (projection_lag_seconds)', '{{processor}}'),
      },
      {
        title: 'Sagas',
        description: 'Instances that live; steps per second.',
        queries: [
          { expr: 'max by (saga) (sagas_active)', legend: '{{saga}} active' },
          { expr: `sum by (saga) (rate(saga_transitions_total[${RATE}]))`, legend: '{{saga}} steps per second' },
        ],
      },
      {
        title: 'Longest in a stage',
        description: 'How long the instance that has been there for longest has been in it.',
        unit: 's',
        queries: one('max by (saga, state) (saga_oldest_seconds)', '{{saga}} {{state}}'),
      },
      {
        title: 'Overdue',
        description: 'Deadlines that were due and have not fired.',
        badFrom: 1,
        queries: [
          { expr: 'max by (saga) (sagas_overdue)', legend: '{{saga}}' },
          { expr: 'max by (service) (deadlines_due)', legend: '{{service}} all deadlines' },
          { expr: 'max by (service) (deadlines_oldest_due_seconds)', legend: '{{service}} oldest, seconds' },
        ],
      },
      {
        title: 'Calls to the outside without an answer',
        description: 'Gateway and courier.',
        queries: one('max by (name) (outbound_calls_open)', '{{name}}'),
      },
      {
        title: 'Oldest of them',
        description: 'Since it was asked for.',
        unit: 's',
        queries: one('max by (name) (outbound_calls_oldest_seconds)', '{{name}}'),
      },
      {
        title: 'Attempts that failed',
        description: 'Per minute; each is made again with the same key.',
        unit: 'cpm',
        queries: one(`sum by (name) (rate(outbound_call_failures_total[${RATE}])) * 60`, '{{name}}'),
      },
    ],
  },
  {
    title: 'HTTP',
    panels: [
      {
        title: 'Requests',
        description: 'Per second, by service.',
        unit: 'reqps',
        queries: one(
          `sum by (job) (rate(http_server_request_duration_seconds_count{job=~"$job"}[${RATE}]))`,
          '{{job}}',
        ),
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
  },
  {
    title: 'Kafka',
    panels: [
      {
        title: 'Brokers',
        description: 'In the cluster, and how many there should be.',
        width: 4,
        kind: 'stat',
        queries: [
          { expr: 'max(kafka_brokers)', legend: 'there' },
          { expr: 'max(kafka_expected_brokers)', legend: 'expected' },
        ],
      },
      {
        title: 'Partitions in trouble',
        description: 'With a replica that is not in sync; without a leader.',
        width: 4,
        kind: 'stat',
        badFrom: 1,
        queries: [
          { expr: 'sum(kafka_topic_partition_under_replicated_partition)', legend: 'under-replicated' },
          { expr: 'count(kafka_topic_partition_leader == -1) or vector(0)', legend: 'without a leader' },
        ],
      },
      {
        title: 'Records written per second',
        description: 'By topic.',
        unit: 'ops',
        queries: one(
          `sum by (topic) (rate(kafka_topic_partition_current_offset{topic!="__consumer_offsets"}[${RATE}]))`,
          '{{topic}}',
        ),
      },
      {
        title: 'Published and refused',
        description: 'By the services, per second.',
        unit: 'ops',
        queries: [
          {
            expr: `sum by (messaging_destination_name) (rate(messaging_client_sent_messages_total{error_type=""}[${RATE}]))`,
            legend: '{{messaging_destination_name}}',
          },
          {
            expr: `sum by (messaging_destination_name, error_type) (rate(messaging_client_sent_messages_total{error_type!=""}[${RATE}]))`,
            legend: '{{messaging_destination_name}} {{error_type}}',
          },
        ],
      },
    ],
  },
  {
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
  },
]

const WHOLE_WIDTH = 24
const PANEL_HEIGHT = 7
const STAT_HEIGHT = 4

/** ops/grafana/platform.json, for Grafana 10 and later: import it and choose the data source. */
export function dashboardJson(): string {
  let id = 0
  let y = 0
  const panels = ROWS.flatMap(({ title, panels: ofRow }) => {
    const row = {
      id: ++id,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: WHOLE_WIDTH, h: 1 },
      panels: [],
    }
    y += 1
    let x = 0
    let lineHeight = 0
    const placed = ofRow.map((panel) => {
      const w = panel.width ?? 8
      const h = panel.kind === 'stat' ? STAT_HEIGHT : PANEL_HEIGHT
      if (x + w > WHOLE_WIDTH) {
        x = 0
        y += lineHeight
        lineHeight = 0
      }
      const gridPos = { x, y, w, h }
      x += w
      lineHeight = Math.max(lineHeight, h)
      return panelJson(panel, ++id, gridPos)
    })
    y += lineHeight
    return [row, ...placed]
  })
  return JSON.stringify(
    {
      uid: 'amazon-platform',
      title: 'Amazon Platform',
      description: 'Orders, consumers, outbox and sagas, HTTP, Kafka and the processes of the platform.',
      tags: ['kafka', 'orders'],
      schemaVersion: 39,
      editable: true,
      graphTooltip: 1,
      refresh: '5s',
      time: { from: 'now-30m', to: 'now' },
      templating: {
        list: [
          { name: 'datasource', type: 'datasource', label: 'Data source', query: 'prometheus' },
          variable('job', 'Service', 'label_values(up, job)'),
          variable('group', 'Consumer group', 'label_values(kafka_consumergroup_members, consumergroup)'),
        ],
      },
      panels,
    },
    null,
    2,
  )
}

const DATASOURCE = { type: 'prometheus', uid: '$' + '{datasource}' }

const variable = (name: string, label: string, query: string) => ({
  name,
  label,
  type: 'query',
  datasource: DATASOURCE,
  query,
  refresh: 2,
  includeAll: true,
  multi: true,
  allValue: '.*',
  current: { text: 'All', value: '$__all' },
})

function panelJson(
  { title, description, kind = 'timeseries', unit = 'short', queries, badFrom }: Panel,
  id: number,
  gridPos: object,
) {
  const steps = [{ color: 'green', value: null }, ...(badFrom === undefined ? [] : [{ color: 'red', value: badFrom }])]
  return {
    id,
    type: kind,
    title,
    description,
    gridPos,
    datasource: DATASOURCE,
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        thresholds: { mode: 'absolute', steps },
        ...(kind === 'timeseries' && {
          custom: {
            fillOpacity: 8,
            lineWidth: 1,
            showPoints: 'never',
            ...(badFrom !== undefined && { thresholdsStyle: { mode: 'dashed' } }),
          },
        }),
      },
      overrides: [],
    },
    options:
      kind === 'stat'
        ? { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'value', graphMode: 'area' }
        : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
    })),
  }
}
