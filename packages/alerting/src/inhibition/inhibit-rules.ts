import { parse } from 'yaml'
import { AlertingError } from '../errors.ts'
import type { Matcher } from '../promql/matchers.ts'
import type { InhibitRule } from './inhibitor.ts'
import { parseMatchers } from './matcher-text.ts'

const KEYS = ['source_matchers', 'target_matchers', 'equal']

/**
 * Reads `inhibit_rules` of a configuration file of Alertmanager; everything else in it is for Alertmanager only. The older `source_match` and `target_match`
 * are refused, like everything that is wrong: INHIBIT_RULES_INVALID names the file and the rule.
 */
export function parseInhibitRules(yaml: string, file: string): readonly InhibitRule[] {
  const refuse = (why: string, cause?: unknown): AlertingError =>
    new AlertingError('INHIBIT_RULES_INVALID', `${file}: ${why}`, { cause })
  const texts = (value: unknown, where: string): readonly string[] => {
    const list = value ?? []
    if (!Array.isArray(list) || list.some((each) => typeof each !== 'string'))
      throw refuse(`${where}a list of texts is expected here.`)
    return list
  }
  const matchers = (value: unknown, where: string): readonly Matcher[] => {
    try {
      return texts(value, where).flatMap(parseMatchers)
    } catch (error) {
      throw error instanceof AlertingError && error.code === 'MATCHER_INVALID'
        ? refuse(`${where}${error.message}`, error)
        : error
    }
  }

  const document = readDocument(yaml, refuse)
  if (!isMapping(document)) throw refuse('a mapping is expected here.')
  const rules = document.inhibit_rules ?? []
  if (!Array.isArray(rules)) throw refuse('inhibit_rules: a list is expected here.')
  return rules.map((rule: unknown, index) => {
    const where = `inhibit_rules[${index}]: `
    if (!isMapping(rule)) throw refuse(`${where}a mapping is expected here.`)
    const unknown = Object.keys(rule).find((key) => !KEYS.includes(key))
    if (unknown !== undefined) throw refuse(`${where}${unknown} is not supported here; known are ${KEYS.join(', ')}.`)
    return {
      source: matchers(rule.source_matchers, `${where}source_matchers: `),
      target: matchers(rule.target_matchers, `${where}target_matchers: `),
      equal: texts(rule.equal, `${where}equal: `),
    }
  })
}

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function readDocument(yaml: string, refuse: (why: string, cause: unknown) => AlertingError): unknown {
  try {
    return parse(yaml)
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error), error)
  }
}
