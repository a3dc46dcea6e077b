import { parse } from 'yaml'
import { AlertingError } from '../errors.ts'
import { parsePromDuration } from '../promql/duration.ts'
import { parsePromql } from '../promql/parse.ts'
import type { AlertRule } from './alert-rule.ts'
import type { Template } from './template.ts'
import { compileTemplate } from './template.ts'

const KEYS = {
  file: ['groups'],
  group: ['name', 'rules'],
  rule: ['alert', 'expr', 'for', 'keep_firing_for', 'labels', 'annotations'],
} as const
const NAME = /^[a-zA-Z_]\w*$/

type Fields = Readonly<Record<string, unknown>>

/**
 * Reads a rule file of Prometheus. What it does not support (recording rules, intervals of groups) is refused, like everything that is wrong:
 * RULE_FILE_INVALID names the file and the rule, and keeps the error of an expression or a template as its cause.
 */
export function parseRuleFile(yaml: string, file: string): readonly AlertRule[] {
  const refuse = (where: string, why: string, cause?: unknown): AlertingError =>
    new AlertingError('RULE_FILE_INVALID', `${file}: ${where}${why}`, cause === undefined ? undefined : { cause })
  const fields = (value: unknown, where: string, known: readonly string[]): Fields => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw refuse(where, 'a mapping is expected here.')
    const unknown = Object.keys(value).find((key) => !known.includes(key))
    if (unknown !== undefined) throw refuse(where, `${unknown} is not supported here; known are ${known.join(', ')}.`)
    return value as Fields
  }
  const list = (value: unknown, where: string): readonly unknown[] => {
    if (!Array.isArray(value)) throw refuse(where, 'a list is expected here.')
    return value
  }
  const duration = (value: unknown, where: string): number => {
    const ms = value === undefined ? 0 : parsePromDuration(String(value))
    if (ms === undefined) throw refuse(where, `${String(value)} is no duration like 30s or 1h30m.`)
    return ms
  }
  const texts = (value: unknown, where: string): Readonly<Record<string, string>> => {
    if (value === undefined || value === null) return {}
    if (typeof value !== 'object' || Array.isArray(value)) throw refuse(where, 'a mapping is expected here.')
    for (const name of Object.keys(value)) if (!NAME.test(name)) throw refuse(where, `${name} is no name of a label.`)
    return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)]))
  }
  const explained = <T>(where: string, work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw refuse(where, error instanceof Error ? error.message : String(error), error)
    }
  }
  const templates = (text: Readonly<Record<string, string>>, where: string): ReadonlyMap<string, Template> =>
    new Map(
      Object.entries(text).map(([name, value]) => [name, explained(`${where}${name}: `, () => compileTemplate(value))]),
    )

  const readRule = (value: unknown, group: string): AlertRule => {
    const rule = fields(value, `group ${group}: `, KEYS.rule)
    const { alert: name, expr } = rule
    if (typeof name !== 'string' || name === '') throw refuse(`group ${group}: `, 'a rule has no alert.')
    const where = `${name}: `
    if (typeof expr !== 'string') throw refuse(where, 'expr is missing.')
    const text = { labels: texts(rule.labels, where), annotations: texts(rule.annotations, where) }
    return {
      group,
      name,
      expr: expr.trim(),
      expression: explained(`${where}expr: `, () => parsePromql(expr)),
      forMs: duration(rule.for, where),
      keepFiringForMs: duration(rule.keep_firing_for, where),
      labels: templates(text.labels, where),
      annotations: templates(text.annotations, where),
      text,
    }
  }

  const document = explained('', () => parse(yaml) as unknown)
  return list(fields(document, '', KEYS.file).groups, 'groups: ').flatMap((value) => {
    const { name, rules } = fields(value, 'group: ', KEYS.group)
    if (typeof name !== 'string' || name === '') throw refuse('group: ', 'name is missing.')
    return list(rules, `group ${name}: `).map((rule) => readRule(rule, name))
  })
}
