import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { childrenOf, commandLine, identify } from '@stocker/server-process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testTopic, waitFor } from '../../../test/servers.ts'
import { startEmbeddedKafka } from '../src/index.ts'
import { createTopic, receive, send } from './records.ts'

let dataDir: string

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'stocker-kafka-'))
})

afterEach(() => rm(dataDir, { recursive: true, force: true }))

interface OwnedBroker {
  readonly pid: number
  readonly bootstrapServers: string
}

async function startOwner(): Promise<{ readonly owner: ChildProcess; readonly broker: OwnedBroker }> {
  const owner = spawn(process.execPath, [join(import.meta.dirname, 'owner.ts'), dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(owner.stdout, 'data')) as [Buffer]
  return { owner, broker: JSON.parse(line.toString()) as OwnedBroker }
}

async function recordSurvives(broker: OwnedBroker, end: () => Promise<void>): Promise<void> {
  const topic = testTopic('orders')
  await createTopic(broker.bootstrapServers, topic)
  await send(broker.bootstrapServers, topic, ['created'])
  await end()
  await using successor = await startEmbeddedKafka({ dataDir, port: 0 })
  expect(await identify(broker.pid)).toBeUndefined()
  expect(await receive(successor.bootstrapServers, topic, 1)).toEqual(['created'])
}

test('kill -9 of the process that started it ends the broker, and the next start has its records', async () => {
  const { owner, broker } = await startOwner()
  await recordSurvives(broker, async () => {
    owner.kill('SIGKILL')
    await waitFor(async () => (await identify(broker.pid)) === undefined, { what: 'the broker to end' })
  })
})

test('a broker that outlived its owner and its watchdog is ended by the next start on its directory', async () => {
  const { owner, broker } = await startOwner()
  await recordSurvives(broker, async () => {
    const children = await childrenOf(owner.pid ?? -1)
    for (const child of children) {
      if ((await commandLine(child)).includes('watchdog')) process.kill(child, 'SIGKILL')
    }
    owner.kill('SIGKILL')
    await once(owner, 'exit')
    expect(await identify(broker.pid)).toBeDefined()
  })
})
