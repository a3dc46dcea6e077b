import { resetOffsets } from '@stocker/kafka-config/monitor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshTopic, testConfig, uniqueGroup } from '../../../../packages/kafka-config/test/support.ts'
import { waitFor } from '../../../../test/servers.ts'
import type { GroupDetail, GroupSummary } from '../../src/consumers/consumer-views.ts'
import type { TestConsole } from '../start-console.ts'
import { startConsole } from '../start-console.ts'
import type { CountingService } from './counting-service.ts'
import { startCountingService } from './counting-service.ts'

let counting: CountingService
let opened: TestConsole
let group: string
let topic: string

beforeAll(async () => {
  counting = await startCountingService()
  ;({ group, topic } = counting)
  opened = await startConsole({
    // Whose listener is asked is a matter of the address alone.
    'console.services.order-service.url': counting.service.url ?? '',
    'monitor.interval': '500ms',
  })
})

afterAll(async () => {
  await opened?.[Symbol.asyncDispose]()
  await counting?.[Symbol.asyncDispose]()
})

const API = '/ops/api/consumers'
const read = async <T>(path: string): Promise<T> => (await opened.ask('viewer', path)).json() as Promise<T>
const detail = () => read<GroupDetail>(`${API}/${group}`)
const command = (path: string, body: object, role: 'operator' | 'support' = 'operator') =>
  opened.ask(role, `${API}/${group}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
const metric = async (series: string): Promise<number | undefined> => {
  const text = await (await fetch(`${opened.url}/metrics`)).text()
  const line = text.split('\n').find((each) => each.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}
const until = (what: string, condition: (found: GroupDetail) => boolean) =>
  waitFor(
    async () => {
      const found = await detail()
      return condition(found) && found
    },
    { what },
  )

describe('a consumer group', () => {
  test('is seen with its service, its members, its lag, and how it is', async () => {
    const found = await until('a stable group without lag', ({ state, lag }) => state === 'Stable' && lag === 0)
    expect(found).toMatchObject({
      group,
      service: 'order-service',
      status: 'ok',
      members: 1,
      lagSeconds: 0,
      stopped: false,
      listener: { state: 'running', inHand: [], failing: [] },
    })
    expect(found.memberList).toMatchObject([{ clientId: 'counter-service' }])
    const own = found.partitions.find((each) => each.topic === topic)
    expect(own).toMatchObject({ partition: 0, lag: 0, member: 'counter-service' })
    const { groups } = await read<{ groups: GroupSummary[] }>(API)
    expect(groups.find((each) => each.group === group)).toMatchObject({ status: 'ok', members: 1 })
    expect(await (await opened.ask('viewer', `${API}.txt`)).text()).toMatch(new RegExp(`^${group} +ok +1 `, 'm'))
    expect(await metric(`kafka_consumergroup_status{consumergroup="${group}",status="ok"}`)).toBe(1)
    expect(await metric(`kafka_consumergroup_members{consumergroup="${group}"}`)).toBe(1)
    expect(await metric('kafka_expected_brokers')).toBe(1)
  })

  test('is stopped by operators only, and leaves; what waits then is its lag in records and seconds; started again it catches up', async () => {
    // given
    expect((await command('/stop', { reason: 'roll-out' }, 'support')).status).toBe(403)
    expect((await command('/stop', {})).status).toBe(400)

    // when
    const stopped = await command('/stop', { reason: 'database is moved' })
    expect(stopped.status).toBe(200)
    expect(await stopped.json()).toMatchObject({ stopped: true, members: 0, listener: { state: 'stopped' } })
    await counting.send('c-1', 3)

    // then
    const behind = await until('the lag', ({ lag, status }) => lag === 3 && status === 'stopped')
    expect(behind.detail).not.toBe('')
    expect(behind.lagSeconds).toBeGreaterThan(0)
    expect(behind.points.at(-1)).toMatchObject({ lag: 3 })
    expect(await metric(`kafka_consumergroup_status{consumergroup="${group}",status="stopped"}`)).toBe(1)
    const of = `topic="${topic}",partition="0"`
    expect(await metric(`kafka_consumergroup_lag{consumergroup="${group}",${of}}`)).toBe(3)
    const seconds = `kafka_consumergroup_group_lag_seconds{group="${group}",consumergroup="${group}",${of}}`
    expect(await metric(seconds)).toBeGreaterThan(0)

    // and when
    expect((await command('/start', { reason: 'moved' })).status).toBe(200)
    await until('no lag', ({ lag, status, stopped }) => lag === 0 && status === 'ok' && !stopped)
    const { actions } = (await (await opened.ask('operator', `/ops/api/audit?target=group:${group}`)).json()) as {
      actions: readonly object[]
    }
    expect(actions).toMatchObject([
      { action: 'start listener', reason: 'moved', after: { state: expect.any(String) } },
      { action: 'stop listener', reason: 'database is moved', after: { state: 'stopped' } },
    ])
  })

  test('says what fails and when it is tried again; support sees no key and no error that could hold something personal', async () => {
    counting.faults.add('ada@example.org')
    await counting.send('ada@example.org')

    const failing = await until('the failing record', (found) => (found.listener?.failing[0]?.attempts ?? 0) >= 2)

    expect(failing).toMatchObject({ failing: 1, parked: 1, status: 'ok' })
    const [record] = failing.listener?.failing ?? []
    expect(record).toMatchObject({ topic, partition: 0, retryAt: expect.stringMatching(/Z$/) })
    expect(JSON.stringify(failing)).not.toContain('ada@')
    expect(Number(record?.offset)).toBe(3)

    counting.faults.clear()
    await until('nothing failing', (found) => found.listener?.failing.length === 0 && found.lag === 0)
  })

  test('gets other offsets only while it has no members, and says before what would change', async () => {
    // given a group that nobody is in
    const config = testConfig()
    const own = uniqueGroup()
    const empty = await freshTopic(config, 'reset', { partitions: 2 })
    await resetOffsets(config, own, [
      { topic: empty, partition: 0, after: 0n },
      { topic: empty, partition: 1, after: 0n },
    ])
    await waitFor(async () => (await opened.ask('viewer', `${API}/${own}`)).ok, { what: 'the group' })
    const ask = (body: object, of = own) =>
      opened.ask('operator', `${API}/${of}/offsets`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })

    // when it is only asked what would be
    const plan = await ask({ to: 'latest', topic: empty, partition: 1 })
    expect(await plan.json()).toEqual({
      group: own,
      dryRun: true,
      partitions: [{ topic: empty, partition: 1, before: 0, after: 0, logStart: 0, head: 0 }],
    })

    // then what is missing or wrong is said
    expect((await ask({ to: 'shift', topic: empty })).status).toBe(422)
    expect((await ask({ to: 'nowhere' })).status).toBe(400)
    expect(await (await ask({ to: 'earliest', topic: 'no-such-topic' })).json()).toMatchObject({
      code: 'NOTHING_TO_RESET',
    })
    expect(await (await ask({ to: 'earliest', dryRun: false })).json()).toMatchObject({ code: 'REASON_MISSING' })
    const busy = await ask({ to: 'earliest', dryRun: false, reason: 'again' }, group)
    expect(busy.status).toBe(409)
    expect(await busy.json()).toMatchObject({
      code: 'GROUP_HAS_MEMBERS',
      detail: expect.stringContaining('counter-service'),
    })
    expect((await ask({ to: 'earliest' }, 'no-such-group')).status).toBe(404)

    // and with a reason it is done
    const done = await ask({ to: 'earliest', dryRun: false, reason: 'read again' })
    expect(await done.json()).toMatchObject({ dryRun: false, partitions: [{ after: 0 }, { after: 0 }] })
  })
})
