const DURATION_UNITS = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
} as const satisfies Record<string, number>

export type DurationUnit = keyof typeof DURATION_UNITS

/**
 * Milliseconds of `10s`, `500ms`, `1.5h`, a plain number of `unit`, or ISO 8601 (`PT1H30M`, `P1DT2S`): the forms of Spring's
 * DurationStyle (which knows no fractions in its simple form).
 *
 * @throws RangeError naming the forms that are read
 */
export function parseDuration(text: string, unit: DurationUnit = 'ms'): number {
  const trimmed = text.trim()
  const simple = /^([+-]?\d+(?:\.\d+)?)\s*(ns|us|ms|s|m|h|d)?$/i.exec(trimmed)
  if (simple !== null) {
    const factor = DURATION_UNITS[(simple[2]?.toLowerCase() ?? unit) as DurationUnit]
    return Math.round(Number(simple[1]) * factor)
  }
  const iso = /^P(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i.exec(trimmed)
  if (iso !== null && /\d/.test(trimmed)) {
    const [days, hours, minutes, seconds] = [1, 2, 3, 4].map((group) => Number(iso[group] ?? 0))
    return Math.round(
      ((((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * DURATION_UNITS.s,
    )
  }
  throw new RangeError(`a duration such as 500ms, 10s, 5m, or a number of ${unit}`)
}

const SIZE_UNITS = { b: 1, kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30, tb: 2 ** 40 } as const satisfies Record<
  string,
  number
>

/**
 * Bytes of `64KB`, `1MB`, or a plain number of bytes; 1 KB is 1024 B, as in Spring's DataSize.
 *
 * @throws RangeError naming the forms that are read
 */
export function parseSize(text: string): number {
  const match = /^(\d+)\s*(b|kb|mb|gb|tb)?$/i.exec(text.trim())
  if (match === null) throw new RangeError('a size such as 512KB, 1MB, or a number of bytes')
  return Number(match[1]) * SIZE_UNITS[(match[2]?.toLowerCase() ?? 'b') as keyof typeof SIZE_UNITS]
}

/** @throws RangeError naming the forms that are read */
export function parseBoolean(text: string): boolean {
  switch (text.trim().toLowerCase()) {
    case 'true':
    case 'on':
    case 'yes':
    case '1':
      return true
    case 'false':
    case 'off':
    case 'no':
    case '0':
      return false
    default:
      throw new RangeError('true or false')
  }
}

/** Parts between commas, white space around them dropped, empty ones left out. */
export function parseList(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

export const MASK = '******'
const SECRET_KEY =
  /password|passwd|passphrase|secret|token|credential|jaas|private[-_.]?key|api[-_.]?key|key-?store[-_.]key$|\bkeystore\.key$/i

/** The value as it may be shown: replaced where the key is a secret; passwords inside of a URL are replaced too. */
export function mask(key: string, value: string): string {
  if (value === '') return value
  if (SECRET_KEY.test(key)) return MASK
  return value
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)[^\s/]+@/gi, `$1${MASK}@`)
    .replace(/([?&;](?:password|passwd|pwd|secret|token)=)[^&;\s]+/gi, `$1${MASK}`)
}
