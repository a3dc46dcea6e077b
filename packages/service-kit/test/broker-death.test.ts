import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { EmbeddedKafka } from '@stocker/embedded-kafka'
import { startEmbeddedKafka } from '@stocker/embedded-kafka'
import type { ListenerRecord } from '@stocker/kafka-config'
import { KafkaConfig, KafkaConsumerConfig, KafkaProducerConfig } from '@stocker/kafka-config'
import { loadProperties } from '@stocker/properties'
import pg from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createTestDatabase, testTopic, waitFor } from '../../../test/servers.ts'
import { TcpProxy } from '../../kafka-config/test/tcp-proxy.ts'
import { createApp, POISON } from './counter-service/src/app.ts'
import { readConfig } from './counter-service/src/config.ts'
import { recordingLogger } from './http-fixture.ts'

/** How long the broker is dead. Milliseconds; longer for a longer look: OUTAGE_MS=30000. */
const OUTAGE_MS = Number(process.env.OUTAGE_MS ?? 0)
const PATIENCE = { timeoutMs: 90_000 }

let proxy: TcpProxy
let broker: EmbeddedKafka
let dataDir: string

// A broker of its own, which these tests kill; clients reach it through a proxy that can keep its answers back.
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'broker-death-'))
  proxy = await TcpProxy.start()
  broker = await startEmbeddedKafka({
    dataDir,
    port: 0,
    heapMb: 256,
    startTimeoutMs: 180_000,
    brokerProperties: { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${proxy.port}` },
  })
  proxy.forwardTo(broker.port)
}, 200_000)

afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await broker.stop()
  await rm(dataDir, { recursive: true, force: true })
})

async function startCounter() {
  const database = await createTestDatabase()
  const [requests, events] = [testTopic('requests'), testTopic('events')]
  const properties = loadProperties({
    files: [fileURLToPath(new URL('counter-service/application.properties', import.meta.url))],
    environment: {
      DATABASE_URL: database.url,
      KAFKA: `127.0.0.1:${proxy.port}`,
      GROUP: `${requests}-group`,
      REQUESTS_TOPIC: requests,
      EVENTS_TOPIC: events,
      EVENT_LISTENER_RETRY_MAX_RETRIES: '2',
      EVENT_LISTENER_RETRY_INITIAL_INTERVAL: '500ms',
    },
  })
  const service = createApp(readConfig(properties), recordingLogger('counter-service').logger)
  const pool = new pg.Pool({ connectionString: database.url })
  pool.on('error', () => {})
  onTestFinished(async () => {
    await service.close()
    await pool.end()
    await database.drop()
  })
  await service.start()
  const number = async (sql: string, ...values: unknown[]): Promise<number> => {
    const { rows } = await pool.query<{ n: number }>(`select (${sql})::int as n`, values)
    return rows[0]?.n ?? 0
  }
  return {
    requests,
    events,
    added: (id: string) =>
      number(`select coalesce(sum((data->>'by')::int), 0) from events where stream = $1`, `counter-${id}`),
    attempts: () => number(`select coalesce(max(attempt), 0) from handling_attempts where outcome = 'failed'`),
  }
}

async function send(topic: string, ...requests: readonly (readonly [id: string, by: number])[]) {
  const kafka = KafkaConfig.fromProperties({ 'spring.kafka.bootstrap-servers': `127.0.0.1:${proxy.port}` })
  await using sender = new KafkaProducerConfig(kafka).createSender()
  await sender.sendAll(
    requests.map(([counterId, by]) => ({
      topic,
      key: counterId,
      value: JSON.stringify({ eventId: crypto.randomUUID(), counterId, by }),
    })),
  )
}

/** What comes into a topic, from its beginning. */
async function follow(topic: string): Promise<readonly ListenerRecord[]> {
  const found: ListenerRecord[] = []
  const kafka = KafkaConfig.fromProperties({
    'spring.kafka.bootstrap-servers': `127.0.0.1:${proxy.port}`,
    'spring.kafka.consumer.group-id': testTopic('reader'),
    'spring.kafka.consumer.auto-offset-reset': 'earliest',
  })
  const container = new KafkaConsumerConfig(kafka).createListenerContainer({
    topics: [topic],
    listener: async (records) => void found.push(...records),
  })
  onTestFinished(() => container.stop())
  await container.start()
  return found
}

const header = ({ raw }: ListenerRecord, name: string): string | undefined =>
  raw.headers.find(({ key }) => key === name)?.value.toString('hex')

test.each([
  {
    when: 'before it has the dead letter',
    seals: () => process.kill(broker.pid, 'SIGSTOP'),
    arrives: false,
  },
  { when: 'when it has the dead letter and nobody knows', seals: () => proxy.swallowAnswers(), arrives: true },
])(
  'the broker is killed $when: nothing is lost, and nothing takes effect twice',
  async ({ seals, arrives }) => {
    const counter = await startCounter()
    await send(counter.requests, ['good', 4], ['bad', POISON], ['bad', 2])
    await waitFor(async () => (await counter.added('good')) === 4, { what: 'the event of another key', ...PATIENCE })
    // By now the event is in the listener's memory; its last attempt needs no broker, and what comes of it does.
    await waitFor(async () => (await counter.attempts()) === 2, { what: 'the last attempt but one', ...PATIENCE })
    seals()
    await waitFor(async () => (await counter.attempts()) === 3, { what: 'the last attempt', ...PATIENCE })
    if (arrives) {
      const letters = await follow(`${counter.requests}-dlt`)
      await waitFor(() => letters.length === 1, { what: 'the dead letter in its topic', ...PATIENCE })
    }
    await broker.kill()
    const back = Date.now() + OUTAGE_MS
    await waitFor(() => Date.now() >= back, { what: 'the end of the outage', timeoutMs: OUTAGE_MS + 10_000 })
    await broker.start()

    await waitFor(async () => (await counter.added('bad')) === 2, { what: 'the event behind it', ...PATIENCE })
    const letters = await follow(`${counter.requests}-dlt`)
    await waitFor(() => letters.length > 0, { what: 'the dead letter', ...PATIENCE })
    await send(counter.requests, ['good', 1])
    await waitFor(async () => (await counter.added('good')) === 5, { what: 'an event of later', ...PATIENCE })
    const published = await follow(counter.events)
    await waitFor(() => published.length >= 3, { what: 'all events', ...PATIENCE })
    expect(await counter.added('bad')).toBe(2)
    // A dead letter may be written twice when the group changes meanwhile; it is always the same one.
    expect(new Set(letters.map((letter) => header(letter, 'kafka_dlt-original-offset'))).size).toBe(1)
    expect(letters.map(({ raw }) => JSON.parse(String(raw.value)).by)).toEqual(letters.map(() => POISON))
    expect(new Set(published.map(({ raw }) => JSON.parse(String(raw.value)).eventId)).size).toBe(3)
  },
  600_000 + OUTAGE_MS,
)
