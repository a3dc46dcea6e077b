import type { PropertyProblem } from './errors.ts'
import { PropertiesError } from './errors.ts'
import { mask } from './values.ts'

export interface PlaceholderSource {
  /** Unresolved text of a name, with an id that is equal for all spellings of it. */
  find(name: string): { readonly id: string; readonly text: string } | undefined
}

/** What is being resolved, for messages. */
export interface PlaceholderPlace {
  readonly key: string
  readonly origin: string
  readonly text: string
}

/**
 * Replaces `${name}` and `${name:default}`, nested on both sides of the colon, as Spring does. `\${` stands for itself
 * (in a properties file: `\\${`); a `${` that is never closed stays as it is.
 *
 * @throws PropertiesError UNRESOLVED_PLACEHOLDER | CIRCULAR_PLACEHOLDER
 */
export function resolvePlaceholders(
  text: string,
  source: PlaceholderSource,
  place: PlaceholderPlace,
  trail: readonly string[] = [],
): string {
  if (!text.includes('${')) return text
  let result = ''
  let rest = 0
  for (;;) {
    const start = text.indexOf('${', rest)
    if (start === -1) return result + text.slice(rest)
    if (text[start - 1] === '\\' && start > rest) {
      result += `${text.slice(rest, start - 1)}\${`
      rest = start + 2
      continue
    }
    const end = closingBrace(text, start + 2)
    if (end === -1) return result + text.slice(rest)
    result += text.slice(rest, start) + resolveOne(text.slice(start + 2, end), source, place, trail)
    rest = end + 1
  }
}

function resolveOne(
  content: string,
  source: PlaceholderSource,
  place: PlaceholderPlace,
  trail: readonly string[],
): string {
  const colon = topLevelColon(content)
  const name = resolvePlaceholders(colon === -1 ? content : content.slice(0, colon), source, place, trail).trim()
  const found = source.find(name)
  if (found !== undefined) {
    if (trail.includes(found.id)) {
      throw failure('CIRCULAR_PLACEHOLDER', place, `refers to itself through \${${name}}`, 'break the circle')
    }
    return resolvePlaceholders(found.text, source, place, [...trail, found.id])
  }
  if (colon !== -1) return resolvePlaceholders(content.slice(colon + 1), source, place, trail)
  throw failure(
    'UNRESOLVED_PLACEHOLDER',
    place,
    `uses \${${name}}, which is not set`,
    `set the environment variable or property ${name}, or give a default: \${${name}:default}`,
  )
}

function closingBrace(text: string, from: number): number {
  let depth = 0
  for (let index = from; index < text.length; index++) {
    if (text.startsWith('${', index)) {
      depth++
      index++
    } else if (text[index] === '}') {
      if (depth === 0) return index
      depth--
    }
  }
  return -1
}

function topLevelColon(content: string): number {
  let depth = 0
  for (let index = 0; index < content.length; index++) {
    if (content.startsWith('${', index)) depth++
    else if (content[index] === '}') depth--
    else if (content[index] === ':' && depth === 0) return index
  }
  return -1
}

function failure(
  code: PropertyProblem['code'],
  place: PlaceholderPlace,
  what: string,
  remedy: string,
): PropertiesError {
  const value = mask(place.key, place.text)
  const message = `${place.key}=${value} (${place.origin}) ${what}: ${remedy}.`
  return new PropertiesError([{ code, key: place.key, origin: place.origin, value, message }])
}
