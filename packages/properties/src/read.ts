import type { PropertyProblem } from './errors.ts'
import { PropertiesError } from './errors.ts'
import { nearest } from './nearest.ts'
import type { Properties } from './properties.ts'
import type { Setting, Settings, SettingValues } from './settings.ts'
import { mask } from './values.ts'

export interface ReadOptions {
  /** Prefixes whose keys all belong to the schema: any other key below one of them is a problem. */
  readonly ownPrefixes?: readonly string[]
}

/**
 * Typed values of all settings, frozen.
 *
 * @throws PropertiesError with all problems at once: MISSING_VALUE, INVALID_VALUE, UNKNOWN_KEY
 */
export function readProperties<const S extends Settings>(
  properties: Properties,
  schema: S,
  options: ReadOptions = {},
): SettingValues<S> {
  const problems: PropertyProblem[] = []
  const values: Record<string, unknown> = {}
  for (const [name, setting] of Object.entries(schema)) {
    const value = properties.get(setting.key)
    if (value === undefined || (value.trim() === '' && (setting.required || !setting.acceptsEmpty))) {
      if (setting.required) problems.push(missing(setting, value, schema, properties))
      values[name] = setting.default
      continue
    }
    try {
      values[name] = setting.parse(value)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      problems.push(invalid(setting, value, error.message, properties))
    }
  }
  problems.push(...unknownKeys(properties, schema, options.ownPrefixes ?? []))
  if (problems.length > 0) throw new PropertiesError(problems)
  return Object.freeze(values) as SettingValues<S>
}

/** The values of settings where nobody sets them; each has a default, or is optional. */
export function defaultsOf<const S extends Settings>(schema: S): SettingValues<S> {
  const values = Object.entries(schema).map(([name, setting]) => [name, setting.default])
  return Object.freeze(Object.fromEntries(values)) as SettingValues<S>
}

function missing(
  setting: Setting<unknown>,
  value: string | undefined,
  schema: Settings,
  properties: Properties,
): PropertyProblem {
  const read = new Set(Object.values(schema).map(({ key }) => key))
  const nearby = nearest(
    setting.key,
    properties.keys().filter((key) => !read.has(key)),
  )
  const state = value === undefined ? 'is not set' : `is empty (${properties.origin(setting.key)})`
  const hint = nearby === undefined ? '' : ` Did you misspell it as ${nearby} (${properties.origin(nearby)})?`
  return {
    code: 'MISSING_VALUE',
    key: setting.key,
    expected: setting.type,
    ...(nearby !== undefined && { nearest: nearby }),
    message: `${setting.key} ${state}: expected ${setting.type}.${hint}`,
  }
}

function invalid(setting: Setting<unknown>, value: string, expected: string, properties: Properties): PropertyProblem {
  const origin = properties.origin(setting.key) ?? 'value'
  const shown = mask(setting.key, value)
  const message = `${setting.key}=${shown} (${origin}) is not valid: expected ${expected}.`
  return { code: 'INVALID_VALUE', key: setting.key, value: shown, origin, expected, message }
}

function unknownKeys(properties: Properties, schema: Settings, prefixes: readonly string[]): PropertyProblem[] {
  const keys = Object.values(schema).map((setting) => setting.key)
  return prefixes.flatMap((prefix) => {
    const known = keys.filter((key) => key.startsWith(`${prefix}.`)).map((key) => key.slice(prefix.length + 1))
    return [...properties.entries(prefix, known)]
      .filter(([rest]) => !known.includes(rest))
      .map(([rest, value]) => {
        const candidates = known.map((name) => `${prefix}.${name}`)
        return unknownKey(`${prefix}.${rest}`, value, candidates, properties)
      })
  })
}

function unknownKey(key: string, value: string, keys: readonly string[], properties: Properties): PropertyProblem {
  const origin = properties.origin(key) ?? 'value'
  const nearby = nearest(key, keys)
  const hint = nearby === undefined ? `known are ${keys.join(', ') || 'none'}.` : `did you mean ${nearby}?`
  return {
    code: 'UNKNOWN_KEY',
    key,
    origin,
    value: mask(key, value),
    ...(nearby !== undefined && { nearest: nearby }),
    message: `${key} (${origin}) is not a known key: ${hint}`,
  }
}
