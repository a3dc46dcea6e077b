import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ListenerRecord } from '@stocker/kafka-config'
import {
  DeadLetterPublishingRecoverer,
  eachRecord,
  fixedBackOff,
  KafkaConsumerConfig,
  KafkaProducerConfig,
  KafkaTopicConfig,
} from '@stocker/kafka-config'
import { loadProperties } from '@stocker/properties'
import { createLogger } from '@stocker/service-kit'
import { afterEach, describe, expect, it } from 'vitest'
import { testConfig } from '../../../packages/kafka-config/test/support.ts'
import { createTestDatabase, kafkaBootstrap, testTopic, waitFor } from '../../../test/servers.ts'
import { runCtl } from '../../ctl/src/ctl.ts'
import { createApp } from '../src/app.ts'
import { readConfig } from '../src/config.ts'

const TOKEN = 'token-of-the-console-tests'
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A console, and a listener that fails at three orders until it is mended. */
async function openConsole() {
  const database = await createTestDatabase()
  closing.push(() => database.drop())
  const config = testConfig()
  const topic = testTopic('orders')
  const resultsTopic = `${topic}-results`
  await using topics = new KafkaTopicConfig(
    config,
    [topic, `${topic}-dlt`].map((name) => ({ name, partitions: 1 })),
  )
  await topics.ensureTopics()
  const sender = new KafkaProducerConfig(config).createSender()
  closing.push(() => sender.close({ timeoutMs: 0 }))
  const handled: ListenerRecord[] = []
  const state = { broken: true }
  const listener = new KafkaConsumerConfig(config).createListenerContainer({
    topics: [topic],
    redrive: { sender, resultsTopic, partitions: 1 },
    errorHandler: { backOff: fixedBackOff(0, 0), recoverer: new DeadLetterPublishingRecoverer(sender) },
    listener: eachRecord((record) => {
      if (state.broken) throw new Error(`no price for ${record.key}`)
      handled.push(record)
    }),
  })
  await listener.start()
  closing.push(() => listener.stop())

  const service = createApp(
    readConfig(
      loadProperties({
        files: [fileURLToPath(new URL('../application.properties', import.meta.url))],
        environment: {},
        overrides: {
          'server.port': '0',
          'spring.datasource.url': database.url,
          'spring.kafka.bootstrap-servers': kafkaBootstrap(),
          'spring.kafka.consumer.group-id': `${topic}-console`,
          'console.access.token': TOKEN,
          'dead-letters.suffixes': `${topic}-dlt`,
          'dead-letters.discovery-interval': '200ms',
          'dead-letters.results-topic': resultsTopic,
        },
      }),
    ),
    createLogger({ service: 'console', level: 'silent' }),
  )
  await service.start()
  closing.push(() => service.close())
  const { url = '' } = service

  await sender.sendAll(
    ['mug-1', 'pen-2', 'cap-3'].map((sku, price) => ({
      topic,
      key: sku,
      value: JSON.stringify({ eventId: `e-${sku}`, price }),
    })),
  )
  const lines: string[] = []
  const ctl = async (...words: readonly string[]) => {
    lines.length = 0
    const code = await runCtl([...words, '--url', url, '--token', TOKEN], (text) => lines.push(text))
    return { code, text: lines.join('\n') }
  }
  const json = async (...words: readonly string[]) => JSON.parse((await ctl(...words, '-o', 'json')).text)
  await waitFor(async () => (await json('dlt', 'ls')).deadLetters.length === 3, {
    what: 'three dead letters',
  })
  return { url, topic, handled, state, ctl, json }
}

const post = async (url: string, body: object) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

