import { exponentialBackOff, fixedBackOff } from '@stocker/kafka-config'
import { describe, expect, it } from 'vitest'
import { retryDelay } from '../../src/error-handling/back-off.ts'
import { range } from '../support.ts'

const delays = (backOff: Parameters<typeof retryDelay>[0], retries: number, random = () => 0.5) =>
  range(retries).map((index) => retryDelay(backOff, index + 1, random))

describe('a back-off', () => {
  it('that is fixed waits the same each time, for as many retries as it has', () => {
    expect(delays(fixedBackOff(1000, 2), 3)).toEqual([1000, 1000, undefined])
    expect(delays(fixedBackOff(0), 3)).toEqual([0, 0, 0])
  })

  it('with no retries ends at once', () => {
    expect(delays(fixedBackOff(1000, 0), 1)).toEqual([undefined])
  })

  it('that is exponential grows up to its cap: 6 retries, 1 s, doubled, at most 10 s', () => {
    const backOff = exponentialBackOff({ initialMs: 1000, multiplier: 2, maxMs: 10_000, maxRetries: 6 })
    expect(delays(backOff, 7)).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000, undefined])
  })

  it("has Spring Framework's numbers unless told otherwise: 2 s, ×1.5, at most 30 s", () => {
    expect(delays(exponentialBackOff(), 8)).toEqual([2000, 3000, 4500, 6750, 10_125, 15_187.5, 22_781.25, 30_000])
  })

  it('with jitter draws from around each wait, within the first wait and the cap', () => {
    const backOff = exponentialBackOff({ initialMs: 1000, multiplier: 2, maxMs: 5000, jitterMs: 100 })
    expect(delays(backOff, 4, () => 0)).toEqual([1000, 1800, 3600, 4500])
    expect(delays(backOff, 4, () => 0.999_999)).toEqual([1099, 2199, 4399, 4999])
  })

  it.each([
    [{ initialMs: -1 }, 'initialMs'],
    [{ initialMs: 60_000 }, 'maxMs'],
    [{ multiplier: 0.5 }, 'multiplier'],
    [{ maxRetries: -1 }, 'maxRetries'],
    [{ jitterMs: Number.NaN }, 'jitterMs'],
  ])('of %o is refused', (backOff, field) => {
    expect(() => exponentialBackOff(backOff)).toThrow(field)
  })
})
