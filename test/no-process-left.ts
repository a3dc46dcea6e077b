import { childrenOf, commandLine } from '@stocker/server-process'
import { afterAll } from 'vitest'

// A worker with a child that runs on never ends, and with it the whole run. Hooks of this file run last: those of the test have ended theirs.
afterAll(async () => {
  if (!process.getActiveResourcesInfo().includes('ProcessWrap')) return
  const left: string[] = []
  for (const pid of await childrenOf(process.pid)) {
    left.push(`${pid} ${await commandLine(pid)}`)
    process.kill(pid, 'SIGKILL')
  }
  if (left.length > 0) throw new Error(`The tests of this file left processes behind; now killed:\n${left.join('\n')}`)
})
