import { describe, expect, test } from 'vitest'
import type { InFlightRecord, SampledGroup } from '../src/index.ts'
import { createGroupStates } from '../src/index.ts'

const EVERY_MS = 5_000
const group = (committed: number | null, head: number, rest: Partial<SampledGroup> = {}): SampledGroup => ({
  group: 'payment-group',
  state: 'Stable',
  members: 1,
  partitions: [
    {
      topic: 'order-events',
      partition: 3,
      committed: committed === null ? null : BigInt(committed),
      head: BigInt(head),
      logStart: 0n,
    },
  ],
  ...rest,
})

/** One sample every 5 s from 0 on; answers what is said after the last one. */
function after(samples: readonly SampledGroup[], inFlight: readonly InFlightRecord[] = []) {
  const states = createGroupStates()
  for (const [index, sample] of samples.entries()) {
    states.sample({ atMs: index * EVERY_MS, groups: [sample], inFlight })
  }
  return states.states((samples.length - 1) * EVERY_MS)[0]
}
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))

describe('a consumer group', () => {
  test('that keeps up is ok, and so is one that works through a heap', () => {
    expect(after([group(10, 10)])).toEqual({ group: 'payment-group', status: 'ok', detail: 'Nothing waits.' })
    expect(after(times(12, (i) => group(i * 100, 5_000)))).toEqual({
      group: 'payment-group',
      status: 'ok',
      detail: '3900 records are on the way.',
    })
  })

  test('without members has stopped when records wait, and only then', () => {
    const empty = { members: 0, state: 'Empty' }

    expect(after([group(10, 10, empty)])?.status).toBe('ok')
    expect(after([group(10, 11, empty)])).toEqual({
      group: 'payment-group',
      status: 'stopped',
      detail: 'payment-group has no members; 1 record of order-events waits.',
    })
  })

  test('that is busy with itself has stopped after a minute', () => {
    const rebalancing = { state: 'PreparingRebalance' }

    expect(after(times(12, () => group(10, 12, rebalancing)))?.status).not.toBe('stopped')
    expect(after(times(13, () => group(10, 12, rebalancing)))).toMatchObject({
      status: 'stopped',
      detail:
        'payment-group has been in state PreparingRebalance for 60 s and consumes nothing; 2 records of order-events wait.',
    })
  })

  test('is not called stopped because the monitor was cut off', () => {
    const states = createGroupStates()
    states.sample({ atMs: 0, groups: [group(10, 12, { state: 'PreparingRebalance' })] })

    expect(states.states(600_000)[0]?.status).toBe('ok')
  })

  test('stalls when its offset stands for the whole window while records wait; the record in hand is named', () => {
    const standing = (count: number) => times(count, (i) => group(812, 900 + i))
    const held = {
      group: 'payment-group',
      topic: 'order-events',
      partition: 3,
      offset: 812n,
      sinceMs: -19_000,
      handler: 'authorisePayment',
    }

    expect(after(standing(11))?.status).toBe('ok')
    expect(after(standing(12))).toEqual({
      group: 'payment-group',
      status: 'stalled',
      detail: '99 records of order-events/3 wait, and offset 812 has stood for 55 s.',
      partition: { topic: 'order-events', partition: 3 },
    })
    expect(after(standing(12), [held])?.detail).toBe(
      'Handler authorisePayment has held offset 812 of order-events/3 for 74 s; 99 records of order-events/3 wait.',
    )
  })

  test('stalls at its very first record, too, before it ever committed', () => {
    expect(after(times(12, () => group(null, 4)))).toMatchObject({ status: 'stalled' })
    expect(after(times(12, () => group(null, 0)))).toMatchObject({ status: 'ok' })
  })

  test('is rewound when its offset falls and does not come back', () => {
    const back = [1000, 2000, 3000, 100, 200, 300].map((offset) => group(offset, 3_100))

    expect(after(back)).toMatchObject({
      status: 'rewound',
      detail: 'The offset of order-events/3 was set back from 3000; it is 300 now, and 2800 records are read again.',
    })
    expect(after([...back, group(3_050, 3_100)])?.status).toBe('ok')
  })

  test('is not called rewound after a reset that was announced, as long as it was announced for', () => {
    const states = createGroupStates()
    const rounds = (from: number, offsets: readonly number[]) => {
      for (const [index, offset] of offsets.entries()) {
        states.sample({ atMs: from + index * EVERY_MS, groups: [group(offset, 9_000)] })
      }
      return states.states(from + offsets.length * EVERY_MS)[0]?.status
    }

    states.expectRewind('payment-group', 600_000)
    expect(rounds(0, [1000, 2000, 3000, 100, 200, 300])).toBe('ok')
    expect(rounds(700_000, [4000, 5000, 6000, 100, 200, 300])).toBe('rewound')
  })

  test('falls behind when its lag grows by 20 and never falls', () => {
    const growing = (by: number) => times(12, (i) => group(i * 10, 100 + i * (10 + by)))

    expect(after(growing(2))).toMatchObject({
      status: 'falling_behind',
      detail: 'The lag of order-events/3 grew from 100 to 122 within 55 s and never fell.',
    })
    expect(after(growing(1))?.status).toBe('ok')
    expect(after([...growing(2), group(200, 230)])?.status).toBe('ok')
  })

  test('is as bad as its worst partition', () => {
    const both = times(12, (i) =>
      group(0, 0, {
        partitions: [
          { topic: 'a', partition: 0, committed: BigInt(i * 10), head: BigInt(100 + i * 20), logStart: 0n },
          { topic: 'b', partition: 1, committed: 5n, head: 9n, logStart: 0n },
        ],
      }),
    )

    expect(after(both)).toMatchObject({ status: 'stalled', partition: { topic: 'b', partition: 1 } })
  })

  test('is forgotten with its history when it is gone', () => {
    const states = createGroupStates()
    for (let i = 0; i < 12; i++) states.sample({ atMs: i * EVERY_MS, groups: [group(812, 900)] })
    states.sample({ atMs: 60_000, groups: [] })
    expect(states.states(60_000)).toEqual([])

    states.sample({ atMs: 65_000, groups: [group(812, 900)] })
    expect(states.states(65_000)[0]?.status).toBe('ok')
  })
})
