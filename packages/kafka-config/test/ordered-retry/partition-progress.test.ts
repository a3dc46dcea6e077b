import { describe, expect, it } from 'vitest'
import { PartitionProgress } from '../../src/ordered-retry/partition-progress.ts'

const start = { topic: 'orders', partition: 0, offset: 10n }

/** Records up to `next` came, those of `parked` failed. */
function progressOf(next: bigint, parked: readonly bigint[]): PartitionProgress {
  const progress = new PartitionProgress(start)
  progress.taken(next)
  for (const offset of parked) progress.waits(offset)
  progress.reached()
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

  it('does not move before it is known what became of what was taken', () => {
    const progress = new PartitionProgress(start)
    progress.taken(20n)
    expect(progress.commit.offset).toBe(10n)
    progress.waits(14n)
    progress.reached()
    expect(progress.commit.offset).toBe(14n)
  })

  it('is the oldest parked record in whatever order they were parked', () => {
    const progress = progressOf(20n, [15n, 12n, 17n, 13n])
    const oldest: bigint[] = []
    for (const offset of [12n, 15n, 13n, 17n]) {
      oldest.push(progress.commit.offset)
      progress.done(offset)
    }
    expect([...oldest, progress.commit.offset]).toEqual([12n, 13n, 13n, 17n, 20n])
  })

  it('tells a successor what was handled above it', () => {
    const { commit } = progressOf(20n, [12n, 15n])
    const successor = new PartitionProgress(commit)
    expect(offsets(12, 22).filter((offset) => !successor.handledBefore(offset))).toEqual([12n, 15n, 20n, 21n])
  })

  it('tells the next successor too, when the first one has got no further than the parked record', () => {
    const second = new PartitionProgress(progressOf(20n, [12n, 15n]).commit)
    second.taken(13n)
    second.waits(12n)
    second.reached()
    const third = new PartitionProgress(second.commit)
    expect(offsets(12, 22).filter((offset) => !third.handledBefore(offset))).toEqual([12n, 15n, 20n, 21n])
  })
})

it('the distance of a partition is from its oldest parked record to what was taken last', () => {
  expect(progressOf(20n, []).distance).toBe(0)
  expect(progressOf(20n, [12n, 15n]).distance).toBe(8)
})
