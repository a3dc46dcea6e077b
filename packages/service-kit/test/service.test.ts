import { fileURLToPath } from 'node:url'
import type { KafkaSender, ListenerRecord } from '@stocker/kafka-config'
import { KafkaConfig, KafkaConsumerConfig, KafkaProducerConfig } from '@stocker/kafka-config'
import type { ClusterMonitor } from '@stocker/kafka-config/monitor'
import { createClusterMonitor } from '@stocker/kafka-config/monitor'
import { loadProperties } from '@stocker/properties'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { TestDatabase } from '../../../test/servers.ts'
import { createTestDatabase, kafkaBootstrap, testTopic, waitFor } from '../../../test/servers.ts'
import { connectDatabase } from '../src/database/connect-database.ts'
import type { ListenerView } from '../src/messaging/listener-routes.ts'
import type { Service } from '../src/service/lifecycle.ts'
import { createApp, faults, POISON } from './counter-service/src/app.ts'
import { readConfig } from './counter-service/src/config.ts'
import type { LogLine } from './http-fixture.ts'
import { call, postJson, rawConnection, recordingLogger } from './http-fixture.ts'

/** How long the database is away. Milliseconds; longer for a longer look: OUTAGE_MS=30000. */
const OUTAGE_MS = Number(process.env.OUTAGE_MS ?? 0)

const file = fileURLToPath(new URL('counter-service/application.properties', import.meta.url))

let database: TestDatabase
let topics: { requests: string; events: string }
let sender: KafkaSender
let monitor: ClusterMonitor
const running: Service[] = []

beforeAll(async () => {
  const kafka = KafkaConfig.fromProperties({ 'spring.kafka.bootstrap-servers': kafkaBootstrap() })
  sender = new KafkaProducerConfig(kafka).createSender()
  monitor = createClusterMonitor(kafka)
})

afterAll(() => Promise.all([sender.close(), monitor.stop()]))

async function newCounter(environment: Record<string, string> = {}) {
  database = await createTestDatabase()
  topics = { requests: testTopic('requests'), events: testTopic('events') }
  return startCounter(environment)
}

function startCounter(environment: Record<string, string> = {}) {
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
  const service = createApp(readConfig(properties), logger)
  running.push(service)
  return {
    service,
    lines,
    add: (id: string, by: number) => postJson(`${service.url}/counters/${id}`, JSON.stringify({ by })),
  }
}

afterEach(async () => {
  faults.clear()
  await Promise.all(running.splice(0).map((service) => service.close()))
  await database.drop()
})

const total = async (service: Service, id: string) => (await call(`${service.url}/counters/${id}`)).body.total

const request = (counterId: string, by: unknown, eventId: string = crypto.randomUUID()) => ({
  topic: topics.requests,
  key: counterId,
  value: JSON.stringify({ eventId, counterId, by }),
})

async function readAll(topic: string, count: number): Promise<readonly ListenerRecord[]> {
  const found: ListenerRecord[] = []
  const config = KafkaConfig.fromProperties({
    'spring.kafka.bootstrap-servers': kafkaBootstrap(),
    'spring.kafka.consumer.group-id': testTopic('reader'),
    'spring.kafka.consumer.auto-offset-reset': 'earliest',
    'spring.kafka.consumer.value-deserializer': 'org.springframework.kafka.support.serializer.JsonDeserializer',
    'spring.kafka.consumer.properties.spring.json.value.default.type': 'com.stocker.events.Any',
  })
  await using container = new KafkaConsumerConfig(config).createListenerContainer({
    topics: [topic],
    listener: async (records) => void found.push(...records),
  })
  await container.start()
  await waitFor(() => found.length >= count, { what: `${count} records in ${topic}` })
  return found
}

function header(record: ListenerRecord | undefined, name: string): string | undefined {
  return record?.raw.headers.find(({ key }) => key === name)?.value.toString()
}

const eventsOf = (lines: readonly LogLine[], message: string) =>
  lines.filter(({ msg }) => msg === message).flatMap(({ events }) => events as unknown[])

const quarantined = () => query('select * from undecodable_records order by topic, partition, record_offset')

async function query(sql: string) {
  const { logger } = recordingLogger()
  const reading = connectDatabase({ url: database.url, logger })
  const { rows } = await reading.pool.query(sql)
  await reading.close()
  return rows
}

