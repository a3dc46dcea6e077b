/** How a field is compared. `~`: its text contains it; upper and lower case are the same. */
export const COMPARISONS = ['!=', '>=', '<=', '=', '~', '>', '<'] as const
export type Comparison = (typeof COMPARISONS)[number]

/** One condition of a filter; a record has to fulfil all of them. */
export type FilterTerm =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly path: FieldPath; readonly comparison: Comparison; readonly value: string }

/** Names of fields and numbers of elements; a list is gone through where no number is given. */
export type FieldPath = readonly (string | number)[]

export interface FilterFault {
  /** What is wrong, and what would be right. */
  readonly fault: string
}

const FIELD =
  /^\$?\.?((?:[\p{L}_][\p{L}\p{N}_-]*)(?:\.[\p{L}_][\p{L}\p{N}_-]*|\[(?:\d+|\*)\])*)(!=|>=|<=|=|~|>|<)(.*)$/su
const MAX_TERMS = 20

/**
 * Words by spaces: each is a text that the record contains, or `path=value` (also `!=`, `~`, `>`, `>=`, `<`, `<=`) for a field of its JSON, as
 * `total.amount>=5000`, `lines[0].sku=mug` or, for any of the lines, `lines.sku=mug`. What holds spaces is put in double quotes: `"Ada L"`, `reason="no stock"`.
 */
export function parseFilter(filter: string): readonly FilterTerm[] | FilterFault {
  const words = wordsOf(filter)
  if ('fault' in words) return words
  if (words.length > MAX_TERMS)
    return { fault: `a filter has at most ${MAX_TERMS} conditions, this one ${words.length}` }
  const terms: FilterTerm[] = []
  for (const { text, quoted } of words) {
    const field = quoted ? null : FIELD.exec(text)
    if (!field) {
      terms.push({ kind: 'text', text })
      continue
    }
    const [, path = '', comparison, value = ''] = field
    if (value === '') return { fault: `${text} compares with nothing: expected ${path}${comparison}<value>` }
    terms.push({ kind: 'field', path: pathOf(path), comparison: comparison as Comparison, value })
  }
  return terms
}

interface Word {
  readonly text: string
  /** Begins with a quote: a text, whatever is in it. */
  readonly quoted: boolean
}

function wordsOf(filter: string): readonly Word[] | FilterFault {
  const words: Word[] = []
  let text = ''
  let begun = false
  let quoted = false
  let inQuotes = false
  for (const character of filter) {
    if (character === '"') {
      if (!begun) quoted = true
      begun = true
      inQuotes = !inQuotes
    } else if (/\s/.test(character) && !inQuotes) {
      if (begun) words.push({ text, quoted })
      text = ''
      begun = false
      quoted = false
    } else {
      begun = true
      text += character
    }
  }
  if (inQuotes) return { fault: 'a double quote is opened and not closed' }
  if (begun) words.push({ text, quoted })
  return words.filter((word) => word.text !== '')
}

function pathOf(path: string): FieldPath {
  return path
    .split(/[.[\]]+/)
    .filter((step) => step !== '' && step !== '*')
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step))
}
