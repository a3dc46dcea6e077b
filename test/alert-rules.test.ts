import { readFileSync } from 'node:fs'
import { parseRuleFile } from '@stocker/alerting'
import { describe, expect, test } from 'vitest'
import { findPromtool } from '../packages/alerting/test/promtool.ts'
import { readRuleTestFile, runRuleTestFile } from '../packages/alerting/test/rule-test-file.ts'

const ops = (file: string): string => readFileSync(new URL(`../ops/${file}`, import.meta.url), 'utf8')

const RULES = 'alerts.prom.yml'
const LOCAL_RULES = 'alerts.local.prom.yml'
const TESTS = ['alerts.test.yml', 'alerts.slo.test.yml'] as const
const SEVERITIES = ['page', 'warn', 'ticket']
const ANNOTATIONS = ['console', 'first', 'runbook_url', 'summary']

const promtool = findPromtool()
const rules = parseRuleFile(ops(RULES), RULES)
const names = rules.map(({ name }) => name)
const tests = TESTS.map((file) => readRuleTestFile(ops(file)))

describe('every alert rule', () => {
  test('fires in a test, and does not fire in another', () => {
    const checks = tests.flatMap((file) => file.tests.flatMap((each) => each.alert_rule_test))
    const checked = (fires: boolean): readonly string[] =>
      [
        ...new Set(checks.filter((check) => check.exp_alerts.length > 0 === fires).map(({ alertname }) => alertname)),
      ].sort()

    expect(checked(true)).toEqual(names.toSorted())
    expect(checked(false)).toEqual(names.toSorted())
  })

  test('says how urgent it is, what is wrong, what to do first, and where to look', () => {
    for (const { name, text } of rules) {
      expect([name, Object.keys(text.annotations).sort()]).toEqual([name, ANNOTATIONS])
      expect([name, SEVERITIES.includes(text.labels.severity ?? '')]).toEqual([name, true])
    }
  })

  test('has its entry in the runbook, and every entry its rule', () => {
    const runbook = readFileSync(new URL('../docs/runbook.md', import.meta.url), 'utf8')
    const section = runbook.slice(runbook.indexOf('## 10. Alerts'))
    const entries = [...section.matchAll(/^### (\w+)$/gm)].map(([, entry = '']) => entry)

    expect(entries.toSorted()).toEqual(names.toSorted())
    for (const { name, text } of rules) {
      expect(text.annotations.runbook_url).toBe(`docs/runbook.md#${name.toLowerCase()}`)
    }
  })

  test('is there for a local platform, too, with shorter windows of the objective', () => {
    const local = parseRuleFile(ops(LOCAL_RULES), LOCAL_RULES)

    expect(local.map(({ name }) => name)).toEqual(names)
    const changed = local.filter(({ expr }, index) => expr !== rules[index]?.expr).map(({ name }) => name)
    expect(changed).toEqual(['OrderSloFast', 'OrderSloSlow', 'OrderSloTicket'])
    expect(local.find(({ name }) => name === 'OrderSloFast')?.expr).toContain('order_slo_total{outcome!="in_time"}[1m]')
  })
})

describe('the rules fire when they should', () => {
  test.each(TESTS)('in our engine: %s', (file) => {
    const results = runRuleTestFile(readRuleTestFile(ops(file)), rules, promtool?.version ?? 3)

    for (const { name, evalTime, expected, actual } of results) {
      expect({ name, evalTime, alerts: actual }).toEqual({ name, evalTime, alerts: expected })
    }
  })

  test.skipIf(promtool === undefined).each(TESTS)(
    'in Prometheus: %s',
    (file) => {
      const { ok, output } = promtool?.testRules({ [RULES]: ops(RULES), [file]: ops(file) }, file) ?? {
        ok: true,
        output: '',
      }

      expect([ok, output]).toEqual([true, expect.stringContaining('SUCCESS')])
    },
    120_000,
  )
})
