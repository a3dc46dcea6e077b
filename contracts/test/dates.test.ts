import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toIsoTimestamp } from '../src/dates.ts'

describe('a date as Jackson writes it becomes ISO 8601 in UTC with milliseconds', () => {
  test.each([
    ['Instant', '2026-03-02T09:01:02.345Z', '2026-03-02T09:01:02.345Z'],
    ['Instant without a fraction', '2026-03-02T09:01:02Z', '2026-03-02T09:01:02.000Z'],
    ['Instant with nanoseconds', '2026-03-02T09:01:02.345999999Z', '2026-03-02T09:01:02.345Z'],
    ['Instant with one digit', '2026-03-02T09:01:02.3Z', '2026-03-02T09:01:02.300Z'],
    ['OffsetDateTime', '2026-03-02T00:30:00+02:00', '2026-03-01T22:30:00.000Z'],
    ['OffsetDateTime west of Greenwich', '2026-12-31T20:00:00-05:30', '2027-01-01T01:30:00.000Z'],
    ['ZonedDateTime with its zone', '2026-07-01T12:00:00+02:00[Europe/Berlin]', '2026-07-01T10:00:00.000Z'],
    ['LocalDateTime', '2026-03-02T09:01:02.345678', '2026-03-02T09:01:02.345Z'],
    ['LocalDateTime on the minute', '2026-03-02T09:01', '2026-03-02T09:01:00.000Z'],
    ['LocalDate', '2026-03-02', '2026-03-02T00:00:00.000Z'],
    ['java.util.Date', '2026-03-02T09:01:02.345+0000', '2026-03-02T09:01:02.345Z'],
    ['a leap day', '2028-02-29T00:00:00.000Z', '2028-02-29T00:00:00.000Z'],
    ['the last day of a month', '2026-01-31T23:59:59.999Z', '2026-01-31T23:59:59.999Z'],
    ['epoch seconds', 1772442062, '2026-03-02T09:01:02.000Z'],
    ['epoch seconds with nanoseconds', Number('1772442062.123456789'), '2026-03-02T09:01:02.123Z'],
    ['epoch seconds with a fraction that a double cuts short', 1772442062.29, '2026-03-02T09:01:02.290Z'],
    ['epoch milliseconds', 1772442062345, '2026-03-02T09:01:02.345Z'],
    ['the epoch itself', 0, '1970-01-01T00:00:00.000Z'],
    ['before the epoch', -1.5, '1969-12-31T23:59:58.500Z'],
    ['LocalDateTime as fields', [2026, 3, 2, 9, 1, 2, 345678901], '2026-03-02T09:01:02.345Z'],
    ['fields with milliseconds', [2026, 3, 2, 9, 1, 2, 345], '2026-03-02T09:01:02.345Z'],
    ['fields without nanoseconds', [2026, 3, 2, 9, 1, 2], '2026-03-02T09:01:02.000Z'],
    ['fields on the minute', [2026, 3, 2, 9, 1], '2026-03-02T09:01:00.000Z'],
    ['LocalDate as fields', [2026, 3, 2], '2026-03-02T00:00:00.000Z'],
    ['a year below 100', [44, 3, 15], '0044-03-15T00:00:00.000Z'],
  ])('%s: %j', (_, written, expected) => {
    expect(toIsoTimestamp(written)).toBe(expected)
  })

  test.each([
    ['a day that February does not have', '2026-02-29T00:00:00.000Z'],
    ['the 31st of April', '2026-04-31'],
    ['a thirteenth month', '2026-13-01T00:00:00.000Z'],
    ['hour 24', '2026-03-02T24:00:00.000Z'],
    ['minute 60', [2026, 3, 2, 9, 60]],
    ['an offset that no clock has', '2026-03-02T09:01:02+25:00'],
    ['year 0', '0000-01-01T00:00:00.000Z'],
    ['a time of day', '09:01:02'],
    ['words', 'yesterday'],
    ['nothing', ''],
    ['a number as text', '1772442062'],
    ['beyond the year 9999', 9e15],
    ['not a number', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['too few fields', [2026, 3]],
    ['too many fields', [2026, 3, 2, 9, 1, 2, 3, 4]],
    ['fields that are no integers', [2026, 3, 2.5]],
    ['fields that are texts', ['2026', '3', '2']],
    ['a negative field', [2026, 3, 2, -1, 0]],
    ['month 0', [2026, 0, 2]],
    ['true', true],
    ['null', null],
    ['an object', {}],
  ])('%s is refused: %j', (_, written) => {
    expect(toIsoTimestamp(written)).toBeUndefined()
  })

  test('any time in the canonical form stays as it is', () => {
    const times = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    fc.assert(
      fc.property(times, (time) => {
        expect(toIsoTimestamp(time.toISOString())).toBe(time.toISOString())
      }),
    )
  })

  test('all forms of one time agree to the millisecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100_000_000_000, max: 4_000_000_000_000 }), (milliseconds) => {
        const date = new Date(milliseconds)
        const iso = date.toISOString()
        const fields = [
          date.getUTCFullYear(),
          date.getUTCMonth() + 1,
          date.getUTCDate(),
          date.getUTCHours(),
          date.getUTCMinutes(),
          date.getUTCSeconds(),
          date.getUTCMilliseconds() * 1_000_000,
        ]
        expect(toIsoTimestamp(milliseconds / 1000)).toBe(iso)
        expect(toIsoTimestamp(milliseconds)).toBe(iso)
        expect(toIsoTimestamp(fields)).toBe(iso)
      }),
    )
  })
})
