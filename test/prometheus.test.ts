import { readFileSync } from 'node:fs'
import { topology } from '@stocker/platform'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { findPromtool } from '../packages/alerting/test/promtool.ts'
import { ROWS } from '../scripts/docs/dashboard.ts'
import { asPromql, metricsIn } from './promql.ts'

const ops = (file: string): string => readFileSync(new URL(`../ops/${file}`, import.meta.url), 'utf8')
const promtool = findPromtool()

test.skipIf(promtool === undefined)('Prometheus takes the configuration, the rules among it', () => {
  const files = { 'prometheus.yml': ops('prometheus.yml'), 'alerts.prom.yml': ops('alerts.prom.yml') }
  expect(promtool?.checkConfig(files, 'prometheus.yml')).toEqual({
    ok: true,
    output: expect.stringContaining('SUCCESS'),
  })
})

test('every service of the platform is scraped at its port, and its job has its name', () => {
  const { scrape_configs: jobs } = parse(ops('prometheus.yml')) as {
    readonly scrape_configs: readonly {
      readonly job_name: string
      readonly static_configs: readonly { readonly targets: readonly string[] }[]
    }[]
  }
  const scraped = jobs.map(({ job_name: job, static_configs: targets }) => [
    job,
    targets.flatMap((each) => each.targets),
  ])
  const running = topology.services.map(({ name, port }) => [name, [`localhost:${port}`]])
  expect(Object.fromEntries(scraped)).toEqual(Object.fromEntries(running))
})

test('every question of the dashboard is PromQL', () => {
  const questions = ROWS.flatMap(({ panels }) => panels.flatMap(({ queries }) => queries.map(({ expr }) => expr)))
  for (const question of questions) expect([question, metricsIn(asPromql(question)).length]).not.toEqual([question, 0])
  expect(questions.length).toBeGreaterThan(50)
  expect(() => metricsIn('sum by (topic (kafka_brokers)')).toThrow('does not parse')
})

test('the lock that an alert tells of is on the dashboard, per database, and drawn as bad from when the alert fires', () => {
  const { groups } = parse(ops('alerts.prom.yml')) as {
    readonly groups: readonly { readonly rules: readonly { readonly alert?: string; readonly expr: string }[] }[]
  }
  const rule = groups.flatMap(({ rules }) => rules).find(({ alert }) => alert === 'DatabaseLocked')
  const panels = ROWS.flatMap((row) => row.panels)
  const shown = panels.find(({ queries }) =>
    queries.some(({ expr }) => metricsIn(asPromql(expr)).includes('database_lock_held_seconds')),
  )
  expect(shown?.queries.map(({ expr }) => `${expr.replace('{service=~"$job"}', '')} > ${shown.badFrom}`)).toEqual([
    rule?.expr,
  ])
})
