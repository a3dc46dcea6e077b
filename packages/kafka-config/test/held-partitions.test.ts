import type { ListenerRecord } from '@stocker/kafka-config'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { HeldPartitions } from '../src/listener/held-partitions.ts'

const NOW = 1_700_000_000_000

const record = (offset: number, partition = 0) =>
  ({ topic: 'orders', partition, offset: BigInt(offset) }) as ListenerRecord
const held = (offsets: readonly number[], dueAt: number, singly = false, partition = 0) => ({
  topic: 'orders',
  partition,
  records: offsets.map((offset) => record(offset, partition)),
  dueAt,
  singly,
})

let wakes: number[]
let holds: HeldPartitions
const take = () => {
  const due = holds.takeDue(Date.now(), () => true)
  return due && { offsets: due.records.map(({ offset }) => Number(offset)), singly: due.singly }
}

beforeEach(() => {
  vi.useFakeTimers({ now: NOW })
  wakes = []
  holds = new HeldPartitions(() => wakes.push(Date.now() - NOW))
})
afterEach(() => {
  holds.clear()
  vi.useRealTimers()
})

describe('records that were given back', () => {
  it('go out when they are due and not before, the longest due first; their owner is woken each time', () => {
    holds.hold(held([5, 6], NOW + 200))
    holds.hold(held([9], NOW + 100, false, 1))
    expect(take()).toBeUndefined()
    vi.advanceTimersByTime(150)
    expect(take()?.offsets).toEqual([9])
    vi.advanceTimersByTime(100)
    expect(wakes).toEqual([100, 200])
    expect(take()?.offsets).toEqual([5, 6])
    expect(take()).toBeUndefined()
  })

  it('wait longer than a timer of Node can', () => {
    holds.hold(held([5], NOW + 30 * 86_400_000))
    vi.advanceTimersByTime(29 * 86_400_000)
    expect(take()).toBeUndefined()
    vi.advanceTimersByTime(86_400_000)
    expect(take()?.offsets).toEqual([5])
  })

  it('of one partition join in the order of their offsets, and are due when the first of them is', () => {
    holds.hold(held([7, 8], NOW + 3_600_000))
    holds.hold(held([5, 6], NOW + 100))
    vi.advanceTimersByTime(100)
    expect(take()).toEqual({ offsets: [5, 6, 7, 8], singly: false })
  })

  it('wait for the record that is being recovered, and go on without it when it is', () => {
    holds.hold(held([5, 6], Number.POSITIVE_INFINITY))
    holds.hold(held([4], NOW, true))
    vi.advanceTimersByTime(1000)
    expect(take()).toBeUndefined()
    holds.drop(record(5))
    expect(take()).toEqual({ offsets: [4, 6], singly: true })
  })

  it('come with the record whose recovery failed when that is due again', () => {
    holds.hold(held([5, 6], Number.POSITIVE_INFINITY))
    holds.postpone(record(5), NOW + 500)
    holds.postpone(record(9, 1), NOW + 600)
    vi.advanceTimersByTime(500)
    expect(take()?.offsets).toEqual([5, 6])
    vi.advanceTimersByTime(100)
    expect(take()?.offsets).toEqual([9])
  })

  it('stay while their partition may not be handed out', () => {
    holds.hold(held([5], NOW))
    expect(holds.takeDue(NOW, () => false)).toBeUndefined()
    expect(holds.waitingFrom({ topic: 'orders', partition: 0 })).toBe(5n)
    expect(take()?.offsets).toEqual([5])
    expect(holds.waitingFrom({ topic: 'orders', partition: 0 })).toBeUndefined()
  })
})
