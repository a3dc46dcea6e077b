import type { Comparison, FieldPath, FilterTerm } from './parse-filter.ts'

/** What a filter looks at: what the viewer may see of a record, never more. */
export interface Filterable {
  readonly key: string | null
  /** The value as JSON; undefined where it is none. */
  readonly json: unknown
  /** The value as text. */
  readonly text: string
}

/** `unreadable`: a condition is about a field, and the value is no JSON. */
export type FilterVerdict = 'match' | 'no-match' | 'unreadable'

/** Whether all conditions hold. */
export function matchFilter(terms: readonly FilterTerm[], record: Filterable): FilterVerdict {
  for (const term of terms) {
    if (term.kind === 'text') {
      if (!contains(record.text, term.text) && !contains(record.key ?? '', term.text)) return 'no-match'
      continue
    }
    if (record.json === undefined) return 'unreadable'
    if (!fieldMatches(record.json, term)) return 'no-match'
  }
  return 'match'
}

function fieldMatches(json: unknown, { path, comparison, value }: Extract<FilterTerm, { kind: 'field' }>): boolean {
  const found = valuesAt(json, path)
  // "Is not" means that none of them is, also when there is none.
  if (comparison === '!=') return !found.some((each) => COMPARE['='](each, value))
  return found.some((each) => COMPARE[comparison](each, value))
}

/** Every value that the path leads to: of each element of a list where it names none. */
export function valuesAt(json: unknown, path: FieldPath): readonly unknown[] {
  const [step, ...rest] = path
  if (step === undefined) return Array.isArray(json) ? json : [json]
  if (Array.isArray(json)) {
    return typeof step === 'number' ? valuesOf(json[step], rest) : json.flatMap((each) => valuesAt(each, path))
  }
  if (typeof json !== 'object' || json === null) return []
  return valuesOf((json as Readonly<Record<string, unknown>>)[step], rest)
}

function valuesOf(json: unknown, path: FieldPath): readonly unknown[] {
  return json === undefined ? [] : valuesAt(json, path)
}

type Compare = (found: unknown, wanted: string) => boolean

const COMPARE: Readonly<Record<Exclude<Comparison, '!='>, Compare>> = {
  '=': (found, wanted) => textOf(found) === wanted,
  '~': (found, wanted) => contains(textOf(found), wanted),
  '>': (found, wanted) => order(found, wanted, (difference) => difference > 0),
  '>=': (found, wanted) => order(found, wanted, (difference) => difference >= 0),
  '<': (found, wanted) => order(found, wanted, (difference) => difference < 0),
  '<=': (found, wanted) => order(found, wanted, (difference) => difference <= 0),
}

/** Numbers by their value, texts (such as times) by their characters; anything else has no order. */
function order(found: unknown, wanted: string, holds: (difference: number) => boolean): boolean {
  if (typeof found === 'number') return Number.isFinite(Number(wanted)) && holds(found - Number(wanted))
  if (typeof found !== 'string') return false
  return holds(found < wanted ? -1 : found > wanted ? 1 : 0)
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

const contains = (text: string, part: string): boolean => text.toLowerCase().includes(part.toLowerCase())
