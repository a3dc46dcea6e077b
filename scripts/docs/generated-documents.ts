import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Text that is made from the code: a whole file, or the part of a written one between two markers. */
export interface GeneratedDocument {
  /** From the root of the repository. */
  readonly file: string
  /**
   * The part between `<!-- generated:<marker> -->` and the next `<!-- /generated -->`. Such a file is written by hand:
   * as long as it is not there, nothing is generated. Default: the whole file.
   */
  readonly marker?: string
  /** Markdown; the same for the same code. */
  readonly content: () => string
}

const END = '<!-- /generated -->'

/** The files that are not as their documents say, as they should be. Throws if a written file lacks its markers. */
export function staleFiles(root: string, documents: readonly GeneratedDocument[]): ReadonlyMap<string, string> {
  const expected = new Map<string, string>()
  for (const document of documents) {
    const before = expected.get(document.file) ?? readIfThere(join(root, document.file))
    if (document.marker === undefined) expected.set(document.file, `${document.content().trim()}\n`)
    else if (before !== undefined) expected.set(document.file, replaceMarked(before, document, document.marker))
  }
  return new Map([...expected].filter(([file, text]) => readIfThere(join(root, file)) !== text))
}

/** Brings all documents up to date; returns the files that changed. */
export function writeDocuments(root: string, documents: readonly GeneratedDocument[]): readonly string[] {
  const stale = staleFiles(root, documents)
  for (const [file, text] of stale) {
    const path = join(root, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  return [...stale.keys()]
}

function replaceMarked(text: string, document: GeneratedDocument, marker: string): string {
  const begin = `<!-- generated:${marker} -->`
  const from = text.indexOf(begin)
  const to = from < 0 ? -1 : text.indexOf(END, from)
  if (to < 0) throw new Error(`${document.file} has no place for its generated part: write ${begin} and ${END} into it`)
  return `${text.slice(0, from + begin.length)}\n\n${document.content().trim()}\n\n${text.slice(to)}`
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}
