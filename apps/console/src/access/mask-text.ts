import { EVENT_NAMES, fieldsOf, TOPIC_NAMES } from '@stocker/contracts'
import { MASK } from './mask-payload.ts'

let vocabulary: ReadonlySet<string> | undefined

/** Names that the platform itself has given. */
function isOurWord(text: string): boolean {
  vocabulary ??= new Set([
    ...TOPIC_NAMES,
    ...EVENT_NAMES,
    ...EVENT_NAMES.flatMap(fieldsOf).flatMap(({ path }) => [path, ...path.replaceAll('[]', '').split('.')]),
  ])
  return vocabulary.has(text)
}

/**
 * What messages put values into, one after the other: what is quoted, and what closes it. Each matches without its close as well, so that what was looked through
 * for a close in vain is passed over, and not looked through again from its next character: time grows with the text, and not with its square.
 */
const QUOTED: readonly RegExp[] = [
  // JSON.parse, JSON Schema, most of what people write.
  /"((?:[^"\\]|\\.)*)("?)/g,
  /'((?:[^'\\\n]|\\.)*)('?)/g,
  /`([^`]*)(`?)/g,
  /“([^”]*)(”?)/g,
  /‘([^’]*)(’?)/g,
  // PostgreSQL: Key (name)=(Ada Lovelace) already exists.
  /(?<=\)=)\(([^)]*)(\)?)/g,
]
/** A word, and what makes it a mail address; a word without one is passed over likewise. */
const WORD_OR_MAIL = /[\w.+-]+(@[\w-]+(?:\.[\w-]+)+)?/g
const PHONE = /\+\d[\d ()/-]{6,}\d/g

/**
 * The text of an error without what it quotes. As good as can be: a message may say a value without quotation marks, which only its author could know. So it
 * is for those who must act on it; who need not gets no text at all.
 */
export function withoutQuotes(text: string): string {
  const plain = QUOTED.reduce(
    (rest, quotes) =>
      rest.replaceAll(quotes, (whole: string, inner: string, close: string) =>
        close === '' || inner === MASK || isOurWord(inner) ? whole : MASK,
      ),
    text,
  )
  return plain
    .replaceAll(WORD_OR_MAIL, (word: string, domain?: string) => (domain === undefined ? word : MASK))
    .replaceAll(PHONE, MASK)
}
