import { parseArgs } from 'node:util'
import { PlatformError } from './errors.ts'

export interface Flag {
  readonly type: 'boolean' | 'string'
  readonly short?: string
  /** Placeholder of the value in the help. */
  readonly value?: string
  /** One line of the help. */
  readonly help: string
  readonly multiple?: boolean
}

export type Flags = Readonly<Record<string, Flag>>

export interface ParsedFlags {
  readonly positionals: readonly string[]
  has(flag: string): boolean
  text(flag: string): string | undefined
  texts(flag: string): readonly string[]
  /** @throws PlatformError USAGE unless it is a whole number from 0 to `max` */
  port(flag: string, max?: number): number | undefined
}

/** @throws PlatformError USAGE that names the flag, and the nearest one for a flag that does not exist */
export async function parseFlags(words: readonly string[], flags: Flags, maxPositionals = 0): Promise<ParsedFlags> {
  const { values, positionals, tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(
      Object.entries(flags).map(([name, { type, short, multiple }]) => [
        name,
        { type, ...(short && { short }), ...(multiple && { multiple }) },
      ]),
    ),
    strict: false,
    tokens: true,
    allowPositionals: true,
  })
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const flag = flags[token.name]
    if (flag === undefined) throw await unknownFlag(token.rawName, flags)
    if (flag.type === 'string' && (token.value === undefined || token.value === '')) {
      throw usage(`${token.rawName} needs a value: ${token.rawName} <${flag.value ?? 'value'}>`)
    }
    if (flag.type === 'boolean' && token.value !== undefined) throw usage(`${token.rawName} takes no value`)
  }
  if (positionals.length > maxPositionals) {
    throw usage(`"${positionals[maxPositionals]}" is not expected here; flags begin with --`)
  }
  const text = (flag: string): string | undefined => {
    const value = values[flag]
    return typeof value === 'string' ? value : undefined
  }
  return {
    positionals,
    has: (flag) => values[flag] !== undefined,
    text,
    texts: (flag) => [values[flag] ?? []].flat().map(String),
    port(flag, max = 65_535) {
      const value = text(flag)
      if (value === undefined) return undefined
      if (!/^\d+$/.test(value) || Number(value) > max)
        throw usage(`--${flag} is "${value}"; expected a port from 0 to ${max}`)
      return Number(value)
    },
  }
}

/** The flags as an aligned table for `--help`. */
export function describeFlags(flags: Flags): string {
  const rows = Object.entries(flags).map(([name, { short, value, help }]) => {
    const left = `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` <${value}>`}`
    return [left, help] as const
  })
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`).join('\n')
}

export function usage(message: string): PlatformError {
  return new PlatformError('USAGE', `${message} (--help lists the flags)`)
}

async function unknownFlag(rawName: string, flags: Flags): Promise<PlatformError> {
  const { nearest } = await import('@stocker/properties')
  const near = nearest(
    rawName,
    Object.keys(flags).map((name) => `--${name}`),
  )
  return usage(`unknown flag ${rawName}${near === undefined ? '' : `; did you mean ${near}?`}`)
}
