import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'
import { AlertingError } from '../errors.ts'
import type { AggregateOperator } from './aggregates.ts'
import { AGGREGATE_OPERATORS, isAggregateOperator, takesParameter } from './aggregates.ts'
import { parsePromDuration } from './duration.ts'
import type { BinaryExpression, Call, Expression, Matching, Selector } from './expression.ts'
import type { FunctionName } from './functions.ts'
import { FUNCTION_NAMES, signatureOfFunction } from './functions.ts'
import { METRIC_NAME } from './labels.ts'
import type { Matcher, MatchOperator } from './matchers.ts'
import { anchored } from './matchers.ts'
import { isArithmetic, isComparison, isSetOperator } from './operators.ts'
import { unquote } from './unquote.ts'
import type { ValueType } from './value-type.ts'

/** Text → expression, its types checked. Throws AlertingError PROMQL_SYNTAX, PROMQL_UNSUPPORTED or PROMQL_TYPE, which names the place. */
export function parsePromql(text: string): Expression {
  const root = parser.parse(text).topNode
  const reader = new Reader(text)
  reader.refuseErrors(root)
  const top = root.firstChild
  if (top === null) throw new AlertingError('PROMQL_SYNTAX', 'The expression is empty.')
  const expression = reader.expression(top)
  if (expression.type === 'matrix' || expression.type === 'string') {
    throw new AlertingError('PROMQL_TYPE', `The expression is a ${expression.type}; a rule needs a vector or a scalar.`)
  }
  return expression
}

