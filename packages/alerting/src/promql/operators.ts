export const ARITHMETIC_OPERATORS = ['+', '-', '*', '/', '%', '^'] as const
export type ArithmeticOperator = (typeof ARITHMETIC_OPERATORS)[number]
export const COMPARISON_OPERATORS = ['==', '!=', '>', '<', '>=', '<='] as const
export type ComparisonOperator = (typeof COMPARISON_OPERATORS)[number]
export const SET_OPERATORS = ['and', 'or', 'unless'] as const
export type SetOperator = (typeof SET_OPERATORS)[number]

export const ARITHMETIC: Readonly<Record<ArithmeticOperator, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
  // One to any power is one for Prometheus; for JavaScript not to an infinite one.
  '^': (left, right) => (left === 1 ? 1 : left ** right),
}

export const COMPARISON: Readonly<Record<ComparisonOperator, (left: number, right: number) => boolean>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '>': (left, right) => left > right,
  '<': (left, right) => left < right,
  '>=': (left, right) => left >= right,
  '<=': (left, right) => left <= right,
}

export const isComparison = (operator: string): operator is ComparisonOperator => Object.hasOwn(COMPARISON, operator)
export const isArithmetic = (operator: string): operator is ArithmeticOperator => Object.hasOwn(ARITHMETIC, operator)
export const isSetOperator = (operator: string): operator is SetOperator =>
  (SET_OPERATORS as readonly string[]).includes(operator)
