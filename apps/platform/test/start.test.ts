import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { kafkaBootstrap, waitFor } from '../../../test/servers.ts'
import type { PlatformEvent, PlatformEventOf } from '../src/index.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const DEMO = fileURLToPath(new URL('../src/demo.ts', import.meta.url))
const LOADED_BEFORE_OUTPUT = new URL('fixtures/loaded-before-output.ts', import.meta.url).href
const TOPOLOGY = fileURLToPath(new URL('fixtures/topology.ts', import.meta.url))

let data: string
const children: ChildProcess[] = []
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'stocker-start-'))
})
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }
  rmSync(data, { recursive: true, force: true, maxRetries: 10 })
})

interface Run {
  readonly child: ChildProcess
  readonly output: () => string
  readonly exited: Promise<number | string>
  event<N extends PlatformEvent['event']>(name: N): Promise<PlatformEventOf<N>>
}

function run(script: string, ...words: string[]): Run {
  // No colours and no keys in a pipe, whatever the terminal of the test run is.
  const child = spawn(process.execPath, [script, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')))
  return {
    child,
    output: () => output,
    exited: once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string),
    event: (name) =>
      waitFor(
        () => {
          if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${output}`)
          const lines = output.split('\n').filter((line) => line.startsWith('{'))
          return lines.map((line) => JSON.parse(line) as PlatformEvent).find(({ event }) => event === name) as never
        },
        { what: `the event ${name}` },
      ),
  }
}

/** Fixture services on the servers of the test run. */
const start = (...words: string[]): Run =>
  run(
    MAIN,
    '--topology',
    TOPOLOGY,
    '--data',
    data,
    '--port-base',
    '0',
    '--kafka',
    kafkaBootstrap(),
    '--postgres',
    inject('postgres'),
    ...words,
  )

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('npm start', () => {
  test('says that it starts, shows services and one order, and ends in order on Ctrl-C', async () => {
    const platform = start()
    await waitFor(() => platform.output().includes('delivered'), { what: 'the demo order' })

    platform.child.kill('SIGINT')
    expect(await platform.exited).toBe(0)
    const text = platform.output()
    expect(text).toContain('amazon-platform')
    expect(text).toMatch(/ready in \d+\.\d s/)
    expect(text).toMatch(/ {2}order {5}http:\/\/localhost:\d+ {3}\d+/)
    expect(text).toMatch(/\d\d:\d\d:\d\d\.\d{3} order .*0000cafe payment processed +payment-events\/\d@\d+/)
    expect(text).toMatch(/curl -sX POST http:\/\/localhost:\d+\/api\/orders/)
    expect(text).toMatch(/stopped in \d+\.\d s\n$/)
    expect(text, 'no colours in a pipe').not.toContain('\x1b[')
  })

  test('loads nothing heavy before its first line', async () => {
    const starting = run('--import', LOADED_BEFORE_OUTPUT, MAIN, '--data', data)
    expect(await starting.exited).toBe(0)
    const loaded: string[] = JSON.parse(starting.output())
    expect(loaded).toContain(new URL('../src/start.ts', import.meta.url).href)
    expect(loaded).not.toContain(new URL('../src/session.ts', import.meta.url).href)
    expect(loaded.filter((url) => url.includes('/node_modules/'))).toEqual([expect.stringContaining('/picocolors/')])
  })

  test('with --json: the ready line, and the exit and the return of a service that was killed', async () => {
    const platform = start('--json')
    const ready = await platform.event('ready')
    expect(ready).toMatchObject({ kafka: kafkaBootstrap(), postgres: inject('postgres'), seconds: expect.any(Number) })
    const order = ready.services.find(({ name }) => name === 'order-service')
    expect(await (await fetch(`${order?.url}/health/ready`)).json()).toEqual({ status: 'up' })

    process.kill(order?.pid ?? 0, 'SIGKILL')
    const restarted = await platform.event('service-restarted')
    expect(await platform.event('service-exited')).toMatchObject({ name: 'order-service', signal: 'SIGKILL' })

    platform.child.kill('SIGTERM')
    expect(await platform.exited).toBe(0)
    expect(alive(restarted.pid)).toBe(false)
    expect(
      platform
        .output()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line).event),
    ).toContain('stopped')
  })

  test('a second time on the same data says that it runs already; the demo finds it', async () => {
    const platform = start('--json')
    const { services } = await platform.event('ready')

    const second = start('--json')
    expect(await second.exited).toBe(0)
    expect(JSON.parse(second.output().trim().split('\n').at(-1) ?? '')).toMatchObject({
      event: 'already-running',
      pid: platform.child.pid,
      services,
    })

    const demo = run(DEMO, '--data', data, '--json')
    expect(await demo.exited, demo.output()).toBe(0)
    const events = demo
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events.filter(({ event }) => event === 'status').map(({ status }) => status)).toEqual([
      'CREATED',
      'CONFIRMED',
      'DELIVERED',
    ])
    expect(events.filter(({ event }) => event === 'step').map(({ type }) => type)).toContain('PaymentProcessedEvent')
  })

  test('with a wrong flag ends with code 2, without a stack trace', async () => {
    const wrong = run(MAIN, '--jsno')
    expect(await wrong.exited).toBe(2)
    expect(wrong.output()).toContain('unknown flag --jsno; did you mean --json?')
    expect(wrong.output()).not.toContain('    at ')
  })

  test('stops when npm is stopped, whose shell does not pass the signal on', async () => {
    // What npm runs: a shell that waits for its child.
    const words = ['--topology', TOPOLOGY, '--data', data, '--port-base', '0', '--kafka', kafkaBootstrap()]
    const line = [process.execPath, MAIN, ...words, '--postgres', inject('postgres'), '--json'].join(' ')
    const npm = spawn('sh', ['-c', `${line}; exit $?`], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, npm_lifecycle_event: 'start' },
    })
    children.push(npm)
    let output = ''
    npm.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')))
    const events = () =>
      output
        .split('\n')
        .filter(Boolean)
        .map((text) => JSON.parse(text) as PlatformEvent)
    const said = (name: PlatformEvent['event']) => events().find(({ event }) => event === name)
    await waitFor(() => said('ready'), { timeoutMs: 50_000, what: 'the platform to be ready' })

    npm.kill('SIGTERM')

    await waitFor(() => said('stopped'), { timeoutMs: 30_000, what: 'the platform to stop' })
    const pids = (said('ready') as PlatformEventOf<'ready'>).services.map(({ pid }) => pid)
    expect(pids.filter(alive)).toEqual([])
  })

  test('killed with SIGKILL leaves no process behind, and the next start finds its data', async () => {
    const ports = ['--kafka-port', '0', '--postgres-port', '0', '--port-base', '0']
    const words = ['--topology', TOPOLOGY, '--data', data, ...ports, '--json']
    const first = run(MAIN, ...words)
    const { services } = await first.event('ready')
    const servers = ['kafka', 'postgres'].map(
      (name) => JSON.parse(readFileSync(join(data, name, 'claim.json'), 'utf8')).server.pid as number,
    )
    const pids = [...services.map(({ pid }) => pid), ...servers]
    expect(pids.every(alive)).toBe(true)

    first.child.kill('SIGKILL')
    await waitFor(() => !pids.some(alive), { what: 'all processes to be gone' })

    // On the database that was left; a second broker would only cost time.
    const second = run(MAIN, ...words, '--kafka', kafkaBootstrap())
    expect((await second.event('ready')).firstStart).toBe(false)
    second.child.kill('SIGINT')
    expect(await second.exited).toBe(0)
  })
})

test('the demo without a platform says how to start one', async () => {
  const demo = run(DEMO, '--data', data)
  expect(await demo.exited).toBe(5)
  expect(demo.output()).toContain('start it with npm start')
})
