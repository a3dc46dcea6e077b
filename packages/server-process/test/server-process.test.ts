import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import type { ServerProcess } from '../src/index.ts'
import { childrenOf, commandLine, endOrphan, identify, startServerProcess } from '../src/index.ts'

let directory: string
let started: ServerProcess[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stocker-server-'))
})

afterEach(async () => {
  await Promise.all(started.map((server) => server.running && server.kill()))
  started = []
  await rm(directory, { recursive: true, force: true })
})

/** A server written as a shell script, which has taken its place when it has printed `up`. */
async function startScript(script: string): Promise<ServerProcess> {
  const logFile = join(directory, 'server.log')
  const server = await startServerProcess({
    command: '/bin/sh',
    args: ['-c', `${script}; while :; do sleep 0.05; done`],
    directory,
    logFile,
    environment: process.env,
    stopSignals: [{ signal: 'SIGTERM', waitMs: 300 }],
  })
  started.push(server)
  await waitFor(async () => (await readFile(logFile, 'utf8')).includes('up'), { what: 'the server to print up' })
  return server
}

test('stop ends the server by its signal', async () => {
  const server = await startScript('trap "exit 7" TERM; echo up')
  expect(await server.stop()).toEqual({ code: 7, signal: null, expected: true })
  expect(server.running).toBe(false)
})

test('a server that ignores its signal is killed', async () => {
  const server = await startScript('trap "" TERM; echo up')
  expect(await server.stop()).toEqual({ code: null, signal: 'SIGKILL', expected: true })
})

test('an end that nobody asked for is told as such', async () => {
  const server = await startScript('echo up; exit 3')
  expect(await server.exited).toEqual({ code: 3, signal: null, expected: false })
})

test('a Ctrl-C in the terminal does not reach the server', async () => {
  const server = await startScript('echo up')
  const groupOf = (pid: number) => execFileSync('ps', ['-o', 'pgid=', '-p', String(pid)], { encoding: 'utf8' }).trim()
  expect(groupOf(server.pid)).not.toBe(groupOf(process.pid))
})

test('the watchdog goes when the server has ended', async () => {
  const server = await startScript('echo up')
  const watchdogs = async () => {
    const children = await childrenOf(process.pid)
    const commands = await Promise.all(children.map(commandLine))
    return commands.filter((command) => command.includes(`watchdog ${server.pid} `)).length
  }
  expect(await watchdogs()).toBe(1)
  await server.kill()
  await waitFor(async () => (await watchdogs()) === 0, { what: 'the watchdog to go' })
})

test('a program that does not exist is an error, not a crash', async () => {
  const command = { command: '/nowhere/server', args: [], directory, logFile: join(directory, 'server.log') }
  await expect(startServerProcess({ ...command, environment: {}, stopSignals: [] })).rejects.toThrow('ENOENT')
})

test.each([
  ['ends by its signal', 'trap "echo asked; exit" TERM'],
  ['is killed if it ignores its signal', 'trap "" TERM'],
])('the server of a process that dies of kill -9 %s', async (_, trap) => {
  const owner = spawn(
    process.execPath,
    [join(import.meta.dirname, 'owner.ts'), directory, `${trap}; echo up; while :; do sleep 0.05; done`],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const [line] = (await once(owner.stdout, 'data')) as [Buffer]
  const pid = Number(line.toString())
  const server = await waitFor(() => identify(pid), { what: 'the server to run' })
  const log = () => readFile(join(directory, 'server.log'), 'utf8')
  await waitFor(async () => (await log()).includes('up'), { what: 'the server to print up' })

  owner.kill('SIGKILL')

  await waitFor(async () => (await identify(server.pid)) === undefined, { what: 'the server to end' })
  expect((await log()).includes('asked')).toBe(trap.includes('asked'))
})

test('an orphan is ended, though it ignores the signal', async () => {
  const server = await startScript('trap "" TERM; echo up')
  const identity = await waitFor(() => identify(server.pid), { what: 'the server to run' })
  await endOrphan(identity, [{ signal: 'SIGTERM', waitMs: 100 }])
  expect(await identify(server.pid)).toBeUndefined()
})
