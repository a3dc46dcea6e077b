import { parseFlags } from '@stocker/platform'
import { describe, expect, it } from 'vitest'
import { FLAGS, filtersOf, numberOf, rampOf } from '../src/flags.ts'

const NOW = new Date('2026-03-02T12:00:00Z')
const read = (...words: readonly string[]) => parseFlags(words, FLAGS)

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

    expect(() => filtersOf(flags, NOW)).toThrow(/--from is ".*"; expected 10m, 2h, 3d or an ISO 8601 time/)
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
