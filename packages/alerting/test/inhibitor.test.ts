import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import { waitFor } from '../../../test/servers.ts'
import type { Labels } from '../src/index.ts'
import {
  createInhibitor,
  fingerprintOf,
  firstCauses,
  formatMatcher,
  parseInhibitRules,
  parseMatchers,
} from '../src/index.ts'
import { startAlertmanager } from './alertmanager.ts'
import { findProgram } from './find-program.ts'

const alertmanager = findProgram('alertmanager', 'ALERTMANAGER')
const read = (rules: unknown) => parseInhibitRules(stringify({ inhibit_rules: rules }), 'alertmanager.yml')
const alert = (labels: Labels) => ({ labels })

/** Whether the first of the alerts is inhibited while all of them fire. */
const isInhibited = (rules: unknown, ...firing: readonly Labels[]): boolean =>
  createInhibitor(read(rules))(firing.map(alert))(firing[0] ?? {}).length > 0

describe('an inhibit rule', () => {
  const rule = { source_matchers: ['alertname="Down"'], target_matchers: ['severity=~"warn|page"'], equal: ['service'] }

  test('holds back what its target fits while its source fires, where both have the same values', () => {
    const target = { alertname: 'Lagging', severity: 'warn', service: 'a' }

    expect(isInhibited([rule], target, { alertname: 'Down', service: 'a' })).toBe(true)
    expect(isInhibited([rule], target, { alertname: 'Down', service: 'b' })).toBe(false)
    expect(isInhibited([rule], target, { alertname: 'Up', service: 'a' })).toBe(false)
    expect(isInhibited([rule], { ...target, severity: 'ticket' }, { alertname: 'Down', service: 'a' })).toBe(false)
  })

  test('takes a label that is missing for an empty one', () => {
    const target = { alertname: 'Lagging', severity: 'warn' }

    expect(isInhibited([rule], target, { alertname: 'Down' })).toBe(true)
    expect(isInhibited([rule], target, { alertname: 'Down', service: '' })).toBe(true)
    expect(isInhibited([rule], target, { alertname: 'Down', service: 'a' })).toBe(false)
  })

  test('does not let alerts that both of its sides fit hold back each other, nor themselves', () => {
    const both = { source_matchers: ['severity="page"'], target_matchers: ['alertname=~".+"'] }

    expect(isInhibited([both], { alertname: 'A', severity: 'page' })).toBe(false)
    expect(isInhibited([both], { alertname: 'A', severity: 'page' }, { alertname: 'B', severity: 'page' })).toBe(false)
    expect(isInhibited([both], { alertname: 'A', severity: 'warn' }, { alertname: 'B', severity: 'page' })).toBe(true)
  })

  test('holds back others also when its source is held back itself; the first cause is the one that nothing holds back', () => {
    const chain = read([
      { source_matchers: ['alertname="A"'], target_matchers: ['alertname=~"B|C"'] },
      { source_matchers: ['alertname="B"'], target_matchers: ['alertname="C"'] },
    ])
    const [a, b, c] = ['A', 'B', 'C'].map((alertname) => alert({ alertname })) as [Fired, Fired, Fired]

    const inhibits = createInhibitor(chain)([a, b, c])

    expect(inhibits(a.labels)).toEqual([])
    expect(inhibits(b.labels)).toEqual([a])
    expect(inhibits(c.labels)).toEqual([a, b])
    expect(firstCauses(inhibits(c.labels), inhibits)).toEqual([a])
    expect(createInhibitor(chain)([b, c])(c.labels)).toEqual([b])
  })

  test.each([
    [
      'inhibit_rules: [{ source_match: { a: b } }]',
      'a.yml: inhibit_rules[0]: source_match is not supported here; known are',
    ],
    [
      'inhibit_rules: [{ source_matchers: [a] }]',
      'a.yml: inhibit_rules[0]: source_matchers: "a" is no matcher: a name,',
    ],
    [
      'inhibit_rules: [{}, { target_matchers: ["a=~("] }]',
      'inhibit_rules[1]: target_matchers: "a=~(" is no matcher: Invalid',
    ],
    ['inhibit_rules: [{ equal: service }]', 'inhibit_rules[0]: equal: a list of texts is expected here.'],
    ['inhibit_rules: 5', 'inhibit_rules: a list is expected here.'],
    ['[]', 'a.yml: a mapping is expected here.'],
    ['a: [', 'a.yml: '],
  ])('that is wrong or not supported is refused by its place: %s', (yaml, message) => {
    expect(() => parseInhibitRules(yaml, 'a.yml')).toThrow(message)
  })

  test('need not be there', () => {
    expect(parseInhibitRules('route: { receiver: a }', 'a.yml')).toEqual([])
  })
})

interface Fired {
  readonly labels: Labels
}

const NAMES = ['alertname', 'service', 'severity']
const VALUES = ['', 'a', 'b', 'ab', 'a"b']
const labelSets = fc
  .uniqueArray(
    fc.record(Object.fromEntries(NAMES.map((name) => [name, fc.constantFrom(...VALUES)])), { noNullPrototype: true }),
    { minLength: 1, maxLength: 8, selector: fingerprintOf },
  )
  .map((sets) =>
    // Alertmanager takes no alert without any label, and leaves out empty ones.
    sets.map((labels) => Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''))),
  )
