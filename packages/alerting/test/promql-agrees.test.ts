import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { evaluatePromql, formatLabels, parsePromql } from '../src/index.ts'
import { findPromtool } from './promtool.ts'
import type { InputSeries } from './series-notation.ts'
import { storeOf } from './series-notation.ts'

const promtool = findPromtool()
const INTERVAL_S = 5

/** Every function, operator and modifier that is evaluated here, and how they nest. */
const EXPRESSIONS = [
  'a',
  'a{x="1"}',
  'a{x!="1", y=~"p|q"}',
  '{__name__=~"a|b", x="1"}',
  'a offset 20s',
  'a + b offset 20s',
  '-b offset 20s',
  'a > b offset 20s and b > 3',
  'sum by (x) (a offset 20s) / on(x) sum by (x) (b) * 2',
  'count_over_time(a[1m] offset 15s)',
  'increase(a[1m])',
  'rate(a[42s])',
  'irate(a[1m])',
  'delta(b[1m])',
  'changes(b[1m])',
  'resets(a[1m])',
  'sum_over_time(b[33s])',
  'avg_over_time(b[33s])',
  'min_over_time(b[1m])',
  'max_over_time(b[1m])',
  'last_over_time(b[1m])',
  'present_over_time(b[1m])',
  'absent(a{x="7", y=~"p.*"})',
  'absent(a)',
  'absent_over_time(c{x="7"}[20s])',
  'timestamp(b)',
  'time() - timestamp(b offset 5s)',
  'sum(a)',
  'sum by (x) (a)',
  'avg without (y) (b)',
  'min by (y, nothing) (b)',
  'max(b) by (x)',
  'count without (x) (a)',
  'group by (x) (b)',
  'sum(topk(2, b))',
  'sum by (x) (bottomk(1, a) by (x))',
  'a + b',
  'a - on(x, y) b',
  'a / ignoring(y) sum by (x) (b)',
  'a * on(x) group_left sum by (x) (b)',
  'sum by (x) (b) - on(x) group_right a',
  'a * on(x) group_left(z) max by (x, z) (c)',
  'a % 7',
  '2 ^ 3 ^ 2',
  '-2 ^ 2',
  '(-2) ^ 2',
  '-b ^ 2',
  '-b',
  '1 / 0 - 1',
  'a > 20',
  '20 < a',
  'a >= bool 20',
  'a == b or a != b',
  '1 == bool 1',
  'a and b > 5',
  'a and on(x) c',
  'a unless on(x, y) (b > 5)',
  'a > 5 or vector(1)',
  'sum(a) > 10 and sum(b) < 50',
  'b > on(x, y) a',
  'abs(b - 20)',
  'ceil(b / 3) + floor(b / 3)',
  'round(b / 3, 0.5)',
  'clamp(b, 3, 9)',
  'clamp_min(b, 3) + clamp_max(b, 9)',
  'sgn(b - 10)',
  'scalar(sum(b)) * 2',
  'vector(3) > 2',
  'histogram_quantile(0.9, h_bucket)',
  'histogram_quantile(0.5, sum by (le) (rate(h_bucket[1m])))',
  'histogram_quantile(2, h_bucket)',
  'sum(increase(a{x="1"}[30s])) / sum(increase(a[30s])) > 0.1',
  'sum by (x) (rate(a[1m])) / on(x) sum by (x) (rate(b[1m])) > 0.2 and on(x) sum by (x) (increase(a[1m])) > 2',
]

const PLACES = [
  ['1', 'p'],
  ['1', 'q'],
  ['2', 'p'],
] as const
const SAMPLES = 30

const gauge = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.integer({ min: -5, max: 40 }).map(String) },
    { weight: 1, arbitrary: fc.constantFrom('_', '_', 'stale') },
  ),
  { minLength: 5, maxLength: SAMPLES },
)
/** Rises, and sometimes starts anew. */
const counter = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: fc.integer({ min: 0, max: 4 }) },
      { weight: 1, arbitrary: fc.constantFrom('restart' as const, '_' as const) },
    ),
    { minLength: 5, maxLength: SAMPLES },
  )
  .map((steps) => {
    let value = 0
    return steps.map((step) => {
      if (step === '_') return step
      value = step === 'restart' ? 0 : value + step
      return String(value)
    })
  })

