import { readFileSync } from 'node:fs'

/** Entries of the runbook by the name of their rule, as Markdown; none where the file is not there. */
export function readRunbook(file: string): ReadonlyMap<string, string> {
  try {
    return runbookEntries(readFileSync(file, 'utf8'))
  } catch {
    return new Map()
  }
}

export function runbookEntries(markdown: string): ReadonlyMap<string, string> {
  const entries = new Map<string, string>()
  for (const part of markdown.split(/^### /m).slice(1)) {
    const newline = part.indexOf('\n')
    const text = part.slice(newline + 1).split(/^#{1,2} /m)[0] ?? ''
    entries.set(part.slice(0, newline).trim(), text.trim())
  }
  return entries
}
