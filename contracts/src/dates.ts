/** Below this an epoch number is taken as seconds (until the year 5138), from it on as milliseconds (since 1973). */
const FIRST_MILLISECONDS = 1e11
/** The years that four digits can write: 0001 to 9999. */
const EARLIEST = -62_135_596_800_000
const LATEST = 253_402_300_799_999

const CANONICAL = /^(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/
const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(?:Z|([+-])(\d\d)(?::?(\d\d))?)?(?:\[[^\]]{1,50}\])?$/

/**
 * A point in time in any form that Jackson writes, as ISO 8601 in UTC with milliseconds (finer fractions are cut off):
 * - text: Instant, OffsetDateTime, ZonedDateTime (`…+02:00[Europe/Berlin]`), LocalDateTime and LocalDate (taken as UTC),
 *   java.util.Date (`…+0000`)
 * - number: epoch seconds with a fraction (WRITE_DATES_AS_TIMESTAMPS), or epoch milliseconds (java.util.Date, and
 *   Instant without WRITE_DATE_TIMESTAMPS_AS_NANOSECONDS)
 * - array: LocalDateTime or LocalDate as [year, month, day, hour, minute, second, nanoseconds], the last four optional
 *
 * `undefined` for anything else, and for days that the calendar does not have.
 */
export function toIsoTimestamp(value: unknown): string | undefined {
  if (typeof value === 'string') return CANONICAL.test(value) ? value : fromText(value)
  if (typeof value === 'number') return fromEpoch(value)
  if (Array.isArray(value)) return fromFields(value)
  return undefined
}

/** Epoch milliseconds as ISO 8601; `undefined` outside of the years 1 to 9999. */
export function isoFromMilliseconds(milliseconds: number): string | undefined {
  return milliseconds >= EARLIEST && milliseconds <= LATEST ? new Date(milliseconds).toISOString() : undefined
}

function fromText(text: string): string | undefined {
  const match = ISO.exec(text)
  if (match === null) return undefined
  const [
    ,
    year,
    month,
    day,
    hour = '0',
    minute = '0',
    second = '0',
    fraction = '',
    sign,
    offsetHour = '0',
    offsetMinute = '0',
  ] = match
  const local = utc(
    Number(year),
    Number(month),
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    Number(fraction.padEnd(3, '0').slice(0, 3)),
  )
  // Java's ZoneOffset ends at 18 hours.
  if (local === undefined || Number(offsetHour) > 18 || Number(offsetMinute) > 59) return undefined
  const offset = (Number(offsetHour) * 60 + Number(offsetMinute)) * 60_000
  return isoFromMilliseconds(sign === '-' ? local + offset : local - offset)
}

function fromEpoch(epoch: number): string | undefined {
  if (!Number.isFinite(epoch)) return undefined
  // A double cannot hold nanoseconds of today: without the microsecond, .123 seconds would often become 122 milliseconds.
  return isoFromMilliseconds(
    Math.abs(epoch) < FIRST_MILLISECONDS ? Math.floor(epoch * 1000 + 0.001) : Math.floor(epoch),
  )
}

function fromFields(fields: readonly unknown[]): string | undefined {
  if (fields.length < 3 || fields.length > 7 || !fields.every(isWhole)) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, fraction = 0] = fields
  if (fraction > 999_999_999) return undefined
  // Jackson writes milliseconds here when nanoseconds are switched off; no clock gives a time below a microsecond.
  const milliseconds = fraction < 1000 ? fraction : Math.floor(fraction / 1_000_000)
  const time = utc(year, month, day, hour, minute, second, milliseconds)
  return time === undefined ? undefined : isoFromMilliseconds(time)
}

function isWhole(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0
}

function utc(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  millisecond: number,
): number | undefined {
  if (hour > 23 || minute > 59 || second > 59) return undefined
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  return date.setUTCHours(hour, minute, second, millisecond)
}
