import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hashOf, initialSegments, matches, mergeOf, split } from '../src/processors/segment.ts'

const hash = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const count = fc.integer({ min: 1, max: 64 })

test('every event belongs to exactly one segment, however many there are', () => {
  fc.assert(
    fc.property(count, hash, (n, h) => {
      expect(initialSegments(n).filter((segment) => matches(segment, h))).toHaveLength(1)
    }),
  )
})

test('segments are numbered from 0 without gaps, and none is more than twice as large as another', () => {
  fc.assert(
    fc.property(count, (n) => {
      const segments = initialSegments(n)
      expect(segments.map(({ id }) => id).sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, id) => id))
      const masks = segments.map(({ mask }) => mask)
      expect(Math.max(...masks)).toBeLessThanOrEqual(2 * Math.min(...masks) + 1)
    }),
  )
})

test('a split shares the events of a segment out to its halves, and no others', () => {
  fc.assert(
    fc.property(count, fc.nat(), hash, (n, which, h) => {
      const segments = initialSegments(n)
      const segment = segments[which % n] ?? { id: 0, mask: 0 }
      const halves = split(segment)
      expect(halves[0].id).toBe(segment.id)
      expect(halves.filter((half) => matches(half, h))).toHaveLength(matches(segment, h) ? 1 : 0)
    }),
  )
})

test('a merge undoes a split, from either half', () => {
  fc.assert(
    fc.property(count, fc.nat(), (n, which) => {
      const segment = initialSegments(n)[which % n] ?? { id: 0, mask: 0 }
      const [first, second] = split(segment)
      expect(mergeOf(first)).toEqual({ merged: segment, sibling: second })
      expect(mergeOf(second)).toEqual({ merged: segment, sibling: first })
    }),
  )
})

test("splits and merges are Axon's", () => {
  expect(split({ id: 0, mask: 0 })).toEqual([
    { id: 0, mask: 1 },
    { id: 1, mask: 1 },
  ])
  expect(split({ id: 1, mask: 1 })).toEqual([
    { id: 1, mask: 3 },
    { id: 3, mask: 3 },
  ])
  expect(mergeOf({ id: 3, mask: 3 })?.merged).toEqual({ id: 1, mask: 1 })
  expect(mergeOf({ id: 0, mask: 0 })).toBeUndefined()
  expect(() => split({ id: 0, mask: 2 ** 30 - 1 })).toThrow('cannot be split further')
})

// Stored tokens rest on these numbers.
test('the hash is FNV-1a and stays so', () => {
  expect(hashOf('')).toBe(0x811c9dc5)
  expect(hashOf('a')).toBe(0xe40c292c)
  expect(hashOf('foobar')).toBe(0xbf9cf968)
})

test('streams spread over segments', () => {
  const segments = initialSegments(8)
  const counts = segments.map(
    (segment) =>
      Array.from({ length: 8_000 }, (_, n) => hashOf(`order-${n}`)).filter((h) => matches(segment, h)).length,
  )
  expect(Math.min(...counts)).toBeGreaterThan(700)
  expect(Math.max(...counts)).toBeLessThan(1_300)
})
