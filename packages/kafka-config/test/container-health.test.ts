import type { ContainerHealth, ListenerContainer } from '@stocker/kafka-config'
import { eachRecord, fixedBackOff } from '@stocker/kafka-config'
import { describe, expect, it } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import { produce, useListeners } from './listeners.ts'
import { freshTopic, range, testConfig } from './support.ts'

const { listen } = useListeners()

const becomes = (container: ListenerContainer, is: (health: ContainerHealth) => boolean) =>
  waitFor(
    () => {
      const health = container.health()
      return is(health) && health
    },
    { what: `another health than ${JSON.stringify(container.health())}` },
  )

describe('the health of a listener says why it is down:', () => {
  it('it was not started, or stopped', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'stopped', { partitions: 1 })
    const { container } = listen(config, [topic])
    expect(container.health()).toMatchObject({ up: false, live: true, state: 'stopped', detail: 'not started' })
    await container.start()
    await becomes(container, ({ up }) => up)
    await container.stop()
    expect(container.health()).toMatchObject({ up: false, live: true, state: 'stopped', detail: 'stopped' })
  })

  it('another process took its place over', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'fenced', { partitions: 1 })
    const first = listen(config, [topic], { groupInstanceId: 'one' })
    await first.container.start()
    await becomes(first.container, ({ up }) => up)
    const second = listen(config, [topic], { groupInstanceId: 'one' })
    await second.container.start()
    const health = await becomes(first.container, ({ up }) => !up)
    expect(health).toMatchObject({ live: true, state: 'failed', assignments: 0 })
    expect(health.detail).toContain('group.instance.id')
  })

  it('its batch takes too long; and when its time is up, that only a new process helps', async () => {
    const config = testConfig({ 'spring.kafka.consumer.max-poll-interval': '6500ms' })
    const topic = await freshTopic(config, 'hangs', { partitions: 1 })
    await produce(config, topic, [1])
    const { promise, resolve } = Promise.withResolvers<void>()
    const { container } = listen(config, [topic], { stalledAfterMs: 100, listener: () => promise })
    await container.start()
    const stalled = await becomes(container, ({ detail }) => detail.startsWith('the batch in hand'))
    expect(stalled).toMatchObject({ up: false, live: true })
    const hangs = await becomes(container, ({ live }) => !live)
    expect(hangs.up).toBe(false)
    resolve()
    await becomes(container, ({ live }) => live)
  })

  it('records wait and none is handled', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'none-handled', { partitions: 1 })
    await produce(config, topic, range(3))
    let broken = true
    const { container } = listen(config, [topic], {
      orderedRetry: {},
      stalledAfterMs: 300,
      errorHandler: { backOff: fixedBackOff(10) },
      listener: eachRecord(() => {
        if (broken) throw new Error('no space left')
      }),
    })
    await container.start()
    const health = await becomes(container, ({ up, state }) => !up && state === 'running')
    expect(health.detail).toMatch(/^no record was handled for \d+ s, and 3 wait$/)
    expect(health.lastError).toBe('no space left')
    broken = false
    await becomes(container, ({ up }) => up)
  })

  it('a dependency has been away for long', async () => {
    const config = testConfig()
    const topic = await freshTopic(config, 'away', { partitions: 1 })
    await produce(config, topic, [1])
    const { container } = listen(config, [topic], {
      stalledAfterMs: 200,
      circuitBreaker: {
        dependencies: [{ name: 'gateway', isAway: () => true, probe: () => Promise.reject(new Error('HTTP 503')) }],
        probeBackOff: { initialMs: 20, maxMs: 20 },
      },
      listener: () => Promise.reject(new Error('HTTP 503')),
    })
    await container.start()
    const health = await becomes(container, ({ up, state }) => !up && state === 'circuit-open')
    expect(health.detail).toMatch(/^gateway has been away for \d+ s: HTTP 503$/)
  })
})

it('a listener that is paused on purpose is healthy however long records wait', async () => {
  const config = testConfig()
  const topic = await freshTopic(config, 'paused', { partitions: 1 })
  const { container, records } = listen(config, [topic], { stalledAfterMs: 50 })
  await container.start()
  await becomes(container, ({ up }) => up)
  container.pause()
  await produce(config, topic, range(3))
  await waitFor(async () => (await container.lag())[0]?.lag === 3n, { what: 'the lag' })
  const pausedAt = Date.now()
  await waitFor(() => Date.now() - pausedAt > 200, { what: 'longer than the limit' })
  expect(container.health()).toMatchObject({ up: true, state: 'paused', detail: 'paused' })
  container.resume()
  expect(container.health().up).toBe(true)
  await waitFor(() => records.length === 3, { what: 'the records' })
})