const matcherTexts = fc.array(
  fc
    .record({
      label: fc.constantFrom(...NAMES),
      operator: fc.constantFrom('=', '!=', '=~', '!~'),
      value: fc.constantFrom('', 'a', '"a"', '"a|b"', 'a.*', '".+"', '"a\\"b"', 'b?', ' "ab" '),
    })
    .map(({ label, operator, value }) => `${label} ${operator}${value}`),
  { maxLength: 2 },
)
const rules = fc.array(
  fc.record({
    source_matchers: matcherTexts,
    target_matchers: matcherTexts,
    equal: fc.subarray(NAMES),
  }),
  { minLength: 1, maxLength: 3 },
)

describe('for whatever rules and alerts', () => {
  test('an alert alone is never inhibited, and what inhibits fires', () => {
    fc.assert(
      fc.property(rules, labelSets, (text, sets) => {
        const inhibitor = createInhibitor(read(text))
        const firing = sets.map(alert)
        for (const each of firing) {
          expect(inhibitor([each])(each.labels)).toEqual([])
          const causes = inhibitor(firing)(each.labels)
          expect(causes).not.toContain(each)
          expect(firing).toEqual(expect.arrayContaining([...causes]))
        }
      }),
    )
  })

  test.skipIf(alertmanager === undefined)(
    'it is inhibited what Alertmanager inhibits',
    async () => {
      // All in one Alertmanager: rules and alerts of a case have its number.
      const cases = fc.sample(fc.tuple(rules, labelSets), { numRuns: 150, seed: 7 }).map(([text, sets], index) => ({
        rules: text.map(({ source_matchers, target_matchers, equal }) => ({
          source_matchers: [...source_matchers, `case=${index}`],
          target_matchers: [...target_matchers, `case=${index}`],
          equal,
        })),
        alerts: sets.map((labels) => ({ ...labels, case: String(index) })),
      }))
      const config = {
        route: { receiver: 'x' },
        receivers: [{ name: 'x' }],
        inhibit_rules: cases.flatMap((each) => each.rules),
      }
      const running = await startAlertmanager(alertmanager ?? '', stringify(config))
      onTestFinished(() => running[Symbol.asyncDispose]())
      const ours = cases.flatMap((each) => {
        const inhibits = createInhibitor(read(each.rules))(each.alerts.map(alert))
        return each.alerts.filter((labels) => inhibits(labels).length > 0).map(fingerprintOf)
      })

      await running.fire(cases.flatMap((each) => each.alerts))
      // It takes sources one after the other.
      const theirs = async () => [...(await running.inhibited()).keys()].sort()
      await waitFor(async () => (await theirs()).length >= ours.length, {
        what: 'the inhibited alerts',
        timeoutMs: 30_000,
      })

      expect(await theirs()).toEqual(ours.toSorted())
      expect(ours.length).toBeGreaterThan(50)
    },
    60_000,
  )
})

describe('a matcher', () => {
  test.each([
    ['a=b', [['a', '=', 'b']]],
    [' a != "b c" ', [['a', '!=', 'b c']]],
    [
      '{a=~"b.*", c!~d,}',
      [
        ['a', '=~', 'b.*'],
        ['c', '!~', 'd'],
      ],
    ],
    ['a=', [['a', '=', '']]],
    [
      'a="b,c",d="}"',
      [
        ['a', '=', 'b,c'],
        ['d', '=', '}'],
      ],
    ],
    ['a="b\\"c\\\\d\\ne\\f"', [['a', '=', 'b"c\\d\ne\\f']]],
    ['a=b\\', [['a', '=', 'b\\']]],
    ['a==b', [['a', '=', '=b']]],
  ])('is read as Alertmanager reads it: %s', (text, expected) => {
    expect(parseMatchers(text).map(({ label, operator, value }) => [label, operator, value])).toEqual(expected)
  })

  test.each(['a', '=b', 'a=b"', 'a="b', 'a="b"c"', 'a-b=c', 'a=b,,c=d', '1a=b'])('is refused: %s', (text) => {
    expect(() => parseMatchers(text)).toThrow('is no matcher')
  })

  test('is read as it is written, whatever its value', () => {
    const values = fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll('\t', ''))
    const matchers = fc.record({
      label: fc.constantFrom('a', 'b_1'),
      operator: fc.constantFrom('=' as const, '!=' as const),
      value: values,
    })
    const quoted = (value: string): string =>
      `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
    fc.assert(
      fc.property(fc.array(matchers), (all) => {
        const text = all.map(({ label, operator, value }) => `${label}${operator}${quoted(value)}`).join(', ')
        expect(parseMatchers(text)).toEqual(all)
      }),
    )
  })

  test('either throws MATCHER_INVALID or gives matchers, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '=', '!', '~', '"', '\\', ',', ' ', '{', '}', '(') }),
        (text) => {
          try {
            for (const matcher of parseMatchers(text)) expect(formatMatcher(matcher)).toContain(matcher.operator)
          } catch (error) {
            expect(error).toMatchObject({ code: 'MATCHER_INVALID' })
          }
        },
      ),
    )
  })
})
