import { describe, expect, test } from 'vitest'
import type { PartitionStatus } from '../src/index.ts'
import { evaluatePartition } from '../src/index.ts'

type CommitRow = readonly [offset: number, atMs: number, lag: number | null]

interface Vector {
  readonly why: string
  readonly commits: readonly CommitRow[]
  readonly heads: readonly number[]
  readonly currentLag: number
  readonly nowSeconds: number
  readonly allowedLag?: number
  readonly status: PartitionStatus
}

const every100s = (offsets: readonly number[], lags: readonly number[]): readonly CommitRow[] =>
  offsets.map((offset, index) => [offset, (index + 1) * 100_000, lags[index] ?? null])
const EVEN = [1000, 2000, 3000, 4000, 5000]
const STANDING = [1000, 1000, 1000, 1000, 1000]
const AND_BACK = [1000, 2000, 3000, 2000, 4000]
const BACK_LAGS = [100, 150, 200, 1250, 300]
const CAUGHT_UP: readonly CommitRow[] = [
  618356, 619362, 620366, 621367, 622370, 623373, 624378, 625379, 626383, 627383, 628383, 629388, 630391, 631394,
  632397,
].map((ms, index) => [792_748_079 + index, 1_512_224_000_000 + ms, 0])

/** The facts of Burrow's own test of its rules (linkedin/Burrow, core/internal/evaluator/caching_test.go), in its order. */
const VECTORS: readonly Vector[] = [
  {
    why: 'lag that was zero somewhere in the window is fine',
    commits: every100s(EVEN, [0, 50, 100, 150, 200]),
    heads: [5200],
    currentLag: 200,
    nowSeconds: 600,
    status: 'OK',
  },
  {
    why: 'a silence as long as the window is no stop yet',
    commits: every100s(EVEN, [0, 50, 100, 150, 200]),
    heads: [5200],
    currentLag: 200,
    nowSeconds: 900,
    status: 'OK',
  },
  {
    why: 'a silence longer than the window is a stop, although the lag had been zero',
    commits: every100s(EVEN, [0, 50, 100, 150, 200]),
    heads: [5200],
    currentLag: 200,
    nowSeconds: 1000,
    status: 'STOP',
  },
  {
    why: 'likewise when the lag was never zero',
    commits: every100s(EVEN, [50, 100, 150, 200, 250]),
    heads: [5250],
    currentLag: 250,
    nowSeconds: 1000,
    status: 'STOP',
  },
  {
    why: 'an offset that stands is no stall while a lag of zero is in the window',
    commits: every100s(STANDING, [0, 50, 100, 150, 200]),
    heads: [1200],
    currentLag: 200,
    nowSeconds: 600,
    status: 'OK',
  },
  {
    why: 'an offset that stands while records always waited is a stall',
    commits: every100s(STANDING, [100, 150, 200, 250, 300]),
    heads: [1300],
    currentLag: 300,
    nowSeconds: 600,
    status: 'STALL',
  },
  {
    why: 'likewise when the lag stays the same',
    commits: every100s(STANDING, [100, 100, 100, 100, 100]),
    heads: [1100],
    currentLag: 100,
    nowSeconds: 600,
    status: 'STALL',
  },
  {
    why: 'a rewind that was made up for is fine',
    commits: every100s(AND_BACK, BACK_LAGS),
    heads: [4300],
    currentLag: 300,
    nowSeconds: 600,
    status: 'OK',
  },
  {
    why: 'without lag now nothing is wrong, however long the silence',
    commits: every100s(EVEN, [50, 100, 150, 200, 250]),
    heads: [5250],
    currentLag: 0,
    nowSeconds: 1000,
    status: 'OK',
  },
  {
    why: 'a group that was never behind has stopped when new records are not read',
    commits: CAUGHT_UP,
    heads: [792_749_024, 792_749_000, 792_748_800, 792_748_600, 792_748_500],
    currentLag: 931,
    nowSeconds: 1_512_224_650,
    status: 'STOP',
  },
  {
    why: 'it has not while the end of the partition was at its offset a moment ago',
    commits: CAUGHT_UP,
    heads: [792_748_094, 792_748_093, 792_748_093, 792_748_093],
    currentLag: 1,
    nowSeconds: 1_512_224_650,
    status: 'OK',
  },
  {
    why: 'commits whose lag nobody knows change nothing',
    commits: [
      [1000, 100_000, 0],
      [1500, 150_000, null],
      [2000, 200_000, 50],
      [2500, 250_000, null],
      [3000, 300_000, 100],
      [3500, 350_000, null],
      [4000, 400_000, 150],
      [4500, 450_000, null],
      [5000, 500_000, 200],
      [5500, 550_000, null],
    ],
    heads: [5700],
    currentLag: 200,
    nowSeconds: 600,
    status: 'OK',
  },
  {
    why: 'a lag that is allowed is as none',
    commits: [
      [1000, 100_000, 2],
      [2000, 200_000, 1],
      [2000, 300_000, 1],
    ],
    heads: [2001],
    currentLag: 1,
    nowSeconds: 550,
    allowedLag: 1,
    status: 'OK',
  },
  {
    why: 'an offset that stands above the allowed lag is a stall',
    commits: every100s(STANDING, [100, 150, 200, 250, 300]),
    heads: [1300],
    currentLag: 300,
    nowSeconds: 600,
    allowedLag: 99,
    status: 'STALL',
  },
  {
    why: 'a rewind that was made up for is fine above the allowed lag, too',
    commits: every100s(AND_BACK, BACK_LAGS),
    heads: [4300],
    currentLag: 300,
    nowSeconds: 600,
    allowedLag: 99,
    status: 'OK',
  },
  {
    why: 'a rewind that was not made up for is told',
    commits: every100s([1000, 2000, 3000, 2000, 2500], BACK_LAGS),
    heads: [4300],
    currentLag: 300,
    nowSeconds: 600,
    status: 'REWIND',
  },
]

describe('a partition is judged as Burrow judges it', () => {
  test.each(VECTORS.map((vector, number) => ({ number, ...vector })))(
    'vector $number: $why',
    ({ commits, heads, currentLag, nowSeconds, allowedLag = 0, status }) => {
      const window = {
        commits: commits.map(([offset, timestampMs, lag]) => ({ offset: BigInt(offset), timestampMs, lag })),
        heads: heads.map(BigInt),
        currentLag,
      }

      expect(evaluatePartition(window, nowSeconds * 1_000, { allowedLag })).toBe(status)
    },
  )

  test('a consumer that moves, with a lag that never falls, is slow', () => {
    const commits = every100s(EVEN, [50, 50, 100, 150, 250]).map(([offset, timestampMs, lag]) => ({
      offset: BigInt(offset),
      timestampMs,
      lag,
    }))

    expect(evaluatePartition({ commits, heads: [5250n], currentLag: 250 }, 600_000)).toBe('WARN')
  })

  test('nothing is said before there is a commit, or before enough of the window is filled', () => {
    const commits = [{ offset: 1n, timestampMs: 0, lag: 9 }]

    expect(evaluatePartition({ commits: [], heads: [10n], currentLag: 10 }, 1_000)).toBe('OK')
    expect(evaluatePartition({ commits, heads: [10n], currentLag: 9 }, 1_000)).toBe('STOP')
    expect(evaluatePartition({ commits, heads: [10n], currentLag: 9 }, 1_000, { minimumComplete: 0.5 })).toBe('OK')
  })
})
