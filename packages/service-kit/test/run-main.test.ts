import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { TestDatabase } from '../../../test/servers.ts'
import { createTestDatabase, kafkaBootstrap, testTopic, waitFor } from '../../../test/servers.ts'
import { SERVICE_PROCESS } from '../src/main.ts'
import type { LogLine } from './http-fixture.ts'
import { call, postJson } from './http-fixture.ts'

const AWAY = { DATABASE_URL: 'postgres://shop:pw@127.0.0.1:1/shop' }
const WAITING = 'waiting for the database shop at 127.0.0.1:1'

const main = fileURLToPath(new URL('counter-service/src/main.ts', import.meta.url))

let database: TestDatabase
const children: { kill(): void }[] = []

beforeAll(async () => {
  database = await createTestDatabase()
})

afterEach(() => {
  for (const child of children.splice(0)) child.kill()
})

afterAll(() => database.drop())

function startMain(environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [...SERVICE_PROCESS.flags, main], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: database.url,
      KAFKA: kafkaBootstrap(),
      GROUP: testTopic('group'),
      REQUESTS_TOPIC: testTopic('requests'),
      EVENTS_TOPIC: testTopic('events'),
      ...environment,
    },
  })
  const lines: LogLine[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)))
  let stderr = ''
  child.stderr.on('data', (text) => {
    stderr += text
  })
  const exited = new Promise<{ code: number | null; signal: string | null; stderr: string }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stderr }))
  })
  children.push({ kill: () => child.kill('SIGKILL') })
  const said = (msg: string) => waitFor(() => lines.find((line) => line.msg === msg), { what: `"${msg}" in the log` })
  return { child, lines, exited, said }
}

test('a process says when it is ready, serves, and ends with 0 after SIGTERM', async () => {
  const { child, lines, exited, said } = startMain()
  const ready = await said('ready')
  const url = String(ready.url)

  expect(ready).toMatchObject({
    level: 'info',
    service: 'counter-service',
    pid: child.pid,
    startupMs: expect.any(Number),
  })
  expect((await postJson(`${url}/counters/c-1`, '{"by":3}')).body).toEqual({ counterId: 'c-1', total: 3 })
  expect((await call(`${url}/health/ready`)).status).toBe(200)
  child.kill('SIGTERM')

  expect(await exited).toEqual({ code: 0, signal: null, stderr: '' })
  expect(lines.find(({ msg }) => msg === 'stopping')).toMatchObject({ reason: 'SIGTERM' })
  expect(lines.at(-1)).toMatchObject({ msg: 'stopped', ms: expect.any(Number) })
  expect(lines.some(({ msg }) => msg === 'published')).toBe(true)
})

test('it stops when its parent is gone, where that is asked for', async () => {
  const { child, lines, exited, said } = startMain({ ...AWAY, ...SERVICE_PROCESS.environment(tmpdir()) })
  await said(WAITING)

  child.stdin.end()

  expect(await exited).toEqual({ code: 0, signal: null, stderr: '' })
  expect(lines.find(({ msg }) => msg === 'stopping')).toMatchObject({ reason: 'parent gone' })
})

test('without being asked it outlives the end of its standard input', async () => {
  const { child, lines, exited, said } = startMain(AWAY)
  child.stdin.end()
  await said(WAITING)

  child.kill('SIGINT')

  expect(await exited).toMatchObject({ code: 0, stderr: '' })
  expect(lines.find(({ msg }) => msg === 'stopping')).toMatchObject({ reason: 'SIGINT' })
})

test('a second signal ends it at once', async () => {
  const { child, lines, exited, said } = startMain()
  const { url } = await said('ready')
  // Holds the graceful stop up: the answer waits for `stopping`, and nobody reads the request's connection to its end.
  const held = fetch(`${url}/never`).catch(() => {})
  await waitFor(async () => (await call(`${url}/held`)).body.held === 1, { what: 'the request to be held' })

  child.kill('SIGTERM')
  await said('stopping')
  child.kill('SIGTERM')

  expect(await exited).toMatchObject({ code: 1, stderr: '' })
  expect(lines.some(({ msg }) => msg === 'stopped')).toBe(false)
  await held
})

test('a request that never ends does not hold up the stop for longer than its share', async () => {
  const { child, exited, said } = startMain({ SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE: '2s' })
  const { url } = await said('ready')
  const held = fetch(`${url}/never`).catch((error: Error) => error)
  await waitFor(async () => (await call(`${url}/held`)).body.held === 1, { what: 'the request to be held' })

  child.kill('SIGTERM')

  expect(await exited).toMatchObject({ code: 0 })
  expect(await held).toBeInstanceOf(Error)
})

test('a stop that takes too long is given up, and says so', async () => {
  const { child, lines, exited, said } = startMain({ SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE: '500ms' })
  const { url } = await said('ready')
  await fetch(`${url}/hang-on-stop`)

  child.kill('SIGTERM')

  expect(await exited).toMatchObject({ code: 1 })
  expect(lines.at(-1)).toMatchObject({
    level: 'fatal',
    msg: 'could not stop',
    err: { message: 'Not stopped within 500 ms.' },
  })
})

test.each([
  [
    'a wrong property',
    { SERVER_PORT: 'eighty' },
    /server\.port=eighty \(environment SERVER_PORT\) is not valid: expected integer/,
  ],
  ['a wrong Kafka property', { SPRING_KAFKA_CONSUMER_AUTO_OFFSET_RESET: 'sometimes' }, /auto-offset-reset/],
  ['a wrong database URL', { DATABASE_URL: 'mysql://shop:hunter2@host/db' }, /postgres:\/\/user:password@host/],
])('%s ends it with one line that says what is wrong, and no secret', async (_what, environment, message) => {
  const { lines, exited } = startMain(environment)

  expect(await exited).toMatchObject({ code: 1, stderr: '' })
  expect(lines).toMatchObject([
    { level: 'fatal', msg: 'could not start', err: { message: expect.stringMatching(message) } },
  ])
  expect(JSON.stringify(lines)).not.toContain('hunter2')
})

test('an error that nobody caught is logged and ends it', async () => {
  const { lines, exited, said } = startMain()
  const { url } = await said('ready')

  await fetch(`${url}/crash`).catch(() => {})

  expect(await exited).toMatchObject({ code: 1, stderr: '' })
  expect(lines.at(-1)).toMatchObject({ level: 'fatal', msg: 'uncaught error', err: { message: 'crashed on request' } })
})
