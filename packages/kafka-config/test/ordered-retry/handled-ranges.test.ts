import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OffsetRange } from '../../src/ordered-retry/handled-ranges.ts'
import { decodeHandledRanges, encodeHandledRanges } from '../../src/ordered-retry/handled-ranges.ts'

/** Ascending ranges above an offset. */
const ranges = (from: bigint, lengths: readonly (readonly [gap: number, handled: number])[]): OffsetRange[] => {
  let at = from
  return lengths.map(([gap, handled]) => {
    const begin = at + BigInt(gap)
    at = begin + BigInt(handled)
    return { from: begin, to: at }
  })
}
const lengths = fc.array(fc.tuple(fc.integer({ min: 1, max: 2 ** 40 }), fc.integer({ min: 1, max: 2 ** 40 })))

describe('handled offsets in the metadata of a commit', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 52n }), lengths, (committed, pairs) => {
        const before = ranges(committed, pairs.slice(0, 200))
        expect(decodeHandledRanges(committed, encodeHandledRanges(committed, before))).toEqual(before)
      }),
      { numRuns: 50 },
    )
  })

  it('take no more than a broker accepts; those that do not fit count as not handled', () => {
    const before = ranges(
      17n,
      Array.from({ length: 5000 }, () => [1, 300] as const),
    )
    const metadata = encodeHandledRanges(17n, before)
    expect(Buffer.byteLength(metadata)).toBeLessThanOrEqual(4096)
    const after = decodeHandledRanges(17n, metadata)
    expect(after.length).toBeGreaterThan(1000)
    expect(after).toEqual(before.slice(0, after.length))
  })

  it.each([
    ['of another program', 'some text'],
    ['of none', undefined],
    ['that is empty', ''],
    ['that was cut off', encodeHandledRanges(0n, ranges(0n, [[1, 2 ** 40]])).slice(0, -4)],
  ])('are none in metadata %s', (_what, metadata) => {
    expect(decodeHandledRanges(0n, metadata)).toEqual([])
  })
})
