import type { Labels } from './labels.ts'

export const MATCH_OPERATORS = ['=', '!=', '=~', '!~'] as const
export type MatchOperator = (typeof MATCH_OPERATORS)[number]

/** A regular expression fits when it fits the whole value. A label that is not there has the empty value. */
export interface Matcher {
  readonly label: string
  readonly operator: MatchOperator
  readonly value: string
}

export type Fits = (labels: Labels) => boolean

/** Throws SyntaxError for what is no regular expression. */
export function compileMatchers(matchers: readonly Matcher[]): Fits {
  const tests = matchers.map(({ label, operator, value }) => ({ label, test: TESTS[operator](value) }))
  return (labels) => tests.every(({ label, test }) => test(labels[label] ?? ''))
}

/** `order-.*` → whole values only; the dot fits line ends, as in RE2. */
export const anchored = (expression: string): RegExp => new RegExp(`^(?:${expression})$`, 'su')

const TESTS: Readonly<Record<MatchOperator, (value: string) => (actual: string) => boolean>> = {
  '=': (value) => (actual) => actual === value,
  '!=': (value) => (actual) => actual !== value,
  '=~': (value) => {
    const expression = anchored(value)
    return (actual) => expression.test(actual)
  },
  '!~': (value) => {
    const expression = anchored(value)
    return (actual) => !expression.test(actual)
  },
}

export const formatMatcher = ({ label, operator, value }: Matcher): string =>
  `${label}${operator}${JSON.stringify(value)}`