/** Attempts that the service noted: `failed bad 1 HANDLER_FAILED again`. */
const attempts = async () => {
  const rows = await query('select * from handling_attempts order by number')
  return rows.map(({ outcome, key, attempt, error_code: code, next_attempt_at: next }) =>
    [outcome, key, attempt, ...(code === null ? [] : [code]), ...(next === null ? [] : ['again'])].join(' '),
  )
}

describe('events', () => {
  test('go from a request to Kafka, and from Kafka to a request, each with one log line per batch that names key, type and place', async () => {
    const { service, lines, add } = await newCounter()
    await service.start()

    await add('c-1', 5)
    await sender.sendAll([request('c-2', 3), request('c-2', 1), request('c-3', 2)])

    await waitFor(async () => (await total(service, 'c-2')) === 4 && (await total(service, 'c-3')) === 2, {
      what: 'the counts',
    })
    expect(await total(service, 'c-1')).toBe(5)
    await waitFor(() => eventsOf(lines, 'published').length === 4 && eventsOf(lines, 'consumed').length === 3, {
      what: 'four published and three consumed events in the log',
    })
    const consumed = lines.filter(({ msg }) => msg === 'consumed')
    expect(eventsOf(lines, 'consumed')).toEqual([
      ['c-2', 'AddRequested', '0@0'],
      ['c-2', 'AddRequested', '0@1'],
      ['c-3', 'AddRequested', '0@2'],
    ])
    expect(consumed[0]).toMatchObject({ level: 'info', service: 'counter-service', topic: topics.requests })
    // Together with those that came while it could not be seen yet, or alone.
    expect(lines.find(({ msg }) => msg === 'published')?.topic).toBe(topics.events)
    expect(eventsOf(lines, 'published')[0]).toEqual(['c-1', 'Added', expect.stringMatching(/^[01]@0$/)])
  })

  test('that cannot be decoded are kept aside with all they had, logged, and the partition goes on', async () => {
    const { service, lines } = await newCounter()
    await service.start()

    await sender.sendAll([
      request('c-1', 1),
      { topic: topics.requests, key: 'c-1', value: 'this is not JSON' },
      { ...request('c-1', 'many'), headers: [{ key: 'traceparent', value: Buffer.from('t') }] },
      { topic: topics.requests, key: Buffer.from([0xff, 0x00]), value: Buffer.from([0xff, 0xfe]) },
      {
        ...request('c-1', 1),
        headers: [
          { key: '__TypeId__', value: Buffer.from('com.evil.Exploit') },
          { key: 'binary', value: Buffer.from([0xff]) },
        ],
      },
      request('throw', 1),
      request('skip-me', 1),
      { topic: topics.requests, key: 'c-1', value: JSON.stringify({ eventId: 'last', counterId: 'c-1', by: 10 }) },
    ])

    await waitFor(async () => (await total(service, 'c-1')) === 11, { what: 'the records around them to be counted' })
    const rows = await quarantined()
    const place = { consumer: `${topics.requests}-group`, topic: topics.requests, partition: 0 }
    expect(rows).toMatchObject([
      {
        ...place,
        record_offset: 1,
        code: 'NOT_JSON',
        key: Buffer.from('c-1'),
        value: Buffer.from('this is not JSON'),
        headers: [],
      },
      { ...place, record_offset: 2, code: 'SCHEMA_VIOLATION', headers: [{ key: 'traceparent', text: 't' }] },
      { ...place, record_offset: 3, key: Buffer.from([0xff, 0x00]), value: Buffer.from([0xff, 0xfe]) },
      {
        ...place,
        record_offset: 4,
        code: 'UNTRUSTED_TYPE',
        headers: [
          { key: '__TypeId__', text: 'com.evil.Exploit' },
          { key: 'binary', base64: '/w==' },
        ],
      },
      { ...place, record_offset: 5, code: 'DECODER_FAILED', message: 'The decoder threw: the decoder is broken' },
    ])
    // Those of one key one after the other, each when the dead letter before it is written.
    const logged = lines
      .filter(({ msg }) => String(msg).startsWith('record cannot be decoded'))
      .sort((a, b) => Number(a.offset) - Number(b.offset))
    expect(
      logged.map(({ level, topic, partition, offset, code }) => ({ level, topic, partition, offset, code })),
    ).toEqual(
      rows.map(({ topic, partition, record_offset, code }) => ({
        level: 'error',
        topic,
        partition,
        offset: String(record_offset),
        code,
      })),
    )
  })

  test('that cannot be decoded are dead letters too, with their own bytes', async () => {
    const { service, lines } = await newCounter()
    await service.start()
    const value = Buffer.from([0xff, 0xfe])
    await sender.sendAll([{ topic: topics.requests, key: 'c-1', value }, request('c-1', 3)])

    await waitFor(async () => (await total(service, 'c-1')) === 3, { what: 'the event behind it' })
    const [letter] = await readAll(`${topics.requests}-dlt`, 1)
    expect(letter?.raw.value).toEqual(value)
    expect(letter?.key).toBe('c-1')
    expect(header(letter, 'kafka_dlt-exception-message')).toMatch(/^UNDECODABLE: NOT_UTF8: /)
    expect(header(letter, 'kafka_dlt-original-consumer-group')).toBe(`${topics.requests}-group`)
    expect(await quarantined()).toHaveLength(1)
    await waitFor(async () => (await attempts()).length === 2, { what: 'the notes of the attempt' })
    expect(await attempts()).toEqual(['undecodable c-1 1 UNDECODABLE', 'dead c-1 1 UNDECODABLE'])
    expect(lines.filter(({ msg }) => String(msg).startsWith('record cannot be decoded'))).toHaveLength(1)
  })

  test('whose handler fails are tried again until it works; the later ones of their key wait, and no other', async () => {
    const { service, lines } = await newCounter()
    await service.start()
    faults.add('bad')

    await sender.sendAll([request('good', 1), request('bad', 2), request('bad', 3), request('good', 4)])

    await waitFor(() => lines.filter(({ record }) => record === `${topics.requests}-0@1`).length >= 2, {
      what: 'two attempts in the log',
    })
    await waitFor(async () => (await total(service, 'good')) === 5, { what: 'the events of the other key' })
    expect(lines.find(({ record }) => record === `${topics.requests}-0@1`)).toMatchObject({
      level: 'error',
      attempt: 1,
      key: 'bad',
      err: { message: expect.stringContaining('bad cannot be handled') },
    })
    expect(await total(service, 'bad')).toBe(0)
    const labels = `{consumergroup="${topics.requests}-group",topic="${topics.requests}",partition="0"}`
    const metrics = await (await fetch(`${service.url}/metrics`)).text()
    expect(metrics).toContain(`event_listener_parked_records${labels} 2`)
    expect(metrics).toContain(`event_listener_parked_keys${labels} 1`)
    expect(metrics).toContain(`event_listener_back_pressure${labels} 0`)
    const { failing } = (await (await fetch(`${service.url}/ops/listener`)).json()) as ListenerView
    expect(failing).toMatchObject([
      { topic: topics.requests, partition: 0, offset: '1', key: 'bad', error: expect.stringContaining('bad') },
    ])
    const attempts = /event_listener_delivery_attempts_max\{.*\} (\d+)/.exec(metrics)?.[1]
    expect(Number(attempts)).toBeGreaterThanOrEqual(2)
    expect(metrics).toMatch(/event_listener_in_flight_seconds\{.*\} [\d.e-]+/)
    expect(metrics).toContain(
      `event_listener_circuit_state{consumergroup="${topics.requests}-group",dependency="database"} 0`,
    )
    const ready = await call(`${service.url}/health/ready`)
    expect(ready.status).toBe(200)
    expect(ready.body).toMatchObject({
      components: { 'kafka-consumer': { detail: expect.stringContaining('2 records wait for a retry or behind one') } },
    })

    faults.clear()
    await waitFor(async () => (await total(service, 'bad')) === 5, { what: 'the failed event and the one behind it' })
    expect(await total(service, 'good')).toBe(5)
  })

  test('wait in their topic while an operator has stopped the listener, which has left its group; the service stays healthy', async () => {
    const { service } = await newCounter()
    await service.start()
    const group = `${topics.requests}-group`
    const listener = async (path = '', method = 'GET') =>
      (await (await fetch(`${service.url}/ops/listener${path}`, { method })).json()) as ListenerView
    expect(await listener()).toMatchObject({ groupId: group, state: 'running', inHand: [], failing: [], parked: [] })

    const stopped = await listener('/stop', 'POST')
    await sender.sendAll([request('c-1', 3)])

    expect(stopped).toMatchObject({ state: 'stopped', assignments: 0, stoppedSince: expect.stringMatching(/Z$/) })
    const { groups } = await monitor.sample()
    expect(groups.find((each) => each.group === group)).toMatchObject({ state: 'Empty', members: [] })
    expect((await call(`${service.url}/health/ready`)).status).toBe(200)
    expect(await total(service, 'c-1')).toBe(0)

    expect(await listener('/start', 'POST')).not.toHaveProperty('stoppedSince')
    await waitFor(async () => (await total(service, 'c-1')) === 3, { what: 'the event that waited' })
  })

  test('whose handler fails at every attempt are dead letters; the next one of their key follows', async () => {
    const { service } = await newCounter({
      EVENT_LISTENER_RETRY_MAX_RETRIES: '2',
      EVENT_LISTENER_RETRY_INITIAL_INTERVAL: '10ms',
    })
    await service.start()
    const poison = { ...request('bad', POISON), headers: [{ key: 'traceparent', value: Buffer.from('t') }] }

    await sender.sendAll([request('bad', 1), poison, request('bad', 2), request('good', 4)])

    await waitFor(async () => (await total(service, 'bad')) === 3, { what: 'the event behind it' })
    const [letter] = await readAll(`${topics.requests}-dlt`, 1)
    expect(letter?.raw.value?.toString()).toBe(poison.value)
    expect(header(letter, 'traceparent')).toBe('t')
    expect(header(letter, 'kafka_dlt-exception-message')).toContain('HANDLER_FAILED')
    const metrics = await (await fetch(`${service.url}/metrics`)).text()
    const ofTopic = `{messaging_destination_name="${topics.requests}",messaging_consumer_group_name="${topics.requests}-group"}`
    expect(metrics).toContain(`event_listener_dead_letters_total${ofTopic} 1`)
    expect(metrics).toContain(`event_listener_retries_total${ofTopic} 2`)
    await waitFor(async () => (await attempts()).length === 4, { what: 'the notes of all attempts' })
    expect(await attempts()).toEqual([
      'failed bad 1 HANDLER_FAILED again',
      'failed bad 2 HANDLER_FAILED again',
      'failed bad 3 HANDLER_FAILED',
      'dead bad 3 HANDLER_FAILED',
    ])
  })

  test('that had taken effect before are ignored, and noted as duplicates', async () => {
    const { service } = await newCounter()
    await service.start()
    const twice = request('c-1', 5)

    await sender.sendAll([twice, twice, request('c-1', 1)])

    await waitFor(async () => (await total(service, 'c-1')) === 6, { what: 'the count' })
    await waitFor(async () => (await attempts()).length === 1, { what: 'the note of the duplicate' })
    expect(await attempts()).toEqual(['duplicate c-1 1'])
  })

  test(
    'wait while the database is away, without an attempt being counted, and take effect once when it is there',
    async () => {
      const { service, lines } = await newCounter({ EVENT_LISTENER_RETRY_MAX_RETRIES: '0' })
      await service.start()
      const { logger } = recordingLogger()
      const server = connectDatabase({ url: new URL('/postgres', database.url).href, logger })
      const name = new URL(database.url).pathname.slice(1)
      const circuit = async () => {
        const metrics = await (await fetch(`${service.url}/metrics`)).text()
        return /event_listener_circuit_state\{.*\} (\d)/.exec(metrics)?.[1]
      }
      expect(await circuit()).toBe('0')
      try {
        await server.pool.query(`alter database ${name} allow_connections false`)
        await server.pool.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
        await sender.sendAll(Array.from({ length: 300 }, (_, n) => request(`c-${n % 3}`, 1)))
        await waitFor(async () => (await circuit()) === '2', { what: 'the open circuit' })
        const back = Date.now() + OUTAGE_MS
        await waitFor(() => Date.now() >= back, { what: 'the end of the outage', timeoutMs: OUTAGE_MS + 10_000 })
      } finally {
        await server.pool.query(`alter database ${name} allow_connections true`)
        await server.close()
      }
      for (const id of ['c-0', 'c-1', 'c-2']) {
        await waitFor(async () => (await total(service, id)) === 100, { what: `the count of ${id}` })
      }
      await waitFor(async () => (await circuit()) === '0', { what: 'the closed circuit' })
      expect(lines.filter(({ msg }) => String(msg).includes('recovered'))).toEqual([])
      expect(lines.filter(({ msg, attempt }) => msg === 'consumed' && attempt !== undefined)).toEqual([])
    },
    60_000 + OUTAGE_MS,
  )

  test('carry the trace of the request that caused them, into the store and on to Kafka', async () => {
    const { service } = await newCounter()
    await service.start()
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

    await postJson(`${service.url}/counters/c-1`, '{"by":1}', { traceparent })

    const { logger } = recordingLogger()
    const reading = connectDatabase({ url: database.url, logger })
    expect((await reading.pool.query('select traceparent from events')).rows).toEqual([{ traceparent }])
    await reading.close()
    const [record] = await readAll(topics.events, 1)
    expect(record?.headers).toEqual([{ key: 'traceparent', value: Buffer.from(traceparent) }])
    expect(record?.key).toBe('c-1')
    expect(record?.value).toMatchObject({ eventType: 'Added', correlationId: 'c-1', counterId: 'c-1', by: 1 })
  })
})

