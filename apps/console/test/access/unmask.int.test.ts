import { EVENTS } from '@stocker/contracts'
import { KafkaProducerConfig, KafkaTopicConfig } from '@stocker/kafka-config'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testConfig } from '../../../../packages/kafka-config/test/support.ts'
import { testTopic, waitFor } from '../../../../test/servers.ts'
import type { Role } from '../../src/access/roles.ts'
import type { TestConsole } from '../start-console.ts'
import { startConsole } from '../start-console.ts'

const topic = testTopic('orders')
let console: TestConsole
let id = ''
beforeAll(async () => {
  console = await startConsole({ 'dead-letters.suffixes': `${topic}-dlt`, 'console.access.unmask-timeout': '1s' })
  await using topics = new KafkaTopicConfig(testConfig(), [{ name: `${topic}-dlt`, partitions: 1 }])
  await topics.ensureTopics()
  const sender = new KafkaProducerConfig(testConfig()).createSender()
  await sender.send({
    topic: `${topic}-dlt`,
    key: 'Ada Lovelace',
    value: JSON.stringify(EVENTS.OrderCreatedEvent.sample),
    headers: [{ key: 'kafka_dlt-exception-message', value: Buffer.from('no courier for "Ada Example"') }],
  })
  await sender.close()
  id = await waitFor(async () => (await json('support', '/ops/api/dead-letters')).deadLetters[0]?.id, {
    what: 'the dead letter',
  })
})
afterAll(() => console[Symbol.asyncDispose]())

const json = async (role: Role, path: string, init?: RequestInit) =>
  (await console.ask(role, path, init)).json() as Promise<
    Record<'deadLetters' | 'groups' | 'actions', readonly { readonly id: string }[]>
  >
const unmask = (role: Role, subject: string, reason = 'the customer is on the phone') =>
  console.ask(role, '/ops/api/unmask', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-viewer-name': 'grace' },
    body: JSON.stringify({ subject, reason }),
  })
const shown = async (role: Role, name: string) =>
  JSON.stringify(await json(role, `/ops/api/dead-letters/${id}`, { headers: { 'x-viewer-name': name } }))
const ADDRESS = EVENTS.OrderCreatedEvent.sample.shippingAddress as { readonly line1: string }

describe('a dead letter', () => {
  it('is masked for everybody: payload, key, and what the error quotes', async () => {
    for (const role of ['support', 'operator', 'developer'] as const) {
      const text = await shown(role, 'x')
      expect(text).not.toContain(ADDRESS.line1)
      expect(text).not.toContain('Ada')
      expect(text).toContain('"masked":true')
    }
  })

  it('is not found by what is masked of it', async () => {
    const found = async (query: string) => (await json('operator', `/ops/api/dead-letters?${query}`)).deadLetters

    expect(await found('key=Ada%20Lovelace')).toEqual([])
    expect((await json('operator', '/ops/api/dead-letters/groups?key=Ada%20Lovelace')).groups).toEqual([])
    expect(await found(`eventId=${EVENTS.OrderCreatedEvent.sample.eventId}`)).toHaveLength(1)
  })

  it('is shown unmasked to the operator who gave a reason, to nobody else, and only for a while', async () => {
    const { status } = await unmask('operator', `dead-letter:${id}`)

    expect(status).toBe(200)
    expect(await shown('operator', 'grace')).toContain(ADDRESS.line1)
    expect(await shown('operator', 'ken')).not.toContain(ADDRESS.line1)
    await waitFor(async () => !(await shown('operator', 'grace')).includes(ADDRESS.line1), { what: 'the mask again' })
  })

  it('is not unmasked by support, nor without a reason, nor as another kind of thing', async () => {
    expect((await unmask('support', `dead-letter:${id}`)).status).toBe(403)
    expect((await unmask('operator', `dead-letter:${id}`, ' ')).status).toBe(400)
    expect((await unmask('operator', 'everything:all')).status).toBe(400)
  })
})

describe('the audit', () => {
  it('keeps who unmasked what and why, beside what was done to dead letters', async () => {
    await unmask('operator', `dead-letter:${id}`, 'to mend it')
    await console.ask('developer', '/ops/api/dead-letters/park', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-viewer-name': encodeURIComponent('Grâce') },
      body: JSON.stringify({ selection: { ids: [id] }, reason: 'later' }),
    })

    const { actions } = await json('operator', '/ops/api/audit?limit=2')
    expect(actions).toMatchObject([
      { who: 'Grâce', action: 'park', target: `dead-letter:${id}`, reason: 'later', result: 'done' },
      { who: 'grace', role: 'operator', action: 'unmask', target: `dead-letter:${id}`, reason: 'to mend it' },
    ])
  })

  it('is read page by page, and by who, what and kind of thing', async () => {
    for (const reason of ['one', 'two', 'three']) await unmask('operator', 'order:o-1', reason)
    const page = async (query: string) =>
      (await json('operator', `/ops/api/audit?${query}`)) as unknown as {
        readonly actions: { reason: string }[]
        next?: string
      }
    const reasons = ({ actions }: { readonly actions: { reason: string }[] }) => actions.map(({ reason }) => reason)

    const first = await page('target=order:&limit=2')
    const second = await page(`target=order:&limit=2&before=${first.next}`)

    expect([reasons(first), reasons(second), second.next]).toEqual([['three', 'two'], ['one'], undefined])
    expect(reasons(await page('action=unmask&who=grace&target=order:o-1&limit=1'))).toEqual(['three'])
    expect(reasons(await page('who=nobody'))).toEqual([])
  })

  it('is not for support', async () => {
    expect((await console.ask('support', '/ops/api/audit')).status).toBe(403)
    expect((await console.ask('support', '/ops/api/dead-letters/audit')).status).toBe(403)
  })

  it('has a page for people', async () => {
    const page = await (await console.ask('operator', '/audit')).text()

    expect(page).toContain('<title>Audit')
    expect(page).toContain('to mend it')
  })
})
