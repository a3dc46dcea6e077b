import { readFileSync } from 'node:fs'
import { Pair, parseLines } from 'dot-properties'
import { PropertiesError } from './errors.ts'

export interface FileEntry {
  readonly key: string
  readonly value: string
  /** `path:line` */
  readonly origin: string
}

/**
 * Entries of a `.properties` file (java.util.Properties' syntax, UTF-8) in their order.
 *
 * @throws PropertiesError UNREADABLE_FILE
 */
export function readPropertiesFile(path: string): readonly FileEntry[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const message = `The properties file ${path} cannot be read (${reason}): check the path and its permissions.`
    throw new PropertiesError([{ code: 'UNREADABLE_FILE', key: '', origin: path, message }], { cause })
  }
  return parsePropertiesText(text, path)
}

export function parsePropertiesText(text: string, name: string): readonly FileEntry[] {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text
  const entries: FileEntry[] = []
  let line = 1
  let counted = 0
  for (const node of parseLines(source, true)) {
    if (!(node instanceof Pair)) continue
    const start = node.range?.[0] ?? counted
    line += newlines(source, counted, start)
    counted = start
    entries.push({ key: node.key, value: node.value, origin: `${name}:${line}` })
  }
  return entries
}

function newlines(text: string, from: number, to: number): number {
  return text.slice(from, to).match(/\r\n|\r|\n/g)?.length ?? 0
}
