import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { childrenOf, commandLine, identify, isRunning } from '../src/index.ts'

test('a process is told from another one that has its pid', async () => {
  const self = await identify(process.pid)
  if (self === undefined) throw new Error('this process does not find itself')
  expect(await isRunning(self)).toBe(true)
  expect(await isRunning({ ...self, startedAt: 'earlier' })).toBe(false)
})

test('a child is listed with its arguments as long as it runs', async () => {
  const child = spawn('sleep', ['61'])
  await once(child, 'spawn')
  const pid = child.pid ?? -1
  expect(await childrenOf(process.pid)).toContain(pid)
  expect((await commandLine(pid)).trim()).toMatch(/sleep 61$/)

  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await identify(pid)).toBeUndefined()
  expect(await commandLine(pid)).toBe('')
})
