/** Where a look into a topic begins. Times are milliseconds since 1970. */
export type StartPlace =
  /** The newest first, back to the beginning. */
  | { readonly at: 'latest' }
  /** The oldest first. */
  | { readonly at: 'earliest' }
  /** The oldest first, from this offset of each partition that is looked at. */
  | { readonly at: 'offset'; readonly offset: bigint }
  /** The oldest first, from this time. */
  | { readonly at: 'time'; readonly time: number }

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const AGO = /^(\d{1,7})([smhd])$/
const OFFSET = /^(?:offset:)?(\d{1,19})$/
const ISO = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/

/**
 * `latest`, `earliest`, `10m` (ago; s, m, h, d), `2026-03-01T12:00:00Z` (UTC where no zone is given), or an offset: `offset:812`, `812`.
 * Undefined for anything else.
 */
export function parseStartPlace(from: string, nowMs: number): StartPlace | undefined {
  if (from === 'latest' || from === 'earliest') return { at: from }
  const offset = OFFSET.exec(from)?.[1]
  if (offset !== undefined) return { at: 'offset', offset: BigInt(offset) }
  const time = parseTime(from, nowMs)
  return time === undefined ? undefined : { at: 'time', time }
}

/** `10m` (ago) or ISO 8601, as milliseconds since 1970; undefined for anything else. */
export function parseTime(text: string, nowMs: number): number | undefined {
  const [, count, unit] = AGO.exec(text) ?? []
  if (count !== undefined) return nowMs - Number(count) * UNITS[unit as keyof typeof UNITS]
  if (!ISO.test(text)) return undefined
  const zoned = text.includes('T') && !/(?:Z|[+-]\d{2}:?\d{2})$/.test(text) ? `${text}Z` : text
  const time = Date.parse(zoned)
  return Number.isNaN(time) ? undefined : time
}
