import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { kafkaBootstrap, waitFor } from '../../../../test/servers.ts'
import { useCrashingProcesses } from '../crashing-processes.ts'
import { committed, produce, useListeners } from '../listeners.ts'
import { freshTopic, testConfig } from '../support.ts'
import { CRASH_POINTS } from './crash-points.ts'
import type { CrashingArguments, CrashingMessage } from './crashing-process.ts'

const { listen } = useListeners()
const startProcess = useCrashingProcesses<CrashingArguments, CrashingMessage>(
  new URL('./crashing-process.ts', import.meta.url),
)
const start = (options: CrashingArguments, handled: CrashingMessage[]) =>
  startProcess(options, (message) => handled.push(message))

describe('§1.B a process that is killed when', () => {
  it.each(CRASH_POINTS)('%s, loses nothing: its successor handles, retries and dead-letters all', async (crashAt) => {
    const config = testConfig()
    const groupId = config.consumer.groupId as string
    const topic = await freshTopic(config, 'crash', { partitions: 1 })
    const values = ['first', 'fails once', 'second', 'always fails', 'third']
    await produce(config, topic, values)
    const handled: CrashingMessage[] = []
    const options = { bootstrapServers: kafkaBootstrap(), groupId, topic }
    const killed = start({ ...options, crashAt }, handled)
    const [, signal] = await once(killed, 'exit')
    expect(signal).toBe('SIGKILL')

    start(options, handled)
    const letters = listen(config, [`${topic}-dlt`], { groupId: `${groupId}-letters` })
    await letters.container.start()
    await waitFor(() => letters.records.length > 0, { what: 'the dead letter' })
    await waitFor(() => handled.some(({ value }) => value === 'fails once'), { what: 'the retry' })
    await waitFor(async () => (await committed(config, topic)) === 5n, { what: 'the commit' })
    expect(new Set(letters.records.map(({ value }) => value))).toEqual(new Set(['always fails']))
    expect(new Set(handled.map(({ value, attempts }) => `${value} in ${attempts}`))).toEqual(
      new Set(['first in main', 'second in main', 'third in main', 'fails once in retry']),
    )
  })
})
