import type { PropertyProblem } from './errors.ts'
import { PropertiesError } from './errors.ts'
import { readPropertiesFile } from './file.ts'
import { environmentName, environmentNames, mapKey, uniform, withoutBrackets } from './names.ts'
import { resolvePlaceholders } from './placeholders.ts'

/** Resolved application.properties: later sources win; `${VAR:default}` placeholders; Spring's relaxed names. Immutable. */
export interface Properties {
  /** Value of the key in any of its spellings: kebab, camel, or the name of an environment variable. */
  get(key: string): string | undefined
  /**
   * Keys below `prefix.` without the prefix, as written (dots kept, `[..]` brackets removed). `known` names the keys that
   * the caller understands: other spellings of them, and environment variables, are handed out under the known name.
   */
  entries(prefix: string, known?: readonly string[]): ReadonlyMap<string, string>
  /** Keys of files, values and overrides, as written. An environment variable does not tell which key it means. */
  keys(): readonly string[]
  /** `application.properties:12`, `environment SPRING_KAFKA_BOOTSTRAP_SERVERS`, `value` or `override`. */
  origin(key: string): string | undefined
  with(overrides: Readonly<Record<string, string>>): Properties
}

/** Sources, from the weakest to the strongest. Nothing is read from the process: pass `process.env` where it is wanted. */
export interface PropertiesSources {
  /** Values given in code. */
  readonly values?: Readonly<Record<string, string>>
  /** Paths of `.properties` files; a later one wins over an earlier one. */
  readonly files?: readonly string[]
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Above everything, such as command line arguments. */
  readonly overrides?: Readonly<Record<string, string>>
}

interface Entry {
  readonly key: string
  readonly text: string
  readonly origin: string
}

interface Layers {
  /** Values and files, by uniform key. */
  readonly base: ReadonlyMap<string, Entry>
  /** By environment name. */
  readonly environment: ReadonlyMap<string, Entry>
  /** Overrides, by uniform key. */
  readonly top: ReadonlyMap<string, Entry>
}

/**
 * Reads all sources and resolves every placeholder.
 *
 * @throws PropertiesError UNREADABLE_FILE; UNRESOLVED_PLACEHOLDER and CIRCULAR_PLACEHOLDER, all of them in one error
 */
export function loadProperties(sources: PropertiesSources): Properties {
  const base = layer(sources.values ?? {}, 'value')
  for (const path of sources.files ?? []) {
    for (const { key, value, origin } of readPropertiesFile(path)) put(base, { key, text: value, origin })
  }
  const environment = new Map<string, Entry>()
  for (const [name, text] of Object.entries(sources.environment ?? {})) {
    if (text !== undefined) environment.set(environmentName(name), { key: name, text, origin: `environment ${name}` })
  }
  return checked({ base, environment, top: layer(sources.overrides ?? {}, 'override') })
}

function layer(values: Readonly<Record<string, string>>, origin: string): Map<string, Entry> {
  const entries = new Map<string, Entry>()
  for (const [key, text] of Object.entries(values)) put(entries, { key, text, origin })
  return entries
}

function put(entries: Map<string, Entry>, entry: Entry): void {
  const id = uniform(entry.key)
  // Set anew, so that the order of the map is the order of the winning lines.
  entries.delete(id)
  entries.set(id, entry)
}

function checked(layers: Layers): Properties {
  const properties = createProperties(layers)
  const problems: PropertyProblem[] = []
  for (const key of properties.keys()) {
    try {
      properties.get(key)
    } catch (error) {
      if (!(error instanceof PropertiesError)) throw error
      problems.push(...error.problems)
    }
  }
  if (problems.length > 0) throw new PropertiesError(problems)
  return properties
}

function createProperties(layers: Layers): Properties {
  const resolved = new Map<Entry, string>()

  const fromEnvironment = (key: string): Entry | undefined => {
    for (const name of environmentNames(key)) {
      const entry = layers.environment.get(name)
      if (entry !== undefined) return entry
    }
    return undefined
  }
  const find = (key: string): Entry | undefined => {
    const id = uniform(key)
    return layers.top.get(id) ?? fromEnvironment(key) ?? layers.base.get(id)
  }
  const source = {
    find(name: string) {
      // As in Spring, only the canonical form (lower case, dashes) is relaxed: `port=${PORT:8080}` does not mean itself.
      const canonical = /^[a-z0-9.[\]-]+$/.test(name)
      const entry = canonical ? find(name) : (exact(layers.top, name) ?? variable(name) ?? exact(layers.base, name))
      return entry && { id: entry.origin + entry.key, text: entry.text }
    },
  }
  const variable = (name: string): Entry | undefined => {
    const entry = layers.environment.get(environmentName(name))
    return entry?.key === name ? entry : undefined
  }
  const value = (key: string, entry: Entry): string => {
    const known = resolved.get(entry)
    if (known !== undefined) return known
    const text = resolvePlaceholders(entry.text, source, { ...entry, key }, [entry.origin + entry.key])
    resolved.set(entry, text)
    return text
  }

  return {
    get(key) {
      const entry = find(key)
      return entry && value(key, entry)
    },
    entries(prefix, known = []) {
      const start = `${uniform(prefix)}.`
      const names = new Map(known.map((name) => [uniform(name), name]))
      const variables = new Map<string, string>()
      const found = new Map<string, string>()
      for (const { key } of [...layers.base.values(), ...layers.top.values()]) {
        const id = uniform(key)
        if (!id.startsWith(start)) continue
        const rest = withoutBrackets(key)
          .split('.')
          .slice(start.split('.').length - 1)
          .join('.')
        names.set(id.slice(start.length), names.get(id.slice(start.length)) ?? rest)
      }
      for (const name of names.values()) {
        for (const variableName of environmentNames(`${prefix}.${name}`)) variables.set(variableName, name)
        const entry = find(`${prefix}.${name}`)
        if (entry !== undefined) found.set(name, value(`${prefix}.${name}`, entry))
      }
      for (const prefixName of environmentNames(prefix)) {
        for (const [name, entry] of layers.environment) {
          if (!name.startsWith(`${prefixName}_`) || variables.has(name)) continue
          const rest = mapKey(name.slice(prefixName.length + 1))
          if (!found.has(rest)) found.set(rest, value(`${prefix}.${rest}`, entry))
        }
      }
      return found
    },
    keys() {
      const keys = new Map<string, string>()
      for (const entries of [layers.base, layers.top]) for (const [id, { key }] of entries) keys.set(id, key)
      return [...keys.values()]
    },
    origin: (key) => find(key)?.origin,
    with(overrides) {
      const top = new Map(layers.top)
      for (const entry of layer(overrides, 'override').values()) put(top, entry)
      return checked({ ...layers, top })
    },
  }
}

function exact(entries: ReadonlyMap<string, Entry>, key: string): Entry | undefined {
  const entry = entries.get(uniform(key))
  return entry?.key === key ? entry : undefined
}
