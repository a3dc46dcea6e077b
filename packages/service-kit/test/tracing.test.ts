import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { KafkaConfig, KafkaProducerConfig } from '@stocker/kafka-config'
import { loadProperties, PropertiesError } from '@stocker/properties'
import { Pool } from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OtlpReceiver, ReceivedSpan } from '../../../test/otlp-receiver.ts'
import { startOtlpReceiver } from '../../../test/otlp-receiver.ts'
import type { TestDatabase } from '../../../test/servers.ts'
import { createTestDatabase, kafkaBootstrap, testTopic, waitFor } from '../../../test/servers.ts'
import type { Service } from '../src/service/lifecycle.ts'
import { readTracingConfig } from '../src/tracing/tracing-config.ts'
import { createApp, faults } from './counter-service/src/app.ts'
import { readConfig } from './counter-service/src/config.ts'
import { call, postJson, recordingLogger } from './http-fixture.ts'

const file = fileURLToPath(new URL('counter-service/application.properties', import.meta.url))

let database: TestDatabase
let receiver: OtlpReceiver
let topics: { requests: string; events: string }
let service: Service | undefined

beforeEach(async () => {
  database = await createTestDatabase()
  receiver = await startOtlpReceiver()
  topics = { requests: testTopic('requests'), events: testTopic('events') }
})

afterEach(async () => {
  faults.clear()
  await service?.close()
  await receiver.close()
  await database.drop()
})

async function start(environment: Record<string, string>) {
  const { logger, lines } = recordingLogger('counter-service')
  const properties = loadProperties({
    files: [file],
    environment: {
      DATABASE_URL: database.url,
      KAFKA: kafkaBootstrap(),
      GROUP: `${topics.requests}-group`,
      REQUESTS_TOPIC: topics.requests,
      EVENTS_TOPIC: topics.events,
      ...environment,
    },
  })
  service = createApp(readConfig(properties), logger)
  await service.start()
  return { url: service.url ?? '', lines }
}

/** Every trace is recorded. */
const always = () => ({
  MANAGEMENT_OTLP_TRACING_ENDPOINT: receiver.endpoint,
  MANAGEMENT_TRACING_SAMPLING_PROBABILITY: '1',
})

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SAMPLED = `00-${TRACE}-b7ad6b7169203331-01`
const NOT_SAMPLED = `00-${TRACE}-b7ad6b7169203331-00`

async function sendRequest(counterId: string, traceparent?: string): Promise<void> {
  const kafka = KafkaConfig.fromProperties({ 'spring.kafka.bootstrap-servers': kafkaBootstrap() })
  const sender = new KafkaProducerConfig(kafka).createSender()
  const value = JSON.stringify({ eventId: crypto.randomUUID(), counterId, by: 1 })
  const headers = traceparent === undefined ? [] : [{ key: 'traceparent', value: Buffer.from(traceparent) }]
  await sender.sendAll([{ topic: topics.requests, key: counterId, value, headers }])
  await sender.close()
}

const total = async (url: string, id: string) => ((await call(`${url}/counters/${id}`)).body as { total: number }).total

const spansNamed = (name: string): readonly ReceivedSpan[] => receiver.spans.filter((span) => span.name === name)

const arrived = (name: string) =>
  waitFor(() => spansNamed(name)[0], { what: `the span ${name}; there are ${receiver.spans.map((s) => s.name)}` })

const storedContexts = async () => {
  const pool = new Pool({ connectionString: database.url, max: 1 })
  const { rows } = await pool.query<{ traceparent: string | null }>('select traceparent from events order by position')
  await pool.end()
  return rows.map(({ traceparent }) => traceparent)
}

describe('a recorded trace', () => {
  test('begins with a request; the event belongs to it, and the record to the event', async () => {
    const { url } = await start(always())
    await postJson(`${url}/counters/c-1`, JSON.stringify({ by: 5 }))
    const sent = await arrived(`send ${topics.events}`)
    const request = await arrived('POST /counters/:counterId')
    expect(request).toMatchObject({
      service: 'counter-service',
      kind: 2,
      parentSpanId: undefined,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/counters/:counterId',
        'http.response.status_code': 200,
        'url.path': '/counters/c-1',
      },
      failed: false,
    })
    expect(await storedContexts()).toEqual([`00-${request.traceId}-${request.spanId}-01`])
    expect(sent).toMatchObject({
      kind: 4,
      traceId: request.traceId,
      parentSpanId: request.spanId,
      attributes: {
        'messaging.system': 'kafka',
        'messaging.operation.name': 'send',
        'messaging.destination.name': topics.events,
        'messaging.kafka.message.key': 'c-1',
        'messaging.kafka.offset': 0,
        'messaging.destination.partition.id': expect.stringMatching(/^[01]$/),
        'messaging.message.conversation_id': 'c-1',
      },
    })
    expect(sent.startMs).toBeGreaterThanOrEqual(request.startMs)
    expect(sent.endMs).toBeGreaterThanOrEqual(sent.startMs)
  })

  test('goes on with a record: its handling belongs and links to whoever sent it, and what it causes belongs to the handling', async () => {
    const { url } = await start(always())
    await sendRequest('c-1', SAMPLED)
    const processed = await arrived(`process ${topics.requests}`)
    const sent = await arrived(`send ${topics.events}`)
    expect(processed).toMatchObject({
      kind: 5,
      traceId: TRACE,
      parentSpanId: 'b7ad6b7169203331',
      links: [{ traceId: TRACE, spanId: 'b7ad6b7169203331' }],
      attributes: {
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.consumer.group.name': `${topics.requests}-group`,
        'messaging.kafka.offset': 0,
        'inbox.outcome': 'handled',
      },
    })
    expect(sent).toMatchObject({ traceId: TRACE, parentSpanId: processed.spanId })
    expect(await total(url, 'c-1')).toBe(1)
  })

  test('shows a handling that failed, and the one that worked', async () => {
    await start(always())
    faults.add('c-1')
    await sendRequest('c-1', SAMPLED)
    await waitFor(() => spansNamed(`process ${topics.requests}`).some(({ failed }) => failed), {
      what: 'a failed span',
    })
    faults.clear()
    await waitFor(() => spansNamed(`process ${topics.requests}`).some(({ failed }) => !failed), {
      what: 'the span of the attempt that worked',
    })
    const outcomes = spansNamed(`process ${topics.requests}`).map(({ attributes }) => [
      attributes['inbox.outcome'],
      attributes['error.type'],
    ])
    expect(outcomes.at(0)).toEqual(['failed', 'HANDLER_FAILED'])
    expect(outcomes.at(-1)).toEqual(['handled', undefined])
  })

  test('is sent with the headers that the collector asks for', async () => {
    const { url } = await start({ ...always(), MANAGEMENT_OTLP_TRACING_HEADERS_AUTHORIZATION: 'Bearer abc' })
    await postJson(`${url}/counters/c-1`, JSON.stringify({ by: 5 }))
    await arrived('POST /counters/:counterId')
    expect(receiver.headers).toMatchObject({ authorization: 'Bearer abc', 'content-type': 'application/json' })
  })
})

