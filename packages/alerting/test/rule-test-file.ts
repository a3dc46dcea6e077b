import { parse } from 'yaml'
import type { AlertRule, Labels, PrometheusVersion } from '../src/index.ts'
import { createRuleEngine, parsePromDuration } from '../src/index.ts'
import type { InputSeries } from './series-notation.ts'
import { storeOf } from './series-notation.ts'

/** The part of promtool's unit tests that rules are tested with here. */
export interface RuleTestFile {
  readonly rule_files: readonly string[]
  readonly evaluation_interval: string
  readonly tests: readonly RuleTest[]
}

interface RuleTest {
  readonly name: string
  readonly interval: string
  readonly input_series: readonly InputSeries[]
  readonly alert_rule_test: readonly {
    readonly eval_time: string
    readonly alertname: string
    readonly exp_alerts: readonly { readonly exp_labels?: Labels; readonly exp_annotations?: Labels }[]
  }[]
}

interface FiringAlert {
  readonly labels: Labels
  readonly annotations: Labels
}

export interface RuleTestResult {
  readonly name: string
  readonly alertname: string
  readonly evalTime: string
  readonly expected: readonly FiringAlert[]
  readonly actual: readonly FiringAlert[]
}

export const readRuleTestFile = (yaml: string): RuleTestFile => parse(yaml) as RuleTestFile

const ms = (duration: string): number => parsePromDuration(duration) ?? Number.NaN

/** Lets our engine go through a test file as `promtool test rules` does: evaluation by evaluation from 0 on. */
export function runRuleTestFile(
  file: RuleTestFile,
  rules: readonly AlertRule[],
  version: PrometheusVersion,
): readonly RuleTestResult[] {
  const everyMs = ms(file.evaluation_interval)
  return file.tests.flatMap(({ name, interval, input_series, alert_rule_test }) => {
    const store = storeOf(input_series, ms(interval))
    const engine = createRuleEngine({ rules, store, version })
    const checks = alert_rule_test.toSorted((a, b) => ms(a.eval_time) - ms(b.eval_time))
    const lastMs = Math.max(...checks.map(({ eval_time }) => ms(eval_time)))
    const results: RuleTestResult[] = []
    for (let atMs = 0; atMs <= lastMs; atMs += everyMs) {
      const { failures } = engine.evaluate(atMs)
      if (failures.length > 0) throw new Error(`${name}: ${failures.map(({ message }) => message).join('; ')}`)
      for (const { eval_time, alertname, exp_alerts } of checks) {
        if (ms(eval_time) < atMs || ms(eval_time) >= atMs + everyMs) continue
        results.push({
          name,
          alertname,
          evalTime: eval_time,
          expected: exp_alerts.map(({ exp_labels = {}, exp_annotations = {} }) => ({
            labels: { ...exp_labels, alertname },
            annotations: exp_annotations,
          })),
          actual: engine
            .alerts()
            .filter(({ state, rule }) => state === 'firing' && rule.name === alertname)
            .map(({ labels, annotations }) => ({ labels, annotations })),
        })
      }
    }
    return results
  })
}
