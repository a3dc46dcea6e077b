import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CircuitSignal } from '../../src/circuit-breaker/circuit-breaker.ts'
import {
  CIRCUIT_SIGNALS,
  CIRCUIT_STATES,
  CIRCUIT_TRANSITIONS,
  CircuitBreaker,
} from '../../src/circuit-breaker/circuit-breaker.ts'
import { silentLogger } from '../../src/client/logger.ts'

const gone = new Error('ECONNREFUSED')

function breakerWith(probe?: () => Promise<void>) {
  const states: string[] = []
  const breaker: CircuitBreaker = new CircuitBreaker(
    'orders-group',
    {
      dependencies: [{ name: 'database', isAway: (error) => error === gone, ...(probe && { probe }) }],
      probeBackOff: { initialMs: 100, maxMs: 300 },
      probeTimeoutMs: 1000,
    },
    silentLogger,
    () => states.push(breaker.report.state),
  )
  return { breaker, states }
}

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('a circuit breaker', () => {
  it('has an answer to every signal in every state: it changes the state, or means nothing there', () => {
    const changes = CIRCUIT_STATES.flatMap((state) =>
      CIRCUIT_SIGNALS.map((signal: CircuitSignal) => [state, signal, CIRCUIT_TRANSITIONS[state][signal] ?? state]),
    )
    expect(changes).toEqual([
      ['closed', 'dependency away', 'open'],
      ['closed', 'probe failed', 'closed'],
      ['closed', 'probe passed', 'closed'],
      ['closed', 'batch worked', 'closed'],
      ['open', 'dependency away', 'open'],
      ['open', 'probe failed', 'open'],
      ['open', 'probe passed', 'half-open'],
      ['open', 'batch worked', 'open'],
      ['half-open', 'dependency away', 'open'],
      ['half-open', 'probe failed', 'half-open'],
      ['half-open', 'probe passed', 'half-open'],
      ['half-open', 'batch worked', 'closed'],
    ])
  })

  it('does not open for an error that says nothing of a dependency', () => {
    const { breaker, states } = breakerWith()
    breaker.settled([new Error('a bad record')])
    expect(states).toEqual([])
    expect(breaker.report).toEqual({ state: 'closed' })
  })

  it('opens when a dependency is away, says which and why, and is half-open when the probe passes', async () => {
    const probes: (Error | undefined)[] = [new Error('still gone'), undefined]
    const { breaker, states } = breakerWith(async () => {
      const error = probes.shift()
      if (error) throw error
    })
    breaker.settled([new Error('a bad record'), gone])
    expect(breaker.admits).toBe(false)
    expect(breaker.report).toMatchObject({ state: 'open', dependency: 'database', reason: 'ECONNREFUSED' })
    await vi.advanceTimersByTimeAsync(100)
    expect(breaker.report).toMatchObject({ state: 'open', reason: 'still gone' })
    await vi.advanceTimersByTimeAsync(200)
    expect(breaker.admits).toBe(true)
    breaker.settled([])
    expect(states).toEqual(['open', 'half-open', 'closed'])
  })

  it('without a probe lets the next batch find out, after longer and longer waits', async () => {
    const { breaker, states } = breakerWith()
    breaker.settled([gone])
    for (const waitMs of [100, 200, 300, 300]) {
      await vi.advanceTimersByTimeAsync(waitMs - 1)
      expect(breaker.report.state).toBe('open')
      await vi.advanceTimersByTimeAsync(1)
      expect(breaker.report.state).toBe('half-open')
      breaker.settled([gone])
    }
    expect(states.slice(0, 5)).toEqual(['open', 'half-open', 'open', 'half-open', 'open'])
  })

  it('takes a probe that says nothing for a failed one', async () => {
    const { breaker } = breakerWith(() => new Promise(() => {}))
    breaker.settled([gone])
    await vi.advanceTimersByTimeAsync(100)
    await vi.advanceTimersByTimeAsync(1000)
    expect(breaker.report).toMatchObject({ state: 'open', reason: 'no answer within 1000 ms' })
  })

  it('is closed after a reset, whatever a probe under way says', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { breaker, states } = breakerWith(() => promise)
    breaker.settled([gone])
    await vi.advanceTimersByTimeAsync(100)
    breaker.reset()
    resolve()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(breaker.report).toEqual({ state: 'closed' })
    expect(states).toEqual(['open'])
  })

  it('refuses to be made without dependencies, or with two of one name', () => {
    const made = (names: readonly string[]) => () =>
      new CircuitBreaker(
        'g',
        { dependencies: names.map((name) => ({ name, isAway: () => false })) },
        silentLogger,
        () => {},
      )
    expect(made([])).toThrow('A circuit breaker needs at least one dependency')
    expect(made(['database', 'gateway', 'database'])).toThrow('database is there twice')
  })
})