describe('an operator', () => {
  it('looks at dead letters, sends them again with one command and sees that they were handled', async () => {
    const { topic, handled, state, ctl, json } = await openConsole()

    const { groups } = await json('dlt', 'groups')
    expect(groups).toMatchObject([{ topic, deadLetters: 3, byState: { NEW: 3 } }])
    const { fingerprint } = groups[0]
    const { items } = await json('dlt', 'redrive', '--fingerprint', fingerprint, '--dry-run')
    expect(items).toHaveLength(3)
    expect((await ctl('dlt', 'show', items[0].id)).text).not.toContain('"price": 0')
    const shown = await ctl('dlt', 'show', items[0].id, '--unmask', 'what price does it have?')
    expect(shown.text).toContain('no price for mug-1')
    expect(shown.text).toContain('"price": 0')
    state.broken = false
    const { code, text } = await ctl('dlt', 'redrive', '--fingerprint', fingerprint, '--reason', 'prices are there')

    expect([code, text]).toEqual([0, expect.stringContaining('3 of 3 handled, 0 failed again')])
    expect(handled.map(({ key }) => key)).toEqual(['mug-1', 'pen-2', 'cap-3'])
    expect((await ctl('dlt', 'audit')).text).toContain('prices are there')
  })

  it('is told when it fails again, edits the payload, and discards what cannot be mended', async () => {
    const { topic, handled, state, ctl, json } = await openConsole()
    const { deadLetters } = await json('dlt', 'ls', '--topic', topic)
    const [cap, pen, mug] = deadLetters.map(({ id }: { id: string }) => id)

    const failed = await ctl('dlt', 'redrive', mug, '--reason', 'try')
    expect([failed.code, failed.text]).toEqual([1, expect.stringContaining('0 of 1 handled, 1 failed again')])
    const folder = mkdtempSync(join(tmpdir(), 'payload-'))
    closing.push(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'mug.json')
    writeFileSync(file, '{"eventId":"e-mug-1","price":7}')
    await ctl('dlt', 'show', mug, '--unmask', 'to mend it')
    expect((await ctl('dlt', 'edit', mug, '--file', file, '--reason', 'the price')).text).toContain(
      '[{"path":"/price","before":0,"after":7}]',
    )
    await ctl('dlt', 'discard', pen, '--reason', 'no pens')
    await ctl('dlt', 'park', cap, '--reason', 'later')
    state.broken = false
    await ctl('dlt', 'redrive', mug, '--reason', 'again')

    expect(handled.map(({ value }) => value)).toEqual([{ eventId: 'e-mug-1', price: 7 }])
    expect((await json('dlt', 'ls')).deadLetters.map(({ state: each }: { state: string }) => each)).toEqual([
      'PARKED',
      'DISCARDED',
      'REDRIVEN',
    ])
    const refused = await json('dlt', 'redrive', pen, cap, '--dry-run')
    expect(refused.refused.map(({ why }: { why: string }) => why)).toEqual([
      'it is discarded; release it first',
      'it is parked; release it first',
    ])
  })

  it('is answered with a problem that says what to do', async () => {
    const { url, ctl } = await openConsole()

    expect(await post(`${url}/ops/api/redrives`, { selection: {}, reason: 'all' })).toMatchObject({
      status: 400,
      body: { code: 'EMPTY_SELECTION', detail: expect.stringContaining('name ids') },
    })
    expect(await post(`${url}/ops/api/redrives`, { selection: { ids: ['999'] }, reason: 'x' })).toMatchObject({
      status: 409,
      body: { code: 'NOTHING_TO_REDRIVE' },
    })
    expect(
      (await fetch(`${url}/ops/api/dead-letters/999`, { headers: { authorization: `Bearer ${TOKEN}` } })).status,
    ).toBe(404)
    await expect(ctl('dlt', 'show', '999')).rejects.toThrow('DEAD_LETTER_NOT_FOUND: There is no dead letter 999')
    await expect(ctl('dlt', 'discard', '--state', 'NEW')).rejects.toThrow('--reason is needed: it is kept in the audit')
    await expect(ctl('dlt', 'redrive', '--reason', 'x')).rejects.toThrow(
      'name the dead letters by ids, or select them by',
    )
    await expect(ctl('dlt', 'list')).rejects.toThrow('dlt needs one of ls, groups, show, redrive')
  })
})
