import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { kafkaBootstrap, waitFor } from '../../../test/servers.ts'
import type { Platform, PlatformEvent, PlatformOptions } from '../src/index.ts'
import { startPlatform } from '../src/index.ts'
import { topology } from './fixtures/topology.ts'

const running: Platform[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((platform) => platform.stop()))
})

/** Fixture services on the servers of the test run. */
async function start(options: PlatformOptions = {}): Promise<Platform> {
  const external = { kafka: kafkaBootstrap(), postgres: inject('postgres') }
  const platform = await startPlatform({ topology, external, ...options })
  running.push(platform)
  return platform
}

const getJson = async (url: string): Promise<Record<string, string>> =>
  (await fetch(url)).json() as Promise<Record<string, string>>

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('a service of a running platform', () => {
  test('is told where everything is', async () => {
    const platform = await start({ environment: { EXTRA: 'yes' } })
    const environment = await getJson(`${platform.url('order-service')}/environment`)

    expect(environment).toMatchObject({
      SPRING_KAFKA_BOOTSTRAP_SERVERS: kafkaBootstrap(),
      DATABASE_URL: platform.postgres('fixture_order'),
      SPRING_KAFKA_CONSUMER_PROPERTIES_GROUP_INSTANCE_ID: 'order-service-0',
      STOCKER_EXIT_WITH_PARENT: '1',
      EXTRA: 'yes',
    })
    expect(platform.services.map(({ name }) => name)).toEqual(['cart-service', 'order-service'])
  })

  test('is started again at once when it is killed, under the same address', async () => {
    const events: PlatformEvent[] = []
    const platform = await start({ services: ['order-service'], onEvent: (event) => events.push(event) })
    const [before] = platform.services

    platform.kill('order-service')
    await platform.ready()

    const [after] = platform.services
    expect(after?.url).toBe(before?.url)
    expect(after?.pid).not.toBe(before?.pid)
    expect(events).toContainEqual(
      expect.objectContaining({
        event: 'service-exited',
        name: 'order-service',
        pid: before?.pid,
        signal: 'SIGKILL',
        restartInMs: 0,
      }),
    )
    expect(events).toContainEqual(expect.objectContaining({ event: 'service-restarted', pid: after?.pid }))
  })

  test('that crashes again and again is started with growing pauses, the others stay up', async () => {
    const pauses: number[] = []
    const platform = await start()
    platform.on('service-exited', ({ restartInMs }) => pauses.push(restartInMs))
    const cart = platform.services.find(({ name }) => name === 'cart-service')?.pid

    for (const times of [1, 2]) {
      await fetch(`${platform.url('order-service')}/crash?code=3`).catch(() => {})
      await waitFor(() => pauses.length === times, { what: 'the exit to be seen' })
      await platform.ready()
    }

    expect(pauses).toEqual([0, 500])
    expect(platform.services.find(({ name }) => name === 'cart-service')?.pid).toBe(cart)
  })
})

describe('a start', () => {
  test('fails with the last words of a service that cannot start, and leaves nothing behind', async () => {
    const pids: number[] = []
    const failing = start({
      environment: { FIXTURE_FAILS: 'order-service' },
      onEvent: (event) => {
        if (event.event === 'service-exited') pids.push(event.pid)
      },
    })

    await expect(failing).rejects.toMatchObject({
      code: 'START_FAILED',
      exitCode: 5,
      message: expect.stringContaining('this fixture does not start'),
    })
    expect(pids).toHaveLength(2)
    expect(pids.filter(alive)).toEqual([])
  })

  test('can be given up', async () => {
    const abort = new AbortController()
    const starting = start({
      signal: abort.signal,
      onEvent: ({ event }) => event === 'progress' && abort.abort(new Error('enough')),
    })

    await expect(starting).rejects.toMatchObject({ code: 'START_ABORTED' })
  })

  test('refuses a service that does not exist', async () => {
    await expect(start({ services: ['order'] })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('cart-service, order-service'),
    })
  })
})

describe('a taken port', () => {
  async function takePort(): Promise<{ port: number } & AsyncDisposable> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    return { port, [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) }
  }

  test('that was asked for is an error that names its owner', async () => {
    await using taken = await takePort()
    await expect(start({ portBase: taken.port - 1, services: ['cart-service'] })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      exitCode: 4,
      message: expect.stringMatching(
        new RegExp(`port ${taken.port} for cart-service is taken by .*\\(pid ${process.pid}\\)`),
      ),
    })
  })

  test('that is only the default is replaced by the next free one, and said so', async () => {
    await using taken = await takePort()
    const moved: PlatformEvent[] = []
    const platform = await start({
      portBase: { preferred: taken.port - 1 },
      services: ['cart-service'],
      onEvent: (event) => event.event === 'port-taken' && moved.push(event),
    })

    const using = Number(new URL(platform.url('cart-service')).port)
    expect(using).toBeGreaterThan(taken.port)
    expect(moved).toEqual([expect.objectContaining({ name: 'cart-service', port: taken.port, using })])
  })
})

test('a port that is lost between its choice and its use is chosen again', async () => {
  const thief = createServer()
  const notices: string[] = []
  const ports: number[] = []
  const platform = await startPlatform({
    topology: { ...topology, services: [] },
    external: { kafka: kafkaBootstrap() },
    postgresPort: { preferred: 0 },
    onEvent: (event) => {
      if (event.event === 'notice') notices.push(event.message)
      if (event.event !== 'progress' || event.state !== 'started') return
      // The record of the start names the port before anything listens on it.
      const { postgres } = JSON.parse(
        readFileSync(join(dirname(dirname(event.logFile ?? '')), 'platform.json'), 'utf8'),
      )
      ports.push(Number(new URL(postgres).port))
      if (ports.length === 1) thief.listen(ports[0], '127.0.0.1')
    },
  })
  running.push(platform)
  thief.close()

  expect(notices).toEqual([expect.stringContaining('it was free a moment ago, choosing again')])
  expect(ports).toHaveLength(2)
  expect(new URL(platform.postgres()).port).toBe(String(ports[1]))
})

describe('a data directory', () => {
  const made: string[] = []
  const temporary = (): string => {
    const path = mkdtempSync(join(tmpdir(), 'stocker-data-'))
    made.push(path)
    return path
  }
  afterEach(() => {
    for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true })
  })

  test('of somebody else is neither used nor emptied', async () => {
    const path = temporary()
    writeFileSync(join(path, 'thesis.txt'), 'years of work')

    await expect(start({ dataDir: path, fresh: true })).rejects.toMatchObject({
      code: 'FOREIGN_DIRECTORY',
      exitCode: 2,
    })
    expect(existsSync(join(path, 'thesis.txt'))).toBe(true)
  })

  test('is kept between starts and emptied by a fresh one', async () => {
    const path = temporary()
    const dataOf = join(path, 'kafka')
    const first = await start({ dataDir: path, services: ['cart-service'] })
    mkdirSync(dataOf)
    await first.stop()
    await (await start({ dataDir: path, services: ['cart-service'] })).stop()
    expect(existsSync(dataOf)).toBe(true)

    await start({ dataDir: path, services: ['cart-service'], fresh: true })
    expect(existsSync(dataOf)).toBe(false)
  })

  test('belongs to one platform at a time', async () => {
    const path = temporary()
    await start({ dataDir: path, services: ['cart-service'] })

    await expect(start({ dataDir: path })).rejects.toMatchObject({
      code: 'ALREADY_RUNNING',
      message: expect.stringContaining(`pid ${process.pid}`),
    })
  })
})
