import { readFileSync } from 'node:fs'
import type { Platform } from '@stocker/platform'
import { startPlatform, tellStory } from '@stocker/platform'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { ROWS } from '../scripts/docs/dashboard.ts'
import { asPromql, metricsIn } from '../test/promql.ts'
import { waitFor } from '../test/servers.ts'
import { scenario as happyPath } from './happy-path.ts'

const GROUPS = ['order', 'payment', 'dispatch', 'delivery'].map((name) => `${name}-service-group`)

let platform: Platform
/** Job → what it exposes. */
let exposed: ReadonlyMap<string, string>

beforeAll(async () => {
  platform = await startPlatform({})
  const end = await tellStory(happyPath, {
    url: (service) => platform.url(service),
    token: (claims) => platform.token(claims),
    servers: { kafka: platform.kafka, postgres: platform.postgres() },
    logs: platform.logs,
    services: platform.services.map(({ name }) => name),
    timeoutMs: 60_000,
    onLine: () => {},
  })
  expect(end.failure).toBeUndefined()
  // The cluster is looked at every 5 s.
  await waitFor(
    async () => {
      const text = await metricsOf('console')
      return GROUPS.every((group) => text.includes(`kafka_consumergroup_current_offset{consumergroup="${group}"`))
    },
    { what: 'a look at the groups after their commits' },
  )
  exposed = new Map(
    await Promise.all(platform.services.map(async ({ name }) => [name, await metricsOf(name)] as const)),
  )
})
afterAll(() => platform?.stop())

const metricsOf = async (service: string): Promise<string> => (await fetch(`${platform.url(service)}/metrics`)).text()

interface Exposed {
  readonly name: string
  readonly labels: readonly string[]
}

const seriesOf = (text: string): readonly Exposed[] =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labels = ''] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? []
      return { name, labels: [...labels.matchAll(/(?:^|,)(\w+)="/g)].map(([, label = '']) => label) }
    })

/** What whoever scrapes adds of its own. */
const OF_THE_SCRAPER = ['up', 'scrape_duration_seconds']

test('every metric that the dashboard and the alert rules ask for is there', () => {
  const texts = [...exposed.values()]
  const known = new Set([
    ...OF_THE_SCRAPER,
    ...texts.flatMap(seriesOf).map(({ name }) => name),
    // Some have series only when something has gone wrong.
    ...texts.flatMap((text) => [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name = '']) => name)),
  ])
  const { groups } = parse(readFileSync(new URL('../ops/alerts.prom.yml', import.meta.url), 'utf8')) as {
    readonly groups: readonly { readonly rules: readonly { readonly alert?: string; readonly expr: string }[] }[]
  }
  const asked = [
    ...ROWS.flatMap(({ panels }) =>
      panels.flatMap(({ title, queries }) => queries.map(({ expr }) => [title, asPromql(expr)] as const)),
    ),
    ...groups.flatMap(({ rules }) => rules.map(({ alert = '', expr }) => [alert, expr] as const)),
  ]
  const missing = asked.flatMap(([where, expr]) =>
    metricsIn(expr)
      .filter((name) => !known.has(name))
      .map((name) => `${where}: ${name}`),
  )
  expect(missing).toEqual([])
})

test('the console is the exporter that Grafana’s dashboard 7589 and Strimzi’s ask, with their labels', () => {
  const series = seriesOf(exposed.get('console') ?? '')
  const labelsOf = (name: string) => [
    ...new Set(series.filter((each) => each.name === name).flatMap(({ labels }) => labels)),
  ]
  expect(
    Object.fromEntries(
      [
        'kafka_brokers',
        'kafka_topic_partitions',
        'kafka_topic_partition_current_offset',
        'kafka_topic_partition_oldest_offset',
        'kafka_topic_partition_in_sync_replica',
        'kafka_topic_partition_leader',
        'kafka_topic_partition_leader_is_preferred',
        'kafka_topic_partition_replicas',
        'kafka_topic_partition_under_replicated_partition',
        'kafka_consumergroup_current_offset',
        'kafka_consumergroup_current_offset_sum',
        'kafka_consumergroup_lag',
        'kafka_consumergroup_lag_sum',
        'kafka_consumergroup_members',
      ].map((name) => [name, labelsOf(name)]),
    ),
  ).toEqual({
    kafka_brokers: [],
    kafka_topic_partitions: ['topic'],
    kafka_topic_partition_current_offset: ['topic', 'partition'],
    kafka_topic_partition_oldest_offset: ['topic', 'partition'],
    kafka_topic_partition_in_sync_replica: ['topic', 'partition'],
    kafka_topic_partition_leader: ['topic', 'partition'],
    kafka_topic_partition_leader_is_preferred: ['topic', 'partition'],
    kafka_topic_partition_replicas: ['topic', 'partition'],
    kafka_topic_partition_under_replicated_partition: ['topic', 'partition'],
    kafka_consumergroup_current_offset: ['consumergroup', 'topic', 'partition'],
    kafka_consumergroup_current_offset_sum: ['consumergroup', 'topic'],
    kafka_consumergroup_lag: ['consumergroup', 'topic', 'partition'],
    kafka_consumergroup_lag_sum: ['consumergroup', 'topic'],
    kafka_consumergroup_members: ['consumergroup'],
  })
  // The groups of all services, and none of them twice: nobody else uses the exporter's names.
  const text = exposed.get('console') ?? ''
  for (const group of GROUPS) expect(text).toContain(`kafka_consumergroup_members{consumergroup="${group}"} 1`)
  for (const [job, other] of exposed) if (job !== 'console') expect(other).not.toContain('kafka_consumergroup_')
})

test('an order that was delivered is counted where it was decided', () => {
  const has = (job: string, line: string) => expect(exposed.get(job)).toContain(`\n${line}\n`)
  has('order-service', 'orders_placed_total 1')
  has('order-service', 'orders_finished_total{status="DELIVERED"} 1')
  has('order-service', 'order_slo_total{outcome="in_time"} 1')
  has('order-service', 'order_completion_seconds_count 1')
  has('payment-service', 'payments_total{outcome="authorized"} 1')
  has('dispatch-service', 'dispatches_total{outcome="dispatched"} 1')
  has('delivery-service', 'deliveries_total{outcome="delivered"} 1')
  has('delivery-service', 'outbound_calls_open{name="courier"} 0')
  has('cart-service', 'carts_total{outcome="checked_out"} 0')
})
