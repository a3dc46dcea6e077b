import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { giveBackMemory } from '../src/service/give-back-memory.ts'

const MIB = 1024 * 1024

/** A process whose memory and quiet a test sets; a collection takes it down to 100 MiB. */
function processWith() {
  const state = { resident: 120 * MIB, quietMs: 0, collections: 0 }
  const stop = giveBackMemory(
    { quietMs: () => state.quietMs },
    {
      collect: () => {
        state.collections += 1
        state.resident = 100 * MIB
      },
      residentBytes: () => state.resident,
    },
  )
  return { state, stop }
}

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

test('what the start needed is given back at once', () => {
  expect(processWith().state).toMatchObject({ collections: 1, resident: 100 * MIB })
})

test('what a burst needed is given back when it is over, once', () => {
  const { state } = processWith()
  state.resident = 200 * MIB

  vi.advanceTimersByTime(60_000)
  expect(state.collections).toBe(1)

  state.quietMs = 10_000
  vi.advanceTimersByTime(5_000)
  expect(state).toMatchObject({ collections: 2, resident: 100 * MIB })

  vi.advanceTimersByTime(60_000)
  expect(state.collections).toBe(2)
})

test('a service that has hardly grown is left alone', () => {
  const { state } = processWith()
  state.resident = 115 * MIB
  state.quietMs = 60_000

  vi.advanceTimersByTime(60_000)

  expect(state.collections).toBe(1)
})

test('a process that always grows again is collected less and less often, up to every ten minutes', () => {
  const { state } = processWith()
  state.quietMs = 60_000
  const collectedAt: number[] = []

  for (let seconds = 5; seconds <= 3_600; seconds += 5) {
    const before = state.collections
    state.resident = 120 * MIB
    vi.advanceTimersByTime(5_000)
    if (state.collections > before) collectedAt.push(seconds)
  }

  expect(collectedAt).toEqual([5, 65, 185, 425, 905, 1_505, 2_105, 2_705, 3_305])
})

test('and as at first again when it has grown slowly for once', () => {
  const { state } = processWith()
  state.quietMs = 60_000
  const grow = (afterMs: number): number => {
    const before = state.collections
    state.resident = 100 * MIB
    vi.advanceTimersByTime(afterMs)
    state.resident = 120 * MIB
    vi.advanceTimersByTime(5_000)
    return state.collections - before
  }
  expect([grow(0), grow(0)]).toEqual([1, 0])

  expect(grow(180_000)).toBe(1)
  expect(grow(0)).toBe(1)
})

test('nothing is collected after the end', () => {
  const { state, stop } = processWith()
  state.resident = 200 * MIB
  state.quietMs = 60_000

  stop()
  vi.advanceTimersByTime(60_000)

  expect(state.collections).toBe(1)
})