/** `line 2, column 7`, as an editor counts. */
function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n')
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`
}

const READERS = {
  NumberDurationLiteral: (reader, node) => reader.number(node),
  StringLiteral: (reader, node) => ({ kind: 'string', type: 'string', value: reader.string(node) }),
  ParenExpr: (reader, node) => reader.expression(reader.part(node, 1)),
  UnaryExpr: (reader, node) => reader.unary(node),
  BinaryExpr: (reader, node) => reader.binary(node),
  AggregateExpr: (reader, node) => reader.aggregation(node),
  FunctionCall: (reader, node) => reader.call(node),
  VectorSelector: (reader, node) => reader.selector(node),
  MatrixSelector: (reader, node) => reader.range(node),
  OffsetExpr: (reader, node) => reader.offset(node),
} satisfies Readonly<Record<string, (reader: Reader, node: SyntaxNode) => Expression>>

class Reader {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  refuseErrors(root: SyntaxNode): void {
    root.cursor().iterate((node) => {
      if (!node.type.isError) return
      const near = this.#text.slice(node.from, node.from + 20).split('\n')[0] ?? ''
      const what = near === '' ? 'something is missing' : `${JSON.stringify(near)} does not fit`
      throw new AlertingError('PROMQL_SYNTAX', `${placeOf(this.#text, node.from)}: ${what}.`)
    })
  }

  expression(node: SyntaxNode): Expression {
    const read = (READERS as Readonly<Record<string, (typeof READERS)[keyof typeof READERS]>>)[node.name]
    if (read === undefined) throw this.#unsupported(node, `${node.name} (${this.#of(node)}) is not evaluated here`)
    return read(this, node)
  }

  /** The n-th part of a node, brackets and signs counted. */
  part(node: SyntaxNode, index: number): SyntaxNode {
    let child = node.firstChild
    for (let i = 0; i < index && child !== null; i++) child = child.nextSibling
    // A bracket is no node of its own in every rule of the grammar.
    const found = child ?? node.lastChild
    if (found === null) throw this.#syntax(node, 'something is missing')
    return found
  }

  string(node: SyntaxNode): string {
    try {
      return unquote(this.#of(node))
    } catch (error) {
      throw this.#syntax(node, error instanceof Error ? error.message : String(error))
    }
  }

  number(node: SyntaxNode): Expression {
    const text = this.#of(node)
    const value = parseNumber(text)
    if (value === undefined)
      throw this.#unsupported(node, `${text} as a number is not evaluated here; write its seconds`)
    return { kind: 'number', type: 'scalar', value }
  }

  unary(node: SyntaxNode): Expression {
    const operand = this.expression(this.part(node, 1))
    const type = this.#numeric(operand, node)
    return this.#of(this.part(node, 0)) === '+' ? operand : { kind: 'negation', type, operand }
  }

  binary(node: SyntaxNode): Expression {
    const parts = children(node)
    const [left, right] = [parts[0], parts.at(-1)].map((side) => this.expression(side as SyntaxNode)) as [
      Expression,
      Expression,
    ]
    const operatorNode = parts[1] as SyntaxNode
    const operator = this.#of(operatorNode).toLowerCase()
    if (!isArithmetic(operator) && !isComparison(operator) && !isSetOperator(operator)) {
      throw this.#unsupported(operatorNode, `the operator ${operator} is not evaluated here`)
    }
    const bool = parts.some(({ name }) => name === 'BoolModifier')
    const clause = parts.find(({ name }) => name === 'MatchingModifierClause')
    const unknown = parts.find(({ name }) => name === 'FillModifier')
    if (unknown) throw this.#unsupported(unknown, `${this.#of(unknown)} is not evaluated here`)
    const types = [this.#numeric(left, node), this.#numeric(right, node)]
    const scalars = types.every((type) => type === 'scalar')
    if (bool && !isComparison(operator)) throw this.#syntax(operatorNode, `bool does not go with ${operator}`)
    if (isComparison(operator) && scalars && !bool) {
      throw this.#type(operatorNode, `a comparison of two scalars needs bool: ${operator} bool`)
    }
    if (types.includes('scalar') && (isSetOperator(operator) || clause)) {
      throw this.#type(
        operatorNode,
        `${isSetOperator(operator) ? operator : 'matching of labels'} needs a vector on both sides`,
      )
    }
    const matching = clause ? this.#matching(clause) : NO_MATCHING
    if (matching.many && isSetOperator(operator)) {
      throw this.#syntax(operatorNode, `group_left and group_right do not go with ${operator}`)
    }
    const type = scalars ? 'scalar' : 'vector'
    const result: BinaryExpression = { kind: 'binary', type, operator, bool, matching, left, right }
    // The grammar takes the sign for a part of the number, but a power binds stronger: -2 ^ 2 is -4.
    if (operator !== '^' || left.kind !== 'number' || !this.#of(parts[0] as SyntaxNode).startsWith('-')) return result
    return { kind: 'negation', type, operand: { ...result, left: { ...left, value: -left.value } } }
  }

  #matching(clause: SyntaxNode): Matching {
    const parts = children(clause)
    const lists = parts.filter(({ name }) => name === 'GroupingLabels').map((list) => this.#labelNames(list))
    const has = (name: string): boolean => parts.some((part) => part.name === name)
    const many = has('GroupLeft') ? 'left' : has('GroupRight') ? 'right' : undefined
    return { on: has('On'), labels: lists[0] ?? [], ...(many && { many }), include: lists[1] ?? [] }
  }

  #labelNames(node: SyntaxNode): readonly string[] {
    return children(node)
      .filter(({ name }) => name === 'LabelName' || name === 'QuotedLabelName')
      .map((label) => (label.name === 'LabelName' ? this.#of(label) : this.string(label)))
  }

  aggregation(node: SyntaxNode): Expression {
    const parts = children(node)
    const operator = this.#of(parts[0] as SyntaxNode).toLowerCase()
    if (!isAggregateOperator(operator)) {
      const known = `known are ${AGGREGATE_OPERATORS.join(', ')}`
      throw this.#unsupported(node, `the aggregation ${operator} is not evaluated here; ${known}`)
    }
    const modifier = parts.find(({ name }) => name === 'AggregateModifier')
    const args = this.#args(parts.find(({ name }) => name === 'FunctionCallBody'))
    const [parameter, operand] = this.#aggregated(node, operator, args)
    return {
      kind: 'aggregation',
      type: 'vector',
      operator,
      without: modifier?.getChild('Without') != null,
      labels: modifier ? this.#labelNames(modifier.getChild('GroupingLabels') as SyntaxNode) : [],
      operand,
      ...(parameter && { parameter }),
    }
  }

  #aggregated(
    node: SyntaxNode,
    operator: AggregateOperator,
    args: readonly Expression[],
  ): readonly [Expression | undefined, Expression] {
    const needed = takesParameter(operator) ? 2 : 1
    const operand = args.at(-1)
    if (args.length !== needed || operand === undefined) {
      throw this.#type(node, `${operator} takes ${needed} argument${needed === 1 ? '' : 's'}, not ${args.length}`)
    }
    this.#expect(node, operator, 'vector', operand)
    const parameter = needed === 2 ? args[0] : undefined
    if (parameter) this.#expect(node, operator, 'scalar', parameter)
    return [parameter, operand]
  }

  call(node: SyntaxNode): Call {
    const parts = children(node)
    const name = this.#of(parts[0] as SyntaxNode)
    const signature = signatureOfFunction(name)
    if (signature === undefined) {
      throw this.#unsupported(node, `${name}() is not evaluated here; known are ${FUNCTION_NAMES.join(', ')}`)
    }
    const args = this.#args(parts[1])
    const most = signature.args.length
    const least = most - (signature.optional ?? 0)
    if (args.length < least || args.length > most) {
      throw this.#type(
        node,
        `${name}() takes ${least === most ? most : `${least} to ${most}`} arguments, not ${args.length}`,
      )
    }
    for (const [index, arg] of args.entries()) this.#expect(node, `${name}()`, signature.args[index] as ValueType, arg)
    return { kind: 'call', type: signature.returns, name: name as FunctionName, args }
  }

  #args(body: SyntaxNode | undefined): readonly Expression[] {
    return body === undefined
      ? []
      : children(body)
          .filter(isOperand)
          .map((arg) => this.expression(arg))
  }

  selector(node: SyntaxNode): Selector {
    const identifier = node.getChild('Identifier')
    const written = children(node.getChild('LabelMatchers')).flatMap((matcher) => this.#matcher(matcher))
    const equal = written.find(({ label, operator }) => label === METRIC_NAME && operator === '=')
    const metric = identifier ? this.#of(identifier) : equal?.value
    const matchers = written.filter((matcher) => matcher !== equal)
    const choosing = written.some(({ operator, value }) =>
      operator === '=' ? value !== '' : operator === '=~' && !anchored(value).test(''),
    )
    if (metric === undefined && !choosing) {
      throw this.#syntax(node, 'a selector needs a name, or a matcher that does not fit an empty value')
    }
    return { kind: 'selector', type: 'vector', metric, matchers, rangeMs: 0, offsetMs: 0 }
  }

  #matcher(node: SyntaxNode): readonly Matcher[] {
    if (node.name === 'QuotedLabelName') return [{ label: METRIC_NAME, operator: '=', value: this.string(node) }]
    if (!node.name.endsWith('LabelMatcher')) return []
    const [name, operator, text] = children(node) as [SyntaxNode, SyntaxNode, SyntaxNode]
    const label = name.name === 'QuotedLabelName' ? this.string(name) : this.#of(name)
    const value = this.string(text)
    const matcher = { label, operator: this.#of(operator) as MatchOperator, value }
    if (matcher.operator === '=~' || matcher.operator === '!~') this.#refuseBrokenExpression(text, value)
    return [matcher]
  }

  #refuseBrokenExpression(node: SyntaxNode, value: string): void {
    try {
      anchored(value)
    } catch {
      throw this.#syntax(node, `${JSON.stringify(value)} is no regular expression`)
    }
  }

  range(node: SyntaxNode): Selector {
    const [of, length] = children(node).filter(({ name }) => name !== '[' && name !== ']') as [SyntaxNode, SyntaxNode]
    const selector = this.expression(of)
    if (selector.kind !== 'selector' || selector.type !== 'vector' || selector.offsetMs !== 0) {
      throw this.#type(node, 'a range follows a selector directly')
    }
    return { ...selector, type: 'matrix', rangeMs: this.#duration(length) }
  }

  offset(node: SyntaxNode): Expression {
    const parts = children(node)
    const of = parts[0] as SyntaxNode
    return this.#moved(this.expression(of), of, this.#duration(parts.at(-1) as SyntaxNode))
  }

  /** The grammar takes what stands before an offset as one expression; it belongs to the last selector of it: -a offset 5m, a + b offset 5m. */
  #moved(expression: Expression, node: SyntaxNode, offsetMs: number): Expression {
    const last = node.lastChild as SyntaxNode
    if (expression.kind === 'selector') return { ...expression, offsetMs }
    if (expression.kind === 'negation' && node.name === 'UnaryExpr') {
      return { ...expression, operand: this.#moved(expression.operand, last, offsetMs) }
    }
    if (expression.kind === 'binary' && node.name === 'BinaryExpr') {
      return { ...expression, right: this.#moved(expression.right, last, offsetMs) }
    }
    throw this.#type(node, 'an offset follows a selector')
  }

  #duration(node: SyntaxNode): number {
    const text = this.#of(node)
    const ms = parsePromDuration(text)
    if (ms === undefined) throw this.#unsupported(node, `${text} is no plain duration like 5m or 1h30m`)
    if (ms === 0) throw this.#syntax(node, 'a duration must be longer than 0')
    return ms
  }

  #numeric(operand: Expression, node: SyntaxNode): 'scalar' | 'vector' {
    const { type } = operand
    if (type === 'scalar' || type === 'vector') return type
    throw this.#type(node, `an operator cannot work with a ${type}`)
  }

  #expect(node: SyntaxNode, what: string, type: ValueType, given: Expression): void {
    if (given.type === type) return
    const hint = type === 'matrix' ? ', for example x[5m]' : ''
    throw this.#type(node, `${what} needs a ${type}${hint}, not a ${given.type}`)
  }

  #of(node: SyntaxNode): string {
    return this.#text.slice(node.from, node.to)
  }

  #syntax(node: SyntaxNode, message: string): AlertingError {
    return new AlertingError('PROMQL_SYNTAX', `${placeOf(this.#text, node.from)}: ${message}.`)
  }

  #type(node: SyntaxNode, message: string): AlertingError {
    return new AlertingError('PROMQL_TYPE', `${placeOf(this.#text, node.from)}: ${message}.`)
  }

  #unsupported(node: SyntaxNode, message: string): AlertingError {
    return new AlertingError('PROMQL_UNSUPPORTED', `${placeOf(this.#text, node.from)}: ${message}.`)
  }
}

const NO_MATCHING: Matching = { on: false, labels: [], include: [] }
const PUNCTUATION: ReadonlySet<string> = new Set(['(', ')', ',', '[', ']', '{', '}'])
const isOperand = ({ name }: SyntaxNode): boolean => !PUNCTUATION.has(name)

function children(node: SyntaxNode | null): readonly SyntaxNode[] {
  const found: SyntaxNode[] = []
  for (let child = node?.firstChild ?? null; child !== null; child = child.nextSibling) found.push(child)
  return found
}

/** Decimal, hexadecimal, Inf, NaN; undefined for a duration in place of a number. */
function parseNumber(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1
  const plain = text.replace(/^[+-]/, '').replaceAll('_', '').toLowerCase()
  if (plain === 'inf') return sign * Infinity
  if (plain === 'nan') return NaN
  const value = Number(plain)
  return Number.isNaN(value) ? undefined : sign * value
}
