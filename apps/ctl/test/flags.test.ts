import { parseFlags } from '@stocker/platform'
import { describe, expect, it } from 'vitest'
import { DLT_FLAGS, filtersOf, rampOf } from '../src/dlt-flags.ts'
import { numberOf } from '../src/number-of.ts'
import { durationOf, timeOf } from '../src/time-words.ts'

const NOW = new Date('2026-03-02T12:00:00Z')
const read = (...words: readonly string[]) => parseFlags(words, DLT_FLAGS)

describe('the filters of dlt', () => {
  it('are those of the API, with times as they are said', async () => {
    const flags = await read('--group', 'g', '--error', 'E', '--state', 'new', '--from', '90m', '--to', '2026-03-02')

    expect(filtersOf(flags, NOW)).toEqual({
      consumerGroup: 'g',
      errorClass: 'E',
      state: 'NEW',
      from: '2026-03-02T10:30:00.000Z',
      to: '2026-03-02T00:00:00.000Z',
    })
  })

  it.each(['10x', 'yesterday'])('refuse the time "%s" and say what they expect', async (time) => {
    const flags = await read('--from', time)

    expect(() => filtersOf(flags, NOW)).toThrow(/--from is ".*"; expected 10m, 2h, 3d, @12:00 or an ISO 8601 time/)
  })
})

describe('the ramp and the rate', () => {
  it.each([
    ['1,5,20', [1, 5, 20]],
    ['1-5-20', [1, 5, 20]],
    ['none', []],
  ])('may be %s', async (text, ramp) => {
    expect(rampOf(await read('--ramp', text))).toEqual(ramp)
  })

  it('are whole numbers above 0', async () => {
    const flags = await read('--ramp', '1,0', '--rate', 'fast')

    expect(() => rampOf(flags)).toThrow('--ramp is "1,0"; expected sizes such as 1,5,20, or none')
    expect(() => numberOf(flags, 'rate')).toThrow('--rate is "fast"; expected a whole number above 0')
  })
})

describe('times', () => {
  it('@12:00 is the last time that it was', () => {
    const noon = new Date(2026, 2, 2, 12, 30)

    expect(timeOf('@12:00', 'from', noon)).toBe(new Date(2026, 2, 2, 12).toISOString())
    expect(timeOf('@12:45:30', 'from', noon)).toBe(new Date(2026, 2, 1, 12, 45, 30).toISOString())
    expect(() => timeOf('@25:00', 'from', noon)).toThrow('--from is "@25:00"')
  })

  it.each([
    ['90s', 90_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['3d', 259_200_000],
  ])('%s is so long', (text, ms) => {
    expect(durationOf(text, 'timeout')).toBe(ms)
  })

  it('a number alone is no time', () => {
    expect(() => durationOf('60', 'timeout')).toThrow('--timeout is "60"; expected a time such as 90s, 10m, 2h or 3d')
  })
})
