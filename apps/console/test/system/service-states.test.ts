import { createHealth, createHttpApp, createLogger, createMetrics } from '@stocker/service-kit'
import { afterEach, describe, expect, it } from 'vitest'
import { readServiceState } from '../../src/system/service-states.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A service as the kit makes it, with one component. */
async function serve(up: boolean) {
  const health = createHealth()
  health.add('database', () => ({ up, detail: up ? 'answers in 1 ms' : 'connect ECONNREFUSED' }))
  const app = createHttpApp({
    ...{ service: 'order-service', version: '1', description: '', health },
    logger: createLogger({ service: 'order-service', level: 'silent' }),
    metrics: createMetrics(),
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  closing.push(() => app.close())
  return { name: 'order-service', url }
}

const part = (state: 'ready' | 'starting' | 'paused' | 'stopped') =>
  ({ name: 'order-service', kind: 'service', state, pid: 7, restarts: 2 }) as const

describe('a service', () => {
  it('that is ready says so, with memory and delays of its process', async () => {
    const state = await readServiceState(await serve(true), part('ready'))

    expect(state).toMatchObject({
      state: 'ready',
      detail: '1 component is up',
      components: [{ name: 'database', up: true, detail: 'answers in 1 ms' }],
      pid: 7,
      restarts: 2,
    })
    expect(state.heapBytes).toBeGreaterThan(1_000_000)
    expect(Date.parse(state.startedAt ?? '')).toBeLessThan(Date.now())
  })

  it('that misses something says what', async () => {
    expect(await readServiceState(await serve(false), undefined)).toMatchObject({
      state: 'not ready',
      detail: 'database: connect ECONNREFUSED',
      pid: null,
      restarts: null,
    })
  })

  it('that does not answer is away; whoever runs it knows better', async () => {
    const gone = { name: 'order-service', url: 'http://127.0.0.1:9' }

    expect(await readServiceState(gone, undefined)).toMatchObject({
      state: 'away',
      detail: 'nothing answers at http://127.0.0.1:9',
      heapBytes: null,
    })
    expect(await readServiceState(gone, part('starting'))).toMatchObject({ state: 'starting' })
    expect(await readServiceState(gone, part('paused'))).toMatchObject({ state: 'paused', pid: 7 })
    expect(await readServiceState(gone, part('stopped'))).toMatchObject({ state: 'stopped' })
  })
})
