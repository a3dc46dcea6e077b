import type { AggregateOperator } from './aggregates.ts'
import type { FunctionName } from './functions.ts'
import type { Matcher } from './matchers.ts'
import type { ArithmeticOperator, ComparisonOperator, SetOperator } from './operators.ts'
import type { ValueType } from './value-type.ts'

export interface NumberLiteral {
  readonly kind: 'number'
  readonly type: 'scalar'
  readonly value: number
}

export interface StringLiteral {
  readonly kind: 'string'
  readonly type: 'string'
  readonly value: string
}

export interface Selector {
  readonly kind: 'selector'
  readonly type: 'vector' | 'matrix'
  /** Undefined where a matcher of `__name__` that is no equality, or none, chooses. */
  readonly metric: string | undefined
  readonly matchers: readonly Matcher[]
  /** Length of the range; 0 for the newest sample only. Milliseconds. */
  readonly rangeMs: number
  readonly offsetMs: number
}

export interface Negation {
  readonly kind: 'negation'
  readonly type: 'scalar' | 'vector'
  readonly operand: Expression
}

/** Which labels the series of both sides have in common, and which side may have many for one of the other. */
export interface Matching {
  readonly on: boolean
  readonly labels: readonly string[]
  readonly many?: 'left' | 'right'
  /** Labels of the one side that the result takes over. */
  readonly include: readonly string[]
}

export interface BinaryExpression {
  readonly kind: 'binary'
  readonly type: 'scalar' | 'vector'
  readonly operator: ArithmeticOperator | ComparisonOperator | SetOperator
  /** A comparison gives 0 and 1 instead of leaving out what does not fulfil it. */
  readonly bool: boolean
  readonly matching: Matching
  readonly left: Expression
  readonly right: Expression
}

export interface Aggregation {
  readonly kind: 'aggregation'
  readonly type: 'vector'
  readonly operator: AggregateOperator
  readonly without: boolean
  readonly labels: readonly string[]
  readonly operand: Expression
  readonly parameter?: Expression
}

export interface Call {
  readonly kind: 'call'
  readonly type: ValueType
  readonly name: FunctionName
  readonly args: readonly Expression[]
}

export type Expression = NumberLiteral | StringLiteral | Selector | Negation | BinaryExpression | Aggregation | Call

/** All selectors of an expression, from left to right. */
export function selectorsOf(expression: Expression): readonly Selector[] {
  switch (expression.kind) {
    case 'number':
    case 'string':
      return []
    case 'selector':
      return [expression]
    case 'negation':
      return selectorsOf(expression.operand)
    case 'binary':
      return [...selectorsOf(expression.left), ...selectorsOf(expression.right)]
    case 'aggregation':
      return [...(expression.parameter ? selectorsOf(expression.parameter) : []), ...selectorsOf(expression.operand)]
    case 'call':
      return expression.args.flatMap(selectorsOf)
  }
}
