import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { kafkaBootstrap, waitFor } from '../../../test/servers.ts'
import type { Platform, PlatformEvent, PlatformOptions } from '../src/index.ts'
import { readRunRecord, startPlatform } from '../src/index.ts'
import { topology } from './fixtures/topology.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** The fixture services, and what a program that knows the address can do with them. */
async function start(options: PlatformOptions = {}) {
  const events: PlatformEvent[] = []
  const platform = await startPlatform({
    topology,
    external: { kafka: kafkaBootstrap(), postgres: inject('postgres') },
    onEvent: (event) => events.push(event),
    ...options,
  })
  closing.push(() => platform.stop())
  const ask = async (method: string, path: string, token = platform.control.token) => {
    const response = await fetch(`${platform.control.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
    })
    return { status: response.status, body: await response.json() }
  }
  const stateOf = async (name: string): Promise<string> =>
    (await ask('GET', '/parts')).body.parts.find((part: { name: string }) => part.name === name)?.state
  return { platform, events, ask, stateOf }
}

const isStopped = (pid: number): boolean => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] === 'T'
const pidOf = (platform: Platform, name: string): number =>
  platform.services.find((service) => service.name === name)?.pid ?? 0

describe('whoever knows the token of a running platform', () => {
  test('stops a service, which stays stopped until it is started', async () => {
    const { platform, events, ask, stateOf } = await start()

    expect(await ask('POST', '/parts/order-service/stop')).toMatchObject({
      status: 200,
      body: { name: 'order-service', state: 'stopped', pid: null, restarts: 0 },
    })
    await expect(fetch(`${platform.url('order-service')}/health/ready`)).rejects.toThrow()
    expect(await stateOf('cart-service')).toBe('ready')
    await expect(platform.ready(300)).rejects.toThrow('not ready after 300 ms: order-service')

    await ask('POST', '/parts/order-service/start')
    await platform.ready()

    expect(await stateOf('order-service')).toBe('ready')
    expect(events.filter(({ event }) => event === 'service-exited')).toEqual([])
  })

  test('restarts a service under the same address, any number of times without a pause', async () => {
    const { platform, ask } = await start({ services: ['order-service'] })
    const url = platform.url('order-service')

    for (const times of [1, 2, 3]) {
      const before = pidOf(platform, 'order-service')
      await ask('POST', '/parts/order-service/restart')
      await platform.ready()
      expect(pidOf(platform, 'order-service')).not.toBe(before)
      expect(platform.reports()).toMatchObject([{ name: 'order-service', url, state: 'ready', restarts: times }])
    }
  })

  test.runIf(process.platform === 'linux')('pauses a service and lets it go on', async () => {
    const { platform, ask, stateOf } = await start({ services: ['order-service'] })
    const pid = pidOf(platform, 'order-service')

    await ask('POST', '/parts/order-service/pause')
    await waitFor(() => isStopped(pid), { what: 'the process to be paused' })
    expect(await stateOf('order-service')).toBe('paused')
    await ask('POST', '/parts/order-service/resume')

    expect(await stateOf('order-service')).toBe('ready')
    expect(pidOf(platform, 'order-service')).toBe(pid)
    expect((await fetch(`${platform.url('order-service')}/health/ready`)).status).toBe(200)
  })

  test('is told what there is when the part or the action does not exist', async () => {
    const { ask } = await start()

    expect(await ask('POST', '/parts/kafka/stop')).toEqual({
      status: 422,
      body: { error: 'there is no part "kafka"; the parts are cart-service, order-service' },
    })
    expect(await ask('POST', '/parts/order-service/eat')).toMatchObject({ status: 404 })
    expect(await ask('GET', '/parts/order-service')).toMatchObject({ status: 404 })
  })

  test('finds both in the record of the run', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'control-test-'))
    closing.push(() => rmSync(dataDir, { recursive: true }))
    const { platform } = await start({ dataDir, services: ['order-service'] })

    expect((await readRunRecord(dataDir))?.control).toEqual(platform.control)
  })
})

test('without the token nothing is told and nothing is done', async () => {
  const { platform, ask } = await start({ services: ['order-service'] })
  const before = pidOf(platform, 'order-service')

  expect(await ask('GET', '/parts', 'guessed')).toEqual({ status: 401, body: { error: 'the token is wrong' } })
  expect(await ask('POST', '/parts/order-service/stop', '')).toMatchObject({ status: 401 })

  expect(pidOf(platform, 'order-service')).toBe(before)
})

test('a platform with a paused and a stopped service ends as any other', async () => {
  const { platform, ask } = await start()
  const pids = platform.services.map(({ pid }) => pid)
  await ask('POST', '/parts/cart-service/pause')
  await ask('POST', '/parts/order-service/stop')

  await platform.stop()

  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH')
})