test('every counter is born at 0, with its labels, before anything is counted', async () => {
  const { service } = await newCounter()
  await service.start()

  const metrics = await (await fetch(`${service.url}/metrics`)).text()

  const group = `messaging_consumer_group_name="${topics.requests}-group"`
  expect(metrics).toContain(
    `messaging_client_consumed_messages_total{messaging_system="kafka",messaging_destination_name="${topics.requests}",${group},error_type=""} 0`,
  )
  expect(metrics).toContain(
    `event_listener_quarantined_records_total{messaging_destination_name="${topics.requests}",${group}} 0`,
  )
  expect(metrics).toContain(
    `messaging_client_sent_messages_total{messaging_system="kafka",messaging_destination_name="${topics.events}",error_type=""} 0`,
  )
  expect(metrics).toMatch(/messaging_process_duration_seconds_count\{[^}]*\} 0/)
  expect(metrics).toMatch(/event_publisher_lag_events\{publisher="counter-service"\} 0/)
  expect(metrics).toMatch(/process_resident_memory_bytes \d+/)
})

test('a rejected command is the service’s own problem, and a repeated key with another body a conflict', async () => {
  const { service, add } = await newCounter()
  await service.start()
  const keyed = (by: number) =>
    postJson(`${service.url}/counters/c-1`, JSON.stringify({ by }), { 'idempotency-key': 'k-1' })

  expect((await add('c-1', 1001)).problem).toMatchObject({ code: 'TOO_MUCH', status: 422, total: 0 })
  expect((await keyed(3)).body).toMatchObject({ total: 3 })
  expect((await keyed(3)).body).toMatchObject({ total: 3 })
  expect((await keyed(4)).problem).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', status: 409 })
})

