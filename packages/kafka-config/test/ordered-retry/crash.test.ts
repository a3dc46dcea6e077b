import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { kafkaBootstrap, waitFor } from '../../../../test/servers.ts'
import { useCrashingProcesses } from '../crashing-processes.ts'
import { committed, produce, useListeners } from '../listeners.ts'
import { createTopic, freshTopic, testConfig } from '../support.ts'
import { CRASH_POINTS } from './crash-points.ts'
import type { CrashingArguments, CrashingMessage } from './crashing-process.ts'

const { listen } = useListeners()
const startProcess = useCrashingProcesses<CrashingArguments, CrashingMessage>(
  new URL('./crashing-process.ts', import.meta.url),
)
const start = (options: CrashingArguments, handled: string[]) =>
  startProcess(options, (message) => handled.push(message.handled))

/** Value → key, in the order of the partition. */
const RECORDS = {
  first: 'x',
  'fails twice': 'a',
  'always fails': 'b',
  'behind it': 'a',
  'behind the dead letter': 'b',
  last: 'x',
} as const

describe('a process that is killed when', () => {
  it.each(CRASH_POINTS)('%s, loses nothing, and each key keeps its order', async (crashAt) => {
    const config = testConfig()
    const groupId = config.consumer.groupId as string
    const topic = await freshTopic(config, 'ordered-crash', { partitions: 1 })
    await createTopic(config, `${topic}-dlt`, { partitions: 1 })
    const values = Object.keys(RECORDS)
    await produce(config, topic, values, (index) => Object.values(RECORDS)[index] as string)
    const handled: string[] = []
    const options = { bootstrapServers: kafkaBootstrap(), groupId, topic }
    const killed = start({ ...options, crashAt }, handled)
    const [, signal] = await once(killed, 'exit')
    expect(signal).toBe('SIGKILL')
    const before = handled.length

    start(options, handled)
    await waitFor(async () => (await committed(config, topic)) === 6n, { what: 'the commit' })
    const letters = listen(config, [`${topic}-dlt`], { groupId: `${groupId}-letters` })
    await letters.container.start()
    await waitFor(() => letters.records.length > 0, { what: 'the dead letter' })

    expect(new Set(letters.records.map(({ value }) => value))).toEqual(new Set(['always fails']))
    const firstTime = [...new Set(handled)]
    expect(firstTime.toSorted()).toEqual(values.filter((value) => value !== 'always fails').toSorted())
    expect(firstTime.indexOf('fails twice')).toBeLessThan(firstTime.indexOf('behind it'))
    expect(firstTime.indexOf('first')).toBeLessThan(firstTime.indexOf('last'))
    if (crashAt === 'a record is parked and later ones of other keys are committed') {
      // What was handled above the oldest parked record stands in the commit's metadata.
      expect(handled.slice(before).toSorted()).toEqual(['behind it', 'behind the dead letter', 'fails twice'])
    }
  })
})