describe('a trace that is not recorded', () => {
  test('leaves no spans, and nothing in the store', async () => {
    const { url } = await start({ ...always(), MANAGEMENT_TRACING_SAMPLING_PROBABILITY: '0' })
    await postJson(`${url}/counters/c-1`, JSON.stringify({ by: 5 }))
    await sendRequest('c-1')
    await waitFor(async () => (await total(url, 'c-1')) === 6, { what: 'both counts' })
    expect(await storedContexts()).toEqual([null, null])
    await service?.close()
    expect(receiver.spans).toEqual([])
  })

  test('is passed on as it came, so that who recorded it elsewhere finds it', async () => {
    const { url } = await start(always())
    await fetch(`${url}/counters/c-1`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', traceparent: NOT_SAMPLED },
      body: JSON.stringify({ by: 1 }),
    })
    expect(await storedContexts()).toEqual([NOT_SAMPLED])
    await service?.close()
    expect(receiver.spans).toEqual([])
  })
})

describe('a collector', () => {
  test('that is away is worth a line in the log, and harms nobody', async () => {
    await receiver.close()
    const { url, lines } = await start({ ...always(), MANAGEMENT_OTLP_TRACING_TIMEOUT: '300ms' })
    await postJson(`${url}/counters/c-1`, JSON.stringify({ by: 5 }))
    await sendRequest('c-1', SAMPLED)
    await waitFor(async () => (await total(url, 'c-1')) === 6, { what: 'both counts' })
    await waitFor(() => lines.some(({ msg }) => msg === 'spans were not sent; they are lost'), { what: 'the line' })
    await service?.close()
    expect(lines.filter(({ level }) => level === 'error')).toEqual([])
    receiver = await startOtlpReceiver()
  })

  test('that nobody names costs nothing: the SDK is not loaded', async () => {
    const kit = new URL('../src/index.ts', import.meta.url).href
    const script = `
      const { registerHooks } = await import('node:module')
      const loaded = []
      registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context) } })
      await import(${JSON.stringify(kit)})
      console.log(JSON.stringify(loaded))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
    const loaded: string[] = JSON.parse(stdout)
    expect(loaded.filter((url) => url.includes('service-kit/src/tracing/')).length).toBeGreaterThan(3)
    // The metrics load its API, which is small, for exemplars.
    expect(loaded.filter((url) => /opentelemetry\/(?!api\/)/.test(url))).toEqual([])
  })
})

describe('the configuration', () => {
  const read = (values: Record<string, string>) => readTracingConfig(loadProperties({ values }))

  test('has the keys and defaults of Spring Boot, and is none without an endpoint', () => {
    const endpoint = 'http://localhost:4318/v1/traces'
    expect(read({})).toBeUndefined()
    expect(read({ 'management.tracing.sampling.probability': '0.5' })).toBeUndefined()
    expect(read({ 'management.otlp.tracing.endpoint': endpoint })).toEqual({
      endpoint,
      headers: {},
      timeoutMs: 10_000,
      probability: 0.1,
    })
    expect(
      read({
        'management.otlp.tracing.endpoint': endpoint,
        'management.otlp.tracing.timeout': '2s',
        'management.otlp.tracing.headers.x-tenant': 'shop',
        'management.tracing.sampling.probability': '1.0',
      }),
    ).toEqual({ endpoint, headers: { 'x-tenant': 'shop' }, timeoutMs: 2_000, probability: 1 })
  })

  test.each([
    [{ 'management.otlp.tracing.endpoint': 'localhost:4318' }, 'http: or https: URL'],
    [{ 'management.tracing.sampling.probability': '2' }, '0 to 1'],
    [{ 'management.otlp.tracing.endpont': 'http://localhost' }, 'management.otlp.tracing.endpoint'],
  ])('%o is refused', (values, hint) => {
    expect(() => read(values as Record<string, string>)).toThrow(PropertiesError)
    expect(() => read(values as Record<string, string>)).toThrow(hint)
  })
})