describe('a stop', () => {
  test('lets requests finish, loses nothing that is committed, and leaves the group', async () => {
    const { service, lines, add } = await newCounter()
    await service.start()
    const waiting = call(`${service.url}/until-stop`)
    const kept = rawConnection(service.url ?? '')
    kept.get('/until-stop')
    await Promise.all(Array.from({ length: 200 }, (_, n) => add(`c-${n}`, 1)))

    const closed = service.close()

    expect((await waiting).body).toEqual({ stopped: true })
    expect(await kept.ended).toMatch(/\{"stopped":true\}$/)
    await closed
    expect(lines.filter(({ level }) => level === 'error')).toEqual([])
    await expect(fetch(`${service.url}/health/live`)).rejects.toThrow()
    const { groups } = await monitor.sample()
    expect(groups.find(({ group }) => group === `${topics.requests}-group`)).toMatchObject({ state: 'Empty' })

    const next = startCounter()
    await next.service.start()
    expect(await total(next.service, 'c-7')).toBe(1)
    // What an open transaction somewhere on the server had hidden until then is published by the next start.
    const published = () => [...eventsOf(lines, 'published'), ...eventsOf(next.lines, 'published')]
    await waitFor(() => published().length >= 200, { what: 'all events' })
    expect(published()).toHaveLength(200)
  })

  test('before the start is finished ends the start', async () => {
    database = await createTestDatabase()
    topics = { requests: testTopic('requests'), events: testTopic('events') }
    const { service } = startCounter({ DATABASE_URL: 'postgres://shop:pw@127.0.0.1:1/shop' })

    const started = service.start()
    await waitFor(() => service.url, { what: 'the service to listen' })
    await service.close()

    await expect(started).rejects.toMatchObject({ code: 'STOPPED' })
  })

  test('may be asked for twice, and without a start', async () => {
    const { service } = await newCounter()

    await Promise.all([service.close(), service.close()])
    await service.close()
  })
})

test('a taken port is named', async () => {
  const { service } = await newCounter()
  await service.start()
  const port = new URL(service.url ?? '').port

  const second = startCounter({ SERVER_PORT: port })

  await expect(second.service.start()).rejects.toMatchObject({
    code: 'ADDRESS_IN_USE',
    message: expect.stringContaining(`Port ${port}`),
  })
})
