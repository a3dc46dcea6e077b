import { describe, expect, it } from 'vitest'
import { bytesText, numberText, percentText } from '../../src/web/number-text.ts'
import { durationText, timeText } from '../../src/web/time-text.ts'

describe('a duration', () => {
  it.each([
    [0, '0 ms'],
    [38.4, '38 ms'],
    [999, '999 ms'],
    [2_449, '2.4 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [252_000, '4 min 12 s'],
    [11_100_000, '3 h 5 min'],
    [187_200_000, '2 d 4 h'],
    [-1_500, '-1.5 s'],
  ])('of %d ms is %s', (ms, text) => {
    expect(durationText(ms)).toBe(text)
  })
})

it.each([
  ['date-time', '2026-11-27 10:30:12'],
  ['time', '10:30:12'],
  ['precise', '10:30:12.345'],
  ['date', '2026-11-27'],
] as const)('a moment in the form %s is %s', (form, text) => {
  expect(timeText(new Date('2026-11-27T10:30:12.345Z'), form, 'utc')).toBe(text)
})

it('numbers are rounded to what matters', () => {
  expect([0, 3.14159, 12.7, 12_904.4, 98_765_432_109_876_543n].map(numberText)).toEqual([
    '0',
    '3.1',
    '13',
    '12,904',
    '98,765,432,109,876,543',
  ])
  expect([12, 64_000, 3_400_000].map(bytesText)).toEqual(['12 B', '64 kB', '3.4 MB'])
  expect(percentText(0.9942)).toBe('99.4 %')
})
