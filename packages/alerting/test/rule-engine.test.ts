import { describe, expect, test } from 'vitest'
import type { AlertRule } from '../src/index.ts'
import { createRuleEngine, createSampleStore, fingerprintOf, parseRuleFile, retentionOf } from '../src/index.ts'

const S = 1_000
const file = (rules: string): readonly AlertRule[] =>
  parseRuleFile(`groups: [{ name: g, rules: [${rules}] }]`, 'rules.yml')
const LAGGING =
  '{ alert: Lagging, expr: lag > 5, for: 10s, keep_firing_for: 10s, labels: { severity: page }, annotations: { summary: "{{ $labels.group }}: {{ $value }}" } }'

/** A gauge `lag{group="a"}` that is set by the test, and the alerts that come of it. */
function engineOf(rules: readonly AlertRule[]) {
  const store = createSampleStore({ retention: retentionOf(rules, 0) })
  const engine = createRuleEngine({ rules, store })
  return {
    engine,
    store,
    /** Sets the values at a second, evaluates, and tells what changed. */
    at: (second: number, values: Readonly<Record<string, number>>) => {
      for (const [group, value] of Object.entries(values))
        store.series({ __name__: 'lag', group })?.append(second * S, value)
      return engine
        .evaluate(second * S)
        .transitions.map(({ to, alert }) => `${alert.labels.group} ${to} ${alert.value}`)
    },
  }
}

describe('an alert', () => {
  test('is pending until its rule has held for long enough, keeps firing for a while, and is resolved', () => {
    const { engine, at } = engineOf(file(LAGGING))

    expect(at(0, { a: 5 })).toEqual([])
    expect(at(5, { a: 6 })).toEqual(['a pending 6'])
    expect(at(10, { a: 7 })).toEqual([])
    expect(at(15, { a: 8 })).toEqual(['a firing 8'])
    expect(engine.alerts()).toMatchObject([
      {
        state: 'firing',
        labels: { alertname: 'Lagging', severity: 'page', group: 'a' },
        annotations: { summary: 'a: 8' },
        activeAtMs: 5 * S,
        firedAtMs: 15 * S,
      },
    ])
    expect(at(20, { a: 0 })).toEqual([])
    expect(at(25, { a: 9 })).toEqual([])
    expect(at(30, { a: 0 })).toEqual([])
    expect(at(35, { a: 0 })).toEqual([])
    expect(at(40, { a: 0 })).toEqual(['a resolved 9'])
    expect(engine.alerts()).toEqual([])
  })

  test('that never fired is dropped, and begins anew', () => {
    const { at } = engineOf(file(LAGGING))

    expect(at(0, { a: 6 })).toEqual(['a pending 6'])
    expect(at(5, { a: 0 })).toEqual(['a dropped 6'])
    expect(at(10, { a: 6 })).toEqual(['a pending 6'])
    expect(at(15, { a: 6 })).toEqual([])
  })

  test('is one for each set of labels', () => {
    const { at } = engineOf(file('{ alert: Lagging, expr: lag > 5 }'))

    expect(at(0, { a: 6, b: 9, c: 1 })).toEqual(['a firing 6', 'b firing 9'])
    expect(at(5, { a: 6, b: 1, c: 8 })).toEqual(['c firing 8', 'b resolved 9'])
  })

  test('of an earlier process goes on firing, until a minute without confirmation has passed', () => {
    const rules = file('{ alert: Lagging, expr: lag > 5 }, { alert: Other, expr: other }')
    const { engine, at } = engineOf(rules)
    const labels = { alertname: 'Lagging', group: 'a' }
    const former = {
      labels,
      annotations: {},
      value: 7,
      activeAtMs: 1,
      firedAtMs: 2,
      fingerprint: fingerprintOf(labels),
    }
    const gone = { ...former, labels: { alertname: 'Gone' } }
    const unseen = { ...former, labels: { ...labels, group: 'b' }, fingerprint: 'b' }

    expect(engine.takeOver([former, gone, unseen], 100 * S)).toEqual([gone])
    expect(at(100, {})).toEqual([])
    expect(at(130, { a: 8 })).toEqual([])
    expect(engine.alerts().map(({ labels: { group }, firedAtMs }) => [group, firedAtMs])).toEqual([
      ['a', 2],
      ['b', 2],
    ])
    expect(at(135, { a: 0 })).toEqual(['a resolved 8'])
    expect(at(159, {})).toEqual([])
    expect(at(160, {})).toEqual(['b resolved 7'])
  })

  test('stays as it is while its rule cannot be evaluated; other rules go on', () => {
    const { engine, store, at } = engineOf(
      file(
        '{ alert: Many, expr: lag / on() lag > 0 }, { alert: Twice, expr: "{group=~\\".+\\"}" }, { alert: Lagging, expr: lag > 5 }',
      ),
    )

    expect(at(0, { a: 6 })).toEqual(['undefined firing 1', 'a firing 6', 'a firing 6'])
    store.series({ __name__: 'other', group: 'b' })?.append(5 * S, 1)
    store.series({ __name__: 'lag', group: 'b' })?.append(5 * S, 1)
    const { failures, transitions } = engine.evaluate(5 * S)
    expect(failures.map(({ rule, message }) => [rule.name, message])).toEqual([
      ['Many', expect.stringContaining('lag{group="a"} and lag{group="b"} on the right side match the same series')],
      ['Twice', expect.stringContaining('Twice gives two alerts with the labels {alertname="Twice", group="b"}')],
    ])
    expect(transitions).toEqual([])
    expect(engine.alerts()).toHaveLength(3)
  })
})

test('an alert is known by the fingerprint that Alertmanager gives it', () => {
  // FNV-1a of 64 bits over name, 0xff, value, 0xff; without labels it is the offset of the hash.
  expect(fingerprintOf({})).toBe('cbf29ce484222325')
  expect(fingerprintOf({ b: '2', a: '1' })).toBe(fingerprintOf({ a: '1', b: '2' }))
  expect(fingerprintOf({ a: '12' })).not.toBe(fingerprintOf({ a: '1', b: '2' }))
})

describe('a rule file', () => {
  test.each([
    ['{ alert: A, expr: "sum(" }', 'rules.yml: A: expr: line 1, column 5'],
    ['{ alert: A, expr: a, for: soon }', 'rules.yml: A: soon is no duration like 30s or 1h30m.'],
    ['{ record: a, expr: b }', 'group g: record is not supported here; known are alert, expr,'],
    ['{ alert: A, expr: a, labels: { a-b: x } }', 'A: a-b is no name of a label.'],
    [
      '{ alert: A, expr: a, annotations: { x: "{{ $value | shout }}" } }',
      'A: x: "{{ $value | shout }}": the function shout',
    ],
    ['{ alert: A }', 'A: expr is missing.'],
    ['{ expr: a }', 'group g: a rule has no alert.'],
  ])('with what is wrong or not supported is refused by name: %s', (rule, message) => {
    expect(() => file(rule)).toThrow(message)
  })
})

test('samples are kept as long as the rules look back, and no others are', () => {
  const retention = retentionOf(file('{ alert: A, expr: "increase(a[1h] offset 5m) > b" }'), 900 * S)

  expect(retention('a')).toBe((3_600 + 300 + 300) * S)
  expect(retention('b')).toBe(900 * S)
  expect(retention('c')).toBeUndefined()
})
