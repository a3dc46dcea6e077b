import { writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { childrenOf, commandLine } from '@stocker/server-process'
import { afterAll, expect } from 'vitest'

/** A child that was killed without waiting for its end is gone by then, on a busy machine, too. */
const ENDING_MS = 20_000
/** Longer than any file takes. Tests and hooks have limits of their own; a module that awaits something at its top has none. */
const FILE_MS = 600_000

// A worker with a child that runs on never ends, and with it the whole run. Hooks of this file run last: those of the test have ended theirs.
afterAll(async () => {
  for (const until = performance.now() + ENDING_MS; hasChildren() && performance.now() < until; ) await delay(20)
  if (!hasChildren()) return
  const left = await killChildren()
  if (left.length > 0) throw new Error(`The tests of this file left processes behind; now killed:\n${left.join('\n')}`)
})

setTimeout(async () => {
  writeSync(2, `${expect.getState().testPath} did not end within ${FILE_MS / 60_000} minutes; its worker is killed.\n`)
  await killChildren()
  process.kill(process.pid, 'SIGKILL')
}, FILE_MS).unref()

const hasChildren = (): boolean => process.getActiveResourcesInfo().includes('ProcessWrap')

async function killChildren(): Promise<readonly string[]> {
  const killed: string[] = []
  for (const pid of await childrenOf(process.pid)) {
    killed.push(`${pid} ${await commandLine(pid)}`)
    process.kill(pid, 'SIGKILL')
  }
  return killed
}
