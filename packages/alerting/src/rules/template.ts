import { AlertingError } from '../errors.ts'
import type { Labels } from '../promql/labels.ts'
import { unquote } from '../promql/unquote.ts'
import { formatGoFixed, formatGoGeneral, formatGoNumber } from './go-format.ts'
import { humanize, humanizeDuration, humanizePercentage } from './humanize.ts'

export interface TemplateData {
  readonly labels: Labels
  readonly value: number
}

/** Text with `{{ $labels.job }}`, `{{ $value | humanize }}` and the like in it, ready to be filled in. */
export type Template = (data: TemplateData) => string

type Argument = string | number
type Operand = (data: TemplateData) => Argument
type TemplateFunction = (args: readonly Argument[]) => string

const numberFunction =
  (format: (value: number) => string): TemplateFunction =>
  ([value]) => {
    if (typeof value === 'number') return format(value)
    const number = Number(value)
    return value === undefined || value === '' || Number.isNaN(number) ? (value ?? '') : format(number)
  }

export const TEMPLATE_FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  humanize: numberFunction(humanize),
  humanizeDuration: numberFunction(humanizeDuration),
  humanizePercentage: numberFunction(humanizePercentage),
  printf: ([format, ...args]) => printf(String(format), args),
  reReplaceAll: ([pattern = '', replacement = '', text = '']) =>
    String(text).replaceAll(new RegExp(String(pattern), 'gu'), String(replacement)),
}

const ACTION = /\{\{(.*?)\}\}/gs

/** The part of Go's templates that alert rules use. Throws TEMPLATE_INVALID for what it does not know. */
export function compileTemplate(text: string): Template {
  const parts: (string | Operand)[] = []
  let end = 0
  for (const match of text.matchAll(ACTION)) {
    parts.push(text.slice(end, match.index), pipeline(match[1] ?? '', text))
    end = match.index + match[0].length
  }
  parts.push(text.slice(end))
  if (text.slice(end).includes('{{')) throw invalid(text, 'an action is not closed')
  return (data) => parts.map((part) => (typeof part === 'string' ? part : print(part(data)))).join('')
}

const print = (value: Argument): string => (typeof value === 'number' ? formatGoNumber(value) : value)

const TOKEN =
  /\s*(?:(?:\$labels|\.Labels)\.(\w+)|(\$value|\.Value)|(\|)|("(?:[^"\\]|\\.)*"|`[^`]*`)|([a-zA-Z]\w*)|(\S))/gy

/** `$value | printf "%.1f"`: what stands before the stroke is the last argument of what follows it. */
function pipeline(action: string, template: string): Operand {
  const commands: Command[] = [{ name: undefined, args: [] }]
  for (const [, label, value, stroke, quoted, name, other] of action.trim().matchAll(TOKEN)) {
    const command = commands.at(-1) as Command
    if (stroke !== undefined) commands.push({ name: undefined, args: [] })
    else if (label !== undefined) command.args.push(({ labels }) => labels[label] ?? '')
    else if (value !== undefined) command.args.push((data) => data.value)
    else if (quoted !== undefined) command.args.push(constant(unquote(quoted)))
    else if (name !== undefined && command.name === undefined && command.args.length === 0) command.name = name
    else throw invalid(template, `${name ?? other ?? ''} is not understood`)
  }
  return commands.reduce<Operand | undefined>(
    (piped, command) => compileCommand(command, piped, template),
    undefined,
  ) as Operand
}

interface Command {
  name: string | undefined
  readonly args: Operand[]
}

const constant =
  (value: Argument): Operand =>
  () =>
    value

function compileCommand({ name, args }: Command, piped: Operand | undefined, template: string): Operand {
  if (name === undefined) {
    const [operand] = args
    if (operand === undefined || args.length > 1 || piped !== undefined)
      throw invalid(template, 'a value or a function is missing')
    return operand
  }
  const apply = TEMPLATE_FUNCTIONS[name]
  if (apply === undefined) {
    throw invalid(
      template,
      `the function ${name} is not known; known are ${Object.keys(TEMPLATE_FUNCTIONS).join(', ')}`,
    )
  }
  const all = piped === undefined ? args : [...args, piped]
  if (all.length === 0) throw invalid(template, `${name} needs a value`)
  return (data) => apply(all.map((arg) => arg(data)))
}

const VERB = /%(?:%|(?:\.(\d+))?([sfgvq]))/g

function printf(format: string, args: readonly Argument[]): string {
  let index = 0
  return format.replace(VERB, (whole, precision?: string, verb?: string) => {
    if (whole === '%%') return '%'
    const arg = args[index++]
    if (arg === undefined) return `%!${verb}(MISSING)`
    if (verb === 'q') return JSON.stringify(print(arg))
    if (typeof arg === 'string' || verb === 's' || verb === 'v') return print(arg)
    if (verb === 'f') return formatGoFixed(arg, Number(precision ?? 6))
    return precision === undefined ? formatGoNumber(arg) : formatGoGeneral(arg, Math.max(1, Number(precision)))
  })
}

function invalid(template: string, why: string): AlertingError {
  return new AlertingError('TEMPLATE_INVALID', `${JSON.stringify(template)}: ${why}.`)
}
