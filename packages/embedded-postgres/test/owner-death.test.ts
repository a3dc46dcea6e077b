import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { childrenOf, commandLine, identify } from '@stocker/server-process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import { startEmbeddedPostgres } from '../src/index.ts'
import { sql } from './sql.ts'

const NOBODY = 65_534

let dataDir: string

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'stocker-postgres-'))
})

afterEach(() => rm(dataDir, { recursive: true, force: true }))

interface OwnedServer {
  readonly pid: number
  readonly url: string
}

async function startOwner(user: { readonly uid?: number; readonly gid?: number } = {}) {
  const owner = spawn(process.execPath, [join(import.meta.dirname, 'owner.ts'), dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...user,
  })
  const [line] = (await once(owner.stdout, 'data')) as [Buffer]
  return { owner, server: JSON.parse(line.toString()) as OwnedServer }
}

async function killWatchdog(owner: ChildProcess): Promise<void> {
  for (const child of await childrenOf(owner.pid ?? -1)) {
    if ((await commandLine(child)).includes('watchdog')) process.kill(child, 'SIGKILL')
  }
}

async function rowSurvives(server: OwnedServer, end: () => Promise<void>): Promise<void> {
  await sql(server.url, 'create table t as select 1 as a')
  await end()
  await using successor = await startEmbeddedPostgres({ dataDir, port: 0 })
  expect(await identify(server.pid)).toBeUndefined()
  expect(await sql(successor.url(), 'select a from t')).toEqual([{ a: 1 }])
}

test('kill -9 of the process that started it ends the server, and the next start has its rows', async () => {
  const { owner, server } = await startOwner()
  await rowSurvives(server, async () => {
    owner.kill('SIGKILL')
    await waitFor(async () => (await identify(server.pid)) === undefined, { what: 'the server to end' })
  })
})

test('a server that outlived its owner and its watchdog is ended by the next start on its directory', async () => {
  const { owner, server } = await startOwner()
  await rowSurvives(server, async () => {
    await killWatchdog(owner)
    owner.kill('SIGKILL')
    await once(owner, 'exit')
    expect(await identify(server.pid)).toBeDefined()
  })
})

test('after a kill -9 of everything at once the next start recovers', async () => {
  const { owner, server } = await startOwner()
  await rowSurvives(server, async () => {
    await killWatchdog(owner)
    process.kill(server.pid, 'SIGKILL')
    owner.kill('SIGKILL')
    await once(owner, 'exit')
  })
})

test.runIf(process.getuid?.() === 0)('a normal user runs it under their own name', async () => {
  await chown(dataDir, NOBODY, NOBODY)
  const { owner, server } = await startOwner({ uid: NOBODY, gid: NOBODY })
  expect((await stat(join(dataDir, 'cluster'))).uid).toBe(NOBODY)
  await rowSurvives(server, async () => {
    owner.kill('SIGKILL')
    await waitFor(async () => (await identify(server.pid)) === undefined, { what: 'the server to end' })
  })
})
