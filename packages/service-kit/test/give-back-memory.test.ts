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

test('nothing is collected after the end', () => {
  const { state, stop } = processWith()
  state.resident = 200 * MIB
  state.quietMs = 60_000

  stop()
  vi.advanceTimersByTime(60_000)

  expect(state.collections).toBe(1)
})
