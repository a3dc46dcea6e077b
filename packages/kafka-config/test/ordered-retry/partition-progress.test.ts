import { describe, expect, it } from 'vitest'
import { PartitionProgress } from '../../src/ordered-retry/partition-progress.ts'

const start = { topic: 'orders', partition: 0, offset: 10n }

/** Records up to `next` came, those of `parked` failed. */
function progressOf(next: bigint, parked: readonly bigint[]): PartitionProgress {
  const progress = new PartitionProgress(start)
  progress.taken(next)
  for (const offset of parked) progress.park(offset, 0)
  progress.reached(undefined)
  return progress
}

const offsets = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => BigInt(from + index))

describe('what is committed of a partition', () => {
  it('is where it has got to while nothing is parked', () => {
    expect(progressOf(20n, []).commit).toEqual({ topic: 'orders', partition: 0, offset: 20n })
  })

  it('never passes the oldest parked record', () => {
    const progress = progressOf(20n, [12n, 15n])
    expect(progress.commit.offset).toBe(12n)
    progress.done(15n)
    expect(progress.commit.offset).toBe(12n)
    progress.done(12n)
    expect(progress.commit.offset).toBe(20n)
  })

  it('is no further than what was handed back untouched', () => {
    const progress = new PartitionProgress(start)
    progress.taken(20n)
    progress.reached(14n)
    expect(progress.commit.offset).toBe(14n)
  })

  it('tells a successor what was handled above it', () => {
    const { commit } = progressOf(20n, [12n, 15n])
    const successor = new PartitionProgress(commit)
    expect(offsets(12, 22).filter((offset) => !successor.handledBefore(offset))).toEqual([12n, 15n, 20n, 21n])
  })

  it('tells the next successor too, when the first one has got no further than the parked record', () => {
    const second = new PartitionProgress(progressOf(20n, [12n, 15n]).commit)
    second.taken(13n)
    second.park(12n, 0)
    second.reached(undefined)
    const third = new PartitionProgress(second.commit)
    expect(offsets(12, 22).filter((offset) => !third.handledBefore(offset))).toEqual([12n, 15n, 20n, 21n])
  })
})

it('the distance of a partition is from its oldest parked record to what was taken last', () => {
  expect(progressOf(20n, []).distance).toBe(0)
  expect(progressOf(20n, [12n, 15n]).distance).toBe(8)
})
