import { describe, expect, test } from 'vitest'
import { compileTemplate } from '../src/rules/template.ts'
import { findPromtool } from './promtool.ts'

const promtool = findPromtool()
const VALUES = [
  '0',
  '1',
  '-1',
  '0.5',
  '3.14159',
  '59.9',
  '61',
  '3661.5',
  '90061',
  '1234567',
  '999.96',
  '12345.678',
  '0.00001234',
  '-0.0375',
  '1e-7',
  '0.1',
  '2.5e10',
  '+Inf',
  '-Inf',
  'NaN',
]
const TEMPLATES = {
  plain: 'it is {{ $value }} at {{ $labels.place }}{{ $labels.missing }}',
  old: '{{ .Value }} {{ .Labels.place }}',
  humanize: '{{ $value | humanize }}',
  duration: '{{ humanizeDuration $value }}',
  percentage: '{{ $value | humanizePercentage }}',
  fixed: '{{ printf "%.1f" $value }}',
  replaced: '{{ reReplaceAll "([0-9])$" "<$1>" $labels.place }} {{ $labels.place | reReplaceAll "x" "y" }}',
  printf: `{{ $value | printf "%.2f" }} {{ printf "%.3g|%s|%v|%%" $value $labels.place $value }}`,
}

const dataOf = (value: string) => ({ labels: { place: 'p"1' }, value: Number(value.replace('Inf', 'Infinity')) })

describe('a template', () => {
  test.skipIf(promtool === undefined)('is filled in as Prometheus does it', () => {
    const rules = {
      groups: [
        { name: 'g', rules: VALUES.map((_, i) => ({ alert: `A${i}`, expr: `x{i="${i}"}`, annotations: TEMPLATES })) },
      ],
    }
    const file = {
      rule_files: ['rules.yml'],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: VALUES.map((value, i) => ({ series: `x{i="${i}", place="p\\"1"}`, values: value })),
          alert_rule_test: VALUES.map((value, i) => ({
            eval_time: '0s',
            alertname: `A${i}`,
            exp_alerts: [
              {
                exp_labels: { i: String(i), place: 'p"1' },
                exp_annotations: Object.fromEntries(
                  Object.entries(TEMPLATES).map(([name, text]) => [name, compileTemplate(text)(dataOf(value))]),
                ),
              },
            ],
          })),
        },
      ],
    }

    const answer = promtool?.testRules(
      { 'rules.yml': JSON.stringify(rules), 'test.yml': JSON.stringify(file) },
      'test.yml',
    )

    expect(answer).toEqual({ ok: true, output: expect.stringContaining('SUCCESS') })
  })

  test.each([
    ['{{ $value | title }}', 'the function title is not known; known are humanize,'],
    ['{{ if gt $value 1.0 }}x{{ end }}', 'gt is not understood'],
    ['{{ $value', 'an action is not closed'],
    ['{{ }}', 'a value or a function is missing'],
    ['{{ humanize }}', 'humanize needs a value'],
    ['{{ printf "%d" 5 }}', '5 is not understood'],
    ['{{ $nothing }}', '$ is not understood'],
  ])('that is not understood is refused: %s', (text, message) => {
    expect(() => compileTemplate(text)).toThrow(message)
  })
})
