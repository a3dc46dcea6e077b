import { eachRecord, fixedBackOff } from '@stocker/kafka-config'
import { describe, expect, it } from 'vitest'
import { waitFor } from '../../../../test/servers.ts'
import { committed, produce, useListeners } from '../listeners.ts'
import { freshTopic, range, testConfig } from '../support.ts'

const { listen } = useListeners()

class DatabaseAway extends Error {}

/** A dependency that comes and goes, and what was asked of it. */
function database() {
  const state = { away: true, probes: 0 }
  const circuitBreaker = {
    dependencies: [
      {
        name: 'database',
        isAway: (error: unknown) => error instanceof DatabaseAway,
        probe: async () => {
          state.probes++
          if (state.away) throw new DatabaseAway('ECONNREFUSED')
        },
      },
    ],
    probeBackOff: { initialMs: 20, maxMs: 40 },
  }
  const use = () => {
    if (state.away) throw new DatabaseAway('ECONNREFUSED')
  }
  return { state, circuitBreaker, use }
}

describe.each([
  ['with ordered retry', { orderedRetry: {} }],
  ['with blocking retries', {}],
])('while a dependency is away, %s,', (_what, options) => {
  it('the listener waits for it, no attempt is counted and nothing is parked, and it goes on by itself', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'circuit', { partitions: 2 })
    await produce(config, topic, range(100))
    const { state, circuitBreaker, use } = database()
    let calls = 0
    const recovered: unknown[] = []
    const handled: [value: unknown, attempt: number][] = []
    const { container } = listen(config, [topic], {
      ...options,
      circuitBreaker,
      errorHandler: {
        backOff: fixedBackOff(0, 0),
        recoverer: { recover: async ({ value }) => void recovered.push(value) },
      },
      listener: eachRecord(({ value }, { attempt }) => {
        calls++
        use()
        handled.push([value, attempt])
      }),
    })
    await container.start()
    await waitFor(() => state.probes >= 3, { what: 'three probes' })
    expect(calls).toBe(1)
    expect(container.state).toBe('circuit-open')
    expect(container.health()).toMatchObject({
      up: true,
      detail: 'waits for database: ECONNREFUSED',
      circuit: { state: 'open', dependency: 'database', reason: 'ECONNREFUSED' },
    })
    expect(container.parked().every(({ records }) => records === 0)).toBe(true)
    expect(await committed(config, topic)).toBe(0n)

    state.away = false
    await waitFor(async () => (await committed(config, topic)) === 100n, { what: 'the commit' })
    expect(handled.map(([value]) => value).sort((a, b) => Number(a) - Number(b))).toEqual(range(100))
    expect(handled.every(([, attempt]) => attempt === 1)).toBe(true)
    expect(recovered).toEqual([])
    expect(container.state).toBe('running')
    expect(container.health().circuit).toEqual({ state: 'closed' })
  })

  it('a record that fails for a reason of its own before that is counted as ever', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'circuit-own', { partitions: 1 })
    await produce(config, topic, ['bad', 'good'])
    const { state, circuitBreaker, use } = database()
    state.away = false
    const recovered: unknown[] = []
    const attempts: number[] = []
    const { container } = listen(config, [topic], {
      ...options,
      circuitBreaker,
      errorHandler: {
        backOff: fixedBackOff(10, 2),
        recoverer: { recover: async ({ value }) => void recovered.push(value) },
      },
      listener: eachRecord(({ value }, { attempt }) => {
        // It goes away after the first failure and comes back when it was missed.
        use()
        if (value !== 'bad') return
        attempts.push(attempt)
        state.away = attempts.length === 1
        setTimeout(() => {
          state.away = false
        }, 100)
        throw new Error('bad for a reason of its own')
      }),
    })
    await container.start()
    await waitFor(async () => (await committed(config, topic)) === 2n, { what: 'the commit' })
    expect(attempts).toEqual([1, 2, 3])
    expect(recovered).toEqual(['bad'])
  })

  it('stop does not wait for it, and what was not handled is there for the next', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'circuit-stop', { partitions: 1 })
    await produce(config, topic, range(5))
    const { circuitBreaker, use } = database()
    const { container } = listen(config, [topic], { ...options, circuitBreaker, listener: async () => use() })
    await container.start()
    await waitFor(() => container.state === 'circuit-open', { what: 'the open circuit' })
    await container.stop()
    expect(container.health()).toMatchObject({ up: false, state: 'stopped', circuit: { state: 'closed' } })
    const next = listen(config, [topic], options)
    await next.container.start()
    await waitFor(() => next.records.length === 5, { what: 'all' })
  })
})
