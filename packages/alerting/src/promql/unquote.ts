const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
}
const SEQUENCE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/gs

/** A string as Go writes it, with its quotation marks → its value. Throws for an escape that Go does not know. */
export function unquote(quoted: string): string {
  const inner = quoted.slice(1, -1)
  if (quoted.startsWith('`')) return inner
  return inner.replace(
    SEQUENCE,
    (whole, hex?: string, short?: string, long?: string, octal?: string, plain?: string) => {
      const digits = hex ?? short ?? long
      if (digits !== undefined) return String.fromCodePoint(Number.parseInt(digits, 16))
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8))
      const value = ESCAPES[plain ?? '']
      if (value === undefined) throw new Error(`${whole} is no escape sequence`)
      return value
    },
  )
}
