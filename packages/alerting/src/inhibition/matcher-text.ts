import { AlertingError } from '../errors.ts'
import type { Matcher, MatchOperator } from '../promql/matchers.ts'
import { compileMatchers } from '../promql/matchers.ts'

/** `=~` comes before `=`, which would leave the stroke to the value. */
const MATCHER = /^[\t\n\f\r ]*([a-zA-Z_:][a-zA-Z0-9_:]*)[\t\n\f\r ]*(=~|=|!=|!~)[\t\n\f\r ]*(.*?)[\t\n\f\r ]*$/s
const ESCAPED: Readonly<Record<string, string>> = { n: '\n', '"': '"', '\\': '\\' }

/**
 * `alertname = ConsumerStopped, service =~ "order-.*"` → matchers, as Alertmanager reads them (its pkg/labels/parse.go): braces around and quotation marks are
 * optional, and a stroke before anything but `n`, `"` and `\` stands for itself. Throws MATCHER_INVALID.
 */
export function parseMatchers(text: string): readonly Matcher[] {
  return split(text.replace(/^\{/, '').replace(/\}$/, '')).map(parseMatcher)
}

/** At the commas that are outside of quotation marks. What follows the last one may be empty. */
function split(text: string): readonly string[] {
  const parts: string[] = []
  let part = ''
  let quoted = false
  let escaped = false
  for (const character of text) {
    if (character === ',' && !quoted) {
      parts.push(part)
      part = ''
      continue
    }
    if (character === '"' && !escaped) quoted = !quoted
    // Alertmanager leaves this as it is at a comma.
    if (character !== ',') escaped = character === '\\' && !escaped
    part += character
  }
  return part.trim() === '' ? parts : [...parts, part.trim()]
}

function parseMatcher(text: string): Matcher {
  const refuse = (why: string, cause?: unknown): AlertingError =>
    new AlertingError('MATCHER_INVALID', `${JSON.stringify(text)} is no matcher: ${why}.`, { cause })
  const [, label, operator, raw] = MATCHER.exec(text) ?? []
  if (label === undefined || operator === undefined || raw === undefined)
    throw refuse('a name, one of = != =~ !~ and a value are expected')
  const value = unquoted(raw)
  if (value === undefined) throw refuse('a quotation mark within its value must be written as \\"')
  const matcher: Matcher = { label, operator: operator as MatchOperator, value }
  try {
    compileMatchers([matcher])
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error), error)
  }
  return matcher
}

function unquoted(raw: string): string | undefined {
  const quoted = raw.startsWith('"')
  const inner = quoted ? raw.slice(1) : raw
  let value = ''
  for (let i = 0; i < inner.length; i++) {
    const character = inner[i] as string
    const next = inner[i + 1]
    if (character === '"') return quoted && next === undefined ? value : undefined
    if (character !== '\\' || next === undefined) value += character
    else {
      value += ESCAPED[next] ?? `\\${next}`
      i += 1
    }
  }
  return quoted ? undefined : value
}
