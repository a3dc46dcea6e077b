import type { DurationUnit } from './values.ts'
import { parseBoolean, parseDuration, parseList, parseSize } from './values.ts'

/** One own key: how it is read, and what a table of the configuration says of it. */
export interface Setting<T> {
  readonly key: string
  /** Such as `integer, 0 to 65535`; also the "expected" of an error. */
  readonly type: string
  readonly required: boolean
  readonly default: unknown
  readonly description: string | undefined
  /** Whether an empty value is a value; else it counts as not set, as in Spring. */
  readonly acceptsEmpty: boolean
  /** @throws RangeError whose message says what is expected */
  parse(text: string): T
}

export interface SettingOptions<T> {
  /** Used when the key is not set; without it, and unless `optional`, the key is required. */
  readonly default?: T
  /** Not set reads as undefined. */
  readonly optional?: true
  /** For tables of the configuration. */
  readonly description?: string
}

/** Bounds, both included. Of a duration in ms, of a size in bytes. */
export interface Bounds {
  readonly min?: number
  readonly max?: number
}

type Result<T, O> = O extends { readonly optional: true } ? T | undefined : T

export type Settings = Readonly<Record<string, Setting<unknown>>>
export type SettingValues<S extends Settings> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never }

function setting<T, O extends SettingOptions<T>>(
  key: string,
  type: string,
  options: O | undefined,
  parse: (text: string) => T,
): Setting<Result<T, O>> {
  return {
    key,
    type,
    required: options?.default === undefined && options?.optional !== true,
    default: options?.default,
    description: options?.description,
    acceptsEmpty: false,
    parse: parse as (text: string) => Result<T, O>,
  }
}

export interface TextOptions extends SettingOptions<string> {
  /** The whole text must match. */
  readonly pattern?: RegExp
  /** How the pattern reads in messages and tables; default the pattern itself. */
  readonly expected?: string
}

/** Text as it stands; an empty one counts, unless the key is required. */
export function text<O extends TextOptions>(key: string, options?: O): Setting<Result<string, O>> {
  const type = options?.expected ?? (options?.pattern === undefined ? 'text' : `text like ${options.pattern.source}`)
  const read = (value: string): string => {
    if (options?.pattern !== undefined && !options.pattern.test(value)) throw new RangeError(type)
    return value
  }
  return { ...setting<string, O>(key, type, options, read), acceptsEmpty: true }
}

export function integer<O extends SettingOptions<number> & Bounds>(
  key: string,
  options?: O,
): Setting<Result<number, O>> {
  const type = `integer${range(options)}`
  return setting(key, type, options, (value) => {
    const number = Number(value.trim())
    if (!/^[+-]?\d+$/.test(value.trim()) || !Number.isSafeInteger(number)) throw new RangeError(type)
    return within(number, options, type)
  })
}

export function decimal<O extends SettingOptions<number> & Bounds>(
  key: string,
  options?: O,
): Setting<Result<number, O>> {
  const type = `number${range(options)}`
  return setting(key, type, options, (value) => {
    if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(value.trim())) throw new RangeError(type)
    return within(Number(value), options, type)
  })
}

export function boolean<O extends SettingOptions<boolean>>(key: string, options?: O): Setting<Result<boolean, O>> {
  return setting(key, 'true or false', options, parseBoolean)
}

export interface DurationOptions extends SettingOptions<number>, Bounds {
  /** Of a plain number; default ms. */
  readonly unit?: DurationUnit
}

/** A duration in ms. */
export function duration<O extends DurationOptions>(key: string, options?: O): Setting<Result<number, O>> {
  const type = `duration${range(options, ' ms')}`
  return setting(key, type, options, (value) => within(parseDuration(value, options?.unit), options, type))
}

/** A size in bytes. */
export function size<O extends SettingOptions<number> & Bounds>(key: string, options?: O): Setting<Result<number, O>> {
  const type = `size${range(options, ' B')}`
  return setting(key, type, options, (value) => within(parseSize(value), options, type))
}

/** Parts between commas. */
export function list<O extends SettingOptions<readonly string[]>>(
  key: string,
  options?: O,
): Setting<Result<readonly string[], O>> {
  return setting(key, 'list (a,b,c)', options, parseList)
}

/** One of the given words; case, dashes and underscores do not count, as for the enums of Spring. */
export function choice<const T extends string, O extends SettingOptions<NoInfer<T>>>(
  key: string,
  values: readonly T[],
  options?: O,
): Setting<Result<T, O>> {
  const type = `one of ${values.join(', ')}`
  return setting<T, O>(key, type, options, (value) => {
    const wanted = lenient(value.trim())
    const found = values.find((candidate) => lenient(candidate) === wanted)
    if (found === undefined) throw new RangeError(type)
    return found
  })
}

function range(bounds: Bounds | undefined, unit = ''): string {
  if (bounds?.min !== undefined && bounds.max !== undefined) return `, ${bounds.min} to ${bounds.max}${unit}`
  if (bounds?.min !== undefined) return `, at least ${bounds.min}${unit}`
  if (bounds?.max !== undefined) return `, at most ${bounds.max}${unit}`
  return ''
}

function within(number: number, bounds: Bounds | undefined, type: string): number {
  if (number < (bounds?.min ?? Number.NEGATIVE_INFINITY) || number > (bounds?.max ?? Number.POSITIVE_INFINITY)) {
    throw new RangeError(type)
  }
  return number
}

function lenient(word: string): string {
  return word.toLowerCase().replace(/[-_]/g, '')
}
