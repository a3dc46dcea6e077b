import { describe, expect, test } from 'vitest'
import { AlertingError, parsePromql } from '../src/index.ts'

const refusal = (text: string): readonly [code: string, message: string] => {
  try {
    parsePromql(text)
  } catch (error) {
    if (error instanceof AlertingError) return [error.code, error.message]
    throw error
  }
  return ['', 'it was taken']
}

describe('an expression that is not evaluated here is refused by name and place', () => {
  test.each([
    ['holt_winters(a[5m], 0.1, 0.2)', 'line 1, column 13'],
    ['sum(\n  stddev_over_time(a[5m]))', 'line 2, column 3: stddev_over_time() is not evaluated here; known are abs,'],
    ['stddev(a)', 'line 1, column 1: the aggregation stddev is not evaluated here; known are sum, avg,'],
    ['quantile(0.9, a)', 'the aggregation quantile is not evaluated here'],
    ['max_over_time(rate(a[5m])[1h:5m])', 'SubqueryExpr (rate(a[5m])[1h:5m]) is not evaluated here'],
    ['a @ 1609746000', 'StepInvariantExpr'],
    ['a atan2 b', 'line 1, column 3: the operator atan2 is not evaluated here'],
    ['a > 5m', '5m as a number is not evaluated here'],
    ['rate(a[5m + 1m])', '5m + 1m is no plain duration'],
  ])('%s', (text, message) => {
    expect(refusal(text)[1]).toContain(message)
  })
})

describe('an expression that means nothing is refused, with the place', () => {
  test.each([
    ['', 'PROMQL_SYNTAX', 'line 1, column 1: something is missing'],
    ['sum(a', 'PROMQL_SYNTAX', 'line 1, column 6: something is missing'],
    ['a >', 'PROMQL_SYNTAX', 'line 1, column 4'],
    ['a{x~"1"}', 'PROMQL_SYNTAX', 'column 4'],
    ['{x=~".*"}', 'PROMQL_SYNTAX', 'needs a name, or a matcher that does not fit an empty value'],
    ['a{x=~"("}', 'PROMQL_SYNTAX', 'column 6: "(" is no regular expression'],
    ['a + bool b', 'PROMQL_SYNTAX', 'bool does not go with +'],
    ['a and on(x) group_left b', 'PROMQL_SYNTAX', 'do not go with and'],
    ['rate(a)', 'PROMQL_TYPE', 'rate() needs a matrix, for example x[5m], not a vector'],
    ['abs(a[5m])', 'PROMQL_TYPE', 'abs() needs a vector, not a matrix'],
    ['a[5m]', 'PROMQL_TYPE', 'a rule needs a vector or a scalar'],
    ['"text"', 'PROMQL_TYPE', 'a rule needs a vector or a scalar'],
    ['1 > 2', 'PROMQL_TYPE', 'a comparison of two scalars needs bool'],
    ['a and 1', 'PROMQL_TYPE', 'and needs a vector on both sides'],
    ['histogram_quantile(a)', 'PROMQL_TYPE', 'takes 2 arguments, not 1'],
    ['topk(a)', 'PROMQL_TYPE', 'topk takes 2 arguments, not 1'],
    ['sum(1)', 'PROMQL_TYPE', 'sum needs a vector, not a scalar'],
    ['sum(a) offset 5m', 'PROMQL_TYPE', 'an offset follows a selector'],
    ['(-a) offset 5m', 'PROMQL_TYPE', 'an offset follows a selector'],
    ['-a[5m]', 'PROMQL_TYPE', 'a range follows a selector directly'],
  ])('%s', (text, code, message) => {
    expect(refusal(text)).toEqual([code, expect.stringContaining(message)])
  })
})

test('names, escapes and durations are read as Prometheus reads them', () => {
  expect(parsePromql(`{"my.metric", a="x\\"\\u00e4", b=~'c|d', e!~\`\\d\`}`)).toMatchObject({
    metric: 'my.metric',
    matchers: [
      { label: 'a', operator: '=', value: 'x"ä' },
      { label: 'b', operator: '=~', value: 'c|d' },
      { label: 'e', operator: '!~', value: '\\d' },
    ],
  })
  expect(parsePromql('rate(a[1d2h3m4s5ms] offset 1w)')).toMatchObject({
    args: [{ rangeMs: 93_784_005, offsetMs: 604_800_000 }],
  })
})
