import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ProcessIdentity } from '../src/index.ts'
import { claimDirectory, identify, withDirectoryLock } from '../src/index.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stocker-claim-'))
})

afterEach(() => rm(directory, { recursive: true, force: true }))

const GONE: ProcessIdentity = { pid: process.pid, startedAt: 'of an earlier process that had this pid' }

async function claimOf(owner: ProcessIdentity, server?: ProcessIdentity): Promise<void> {
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, 'claim.json'), JSON.stringify({ owner, server }))
}

test('a directory has one owner at a time', async () => {
  const first = await claimDirectory(directory)
  if (first.status !== 'claimed') throw new Error('not claimed')
  expect(await claimDirectory(directory)).toMatchObject({ status: 'held', holder: { owner: { pid: process.pid } } })

  await first.claim.release()
  expect((await claimDirectory(directory)).status).toBe('claimed')
})

test('of many that claim at once one gets the directory, also when a dead owner left it', async () => {
  await claimOf(GONE)
  const results = await Promise.all(Array.from({ length: 8 }, () => claimDirectory(directory)))
  expect(results.filter(({ status }) => status === 'claimed')).toHaveLength(1)
})

test('the claim of a process that is gone does not hold, though another process has its pid now', async () => {
  await claimOf(GONE)
  expect((await claimDirectory(directory)).status).toBe('claimed')
})

test('a half-written claim does not hold', async () => {
  await writeFile(join(directory, 'claim.json'), '{"owner":{"pi')
  expect((await claimDirectory(directory)).status).toBe('claimed')
})

test('a server that its owner left running is handed to the next owner, and only a running one', async () => {
  const server = spawn('sleep', ['60'])
  await once(server, 'spawn')
  const identity = await identify(server.pid ?? -1)
  if (identity === undefined) throw new Error('the server does not run')

  await claimOf(GONE, identity)
  expect(await claimDirectory(directory)).toMatchObject({ status: 'claimed', orphan: identity })

  server.kill('SIGKILL')
  await once(server, 'exit')
  await claimOf(GONE, identity)
  expect(await claimDirectory(directory)).not.toHaveProperty('orphan')
})

test('work under a lock is done by one at a time, and a failure lets the next one in', async () => {
  let inside = 0
  const work = async () => {
    inside += 1
    expect(inside).toBe(1)
    await new Promise(setImmediate)
    inside -= 1
    throw new Error('failed work')
  }
  const results = await Promise.allSettled([1, 2, 3].map(() => withDirectoryLock(join(directory, 'lock'), work)))
  expect(results.map((result) => result.status === 'rejected' && result.reason.message)).toEqual(
    Array(3).fill('failed work'),
  )
})
