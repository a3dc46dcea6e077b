import { describe, expect, it } from 'vitest'
import { formatCursor, parseCursor } from '../../src/messages/browse/cursor.ts'
import { parseStartPlace } from '../../src/messages/browse/start-place.ts'

const NOW = Date.parse('2026-03-01T12:00:00Z')

describe('where a look into a topic begins', () => {
  it.each([
    ['latest', { at: 'latest' }],
    ['earliest', { at: 'earliest' }],
    ['812', { at: 'offset', offset: 812n }],
    ['offset:812', { at: 'offset', offset: 812n }],
    ['10m', { at: 'time', time: NOW - 600_000 }],
    ['2d', { at: 'time', time: NOW - 172_800_000 }],
    ['2026-03-01T11:00:00Z', { at: 'time', time: NOW - 3_600_000 }],
    ['2026-03-01T12:00:00+01:00', { at: 'time', time: NOW - 3_600_000 }],
    // Without a zone: UTC, wherever the console runs.
    ['2026-03-01T11:00', { at: 'time', time: NOW - 3_600_000 }],
    ['2026-03-01', { at: 'time', time: NOW - 43_200_000 }],
    ['yesterday', undefined],
    ['10 m', undefined],
    ['2026-13-01', undefined],
    ['', undefined],
  ])('%s', (from, expected) => {
    expect(parseStartPlace(from, NOW)).toEqual(expected)
  })

  it('goes on by a cursor that names what is left of each partition', () => {
    const cursor = {
      direction: 'newest-first',
      ranges: [
        { partition: 0, from: 12n, to: 400n },
        { partition: 1, from: 7n, to: 7n },
        { partition: 2, from: 0n, to: 9_007_199_254_740_993n },
      ],
    } as const
    const word = formatCursor(cursor)

    expect(word).toBe('newest-first~0:12-400~2:0-9007199254740993')
    expect(parseCursor(word as string)).toEqual({
      direction: 'newest-first',
      ranges: [cursor.ranges[0], cursor.ranges[2]],
    })
    expect(formatCursor({ direction: 'newest-first', ranges: [{ partition: 0, from: 5n, to: 5n }] })).toBeUndefined()
    expect(['', 'newest-first', 'newest-first~0:1', 'sideways~0:1-2'].map(parseCursor)).toEqual(
      Array(4).fill(undefined),
    )
  })
})
