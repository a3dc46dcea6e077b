import type { SchemaNode } from './conform.ts'
import { isRecord, isStorable } from './conform.ts'
import { PERSONAL } from './schemas.ts'

/** One field that is not as its contract says. Safe to log: a personal value is never in it. */
export interface Violation {
  /** Where, e.g. `lines[0].quantity`. */
  readonly path: string
  readonly expected: string
  readonly found: string
}

/** What the validator reports about a failed check, as far as it is used here. */
interface CheckError {
  readonly instancePath: string
  readonly params: object
}

/** What the check found, one violation per place, in the words of the schema. `value` is the data as it came. */
export function violationsOf(schema: SchemaNode, errors: readonly CheckError[], value: unknown): readonly Violation[] {
  const places = new Map<string, readonly string[]>()
  for (const { instancePath, params } of errors) {
    const steps = instancePath.split('/').slice(1).map(unescapeStep)
    const missing = 'requiredProperties' in params ? (params.requiredProperties as readonly string[]) : undefined
    for (const place of missing?.map((name) => [...steps, name]) ?? [steps]) places.set(place.join('/'), place)
  }
  return [...places.values()].map((steps) => describe(schema, steps, value))
}

/** The violations as one short line; several are separated by semicolons. */
export function listViolations(violations: readonly Violation[]): string {
  return violations.map(({ path, expected, found }) => `${path}: expected ${expected}, found ${found}`).join('; ')
}

/** Ids, codes and numbers: what somebody who mends a producer looks for. */
const PLAIN_TEXT = /^[\w.:-]*$/

/** What was found, for a message: what looks like an id or a code as it is but cut off, everything else by its kind. */
export function found(value: unknown, mask = false): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'string' && !isStorable(value)) return 'a text with NUL or half a surrogate pair'
  if (mask || (typeof value === 'string' && !PLAIN_TEXT.test(value)))
    return typeof value === 'string' ? `a text of ${value.length} characters` : `a ${typeof value}`
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > 42 ? `${text.slice(0, 40)}… (${text.length - 2} characters)` : text
}

function describe(schema: SchemaNode, steps: readonly string[], value: unknown): Violation {
  let node: SchemaNode | undefined = schema
  let at = value
  let path = ''
  let mask = false
  for (const step of steps) {
    const list: boolean = node?.items !== undefined
    node = list ? node?.items : node?.properties?.[step]
    at = isRecord(at) || Array.isArray(at) ? (at as Readonly<Record<string, unknown>>)[step] : undefined
    path += list ? `[${step}]` : path === '' ? step : `.${step}`
    mask ||= node?.[PERSONAL] === true
  }
  return {
    path: path === '' ? 'value' : path,
    expected: node === undefined ? 'something else' : expected(node),
    found: found(at, mask || (node !== undefined && holdsPersonal(node))),
  }
}

function holdsPersonal(node: SchemaNode): boolean {
  if (node[PERSONAL] === true) return true
  const inner = [...Object.values(node.properties ?? {}), ...(node.items === undefined ? [] : [node.items])]
  return inner.some(holdsPersonal)
}

/** A schema in words. */
export function expected(node: SchemaNode): string {
  if (node.enum !== undefined) return `one of ${node.enum.join(', ')}`
  if (node.format === 'date-time') return 'a date (ISO 8601, epoch seconds or milliseconds, or [year, month, day, …])'
  switch (node.type) {
    case 'integer':
      return `an integer ${range(node.minimum, node.maximum)}`.trim()
    case 'string':
      return node.pattern === undefined
        ? `a text ${counted(range(node.minLength, node.maxLength), 'characters')}`.trim()
        : `a text like ${node.pattern}${node.description === undefined ? '' : ` (${node.description})`}`
    case 'array':
      return `a list ${counted(range(node.minItems, node.maxItems), '')}`.trim()
    case 'object':
      return `an object with ${Object.keys(node.properties ?? {}).join(', ')}`
    default:
      return node.type === undefined ? 'something else' : `a ${node.type}`
  }
}

function range(least: number | undefined, limit: number | undefined): string {
  const most = limit === Number.MAX_SAFE_INTEGER ? undefined : limit
  if (least === undefined) return most === undefined ? '' : `up to ${most}`
  return most === undefined ? `of at least ${least}` : `from ${least} to ${most}`
}

function counted(bounds: string, unit: string): string {
  return bounds === '' ? '' : `${bounds.startsWith('of') ? '' : 'of '}${bounds.replace('from ', '')} ${unit}`.trim()
}

function unescapeStep(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~')
}