const input = fc
  .tuple(
    fc.tuple(counter, counter, counter),
    fc.tuple(gauge, gauge, gauge),
    fc.tuple(gauge, gauge),
    fc.tuple(counter, counter, counter),
  )
  .map(([a, b, c, h]): readonly InputSeries[] => [
    ...PLACES.map(([x, y], i) => ({ series: `a{x="${x}", y="${y}"}`, values: (a[i] as string[]).join(' ') })),
    ...PLACES.map(([x, y], i) => ({ series: `b{x="${x}", y="${y}"}`, values: (b[i] as string[]).join(' ') })),
    ...c.map((values, i) => ({ series: `c{x="${i + 1}", z="t${i}"}`, values: values.join(' ') })),
    ...['0.1', '1', '+Inf'].map((le, i) => ({ series: `h_bucket{le="${le}"}`, values: (h[i] as string[]).join(' ') })),
  ])

const testFile = (series: readonly InputSeries[], seconds: number): string =>
  JSON.stringify({
    rule_files: ['rules.yml'],
    evaluation_interval: `${INTERVAL_S}s`,
    tests: [
      {
        interval: `${INTERVAL_S}s`,
        input_series: series,
        // Nothing answers this sample: promtool says of each expression what it got instead.
        promql_expr_test: EXPRESSIONS.map((expr) => ({
          expr,
          eval_time: `${seconds}s`,
          exp_samples: [{ labels: '{never="there"}', value: 0 }],
        })),
      },
    ],
  })

/** `{a="1"} 6E-01, {a="2"} NaN`, or `nil` */
function parseGot(text: string): ReadonlyMap<string, number> {
  if (text === 'nil') return new Map()
  return new Map(
    [...text.matchAll(/(\{[^}]*\}) (\S+?)(?:, |$)/g)].map(([, labels = '', value = '']) => [
      labels.replace(/^\{__name__="(\w+)"(?:, )?(.*)\}$/, '$1{$2}'),
      value === '+Inf' ? Infinity : value === '-Inf' ? -Infinity : Number(value),
    ]),
  )
}

/** What it got for each expression; undefined where it refuses to evaluate it. */
function promtoolSays(output: string): readonly (ReadonlyMap<string, number> | undefined)[] {
  return [...output.matchAll(/^\s+expr: .*(?:, err: .*|\n\s+exp: .*\n\s+got: (.*))$/gm)].map(([, got]) =>
    got === undefined ? undefined : parseGot(got.trim()),
  )
}

const nameFirst = (labels: string): string => labels.replace(/^(\w+)$/, '$1{}')

describe.skipIf(promtool === undefined)('an expression has the value that Prometheus gives it', () => {
  test('for whatever series', () => {
    fc.assert(
      fc.property(input, fc.integer({ min: 0, max: SAMPLES * INTERVAL_S + 20 }), (series, seconds) => {
        const { output } = promtool?.testRules(
          { 'rules.yml': 'groups: []', 'test.yml': testFile(series, seconds) },
          'test.yml',
        ) ?? { output: '' }
        const expected = promtoolSays(output)
        expect(expected, output).toHaveLength(EXPRESSIONS.length)
        const source = storeOf(series, INTERVAL_S * 1_000)
        for (const [index, text] of EXPRESSIONS.entries()) {
          const theirs = expected[index]
          const evaluate = () =>
            evaluatePromql(parsePromql(text), { source, atMs: seconds * 1_000, version: promtool?.version ?? 3 })
          if (theirs === undefined) {
            expect(evaluate, text).toThrow(/on more labels/)
            continue
          }
          const ours = new Map(evaluate().map(({ labels, value }) => [nameFirst(formatLabels(labels)), value]))
          expect([text, [...ours.keys()].sort()]).toEqual([text, [...theirs.keys()].sort()])
          for (const [labels, value] of theirs)
            expectSame(ours.get(labels), value, `${text} at ${seconds} s: ${labels}`)
        }
      }),
      { numRuns: 25 },
    )
  })
})

/** Sums are added up in another order, so that the last digits may differ. */
function expectSame(ours: number | undefined, theirs: number, what: string): void {
  if (ours !== undefined && Number.isFinite(theirs)) {
    expect(Math.abs(ours - theirs), `${what}: ${ours} is not ${theirs}`).toBeLessThanOrEqual(
      1e-9 * Math.max(1, Math.abs(theirs)),
    )
  } else expect(ours, what).toBe(theirs)
}
