import { fileURLToPath } from 'node:url'
import type { KafkaSender } from '@stocker/kafka-config'
import { KafkaConfig, KafkaProducerConfig } from '@stocker/kafka-config'
import { loadProperties } from '@stocker/properties'
import pg from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createTestDatabase, kafkaBootstrap, testTopic, waitFor } from '../../../test/servers.ts'
import { createApp, ENDLESS, SHELVED } from './counter-service/src/app.ts'
import { readConfig } from './counter-service/src/config.ts'
import { recordingLogger } from './http-fixture.ts'

const file = fileURLToPath(new URL('counter-service/application.properties', import.meta.url))

let sender: KafkaSender
beforeAll(() => {
  const kafka = KafkaConfig.fromProperties({ 'spring.kafka.bootstrap-servers': kafkaBootstrap() })
  sender = new KafkaProducerConfig(kafka).createSender()
})
afterAll(() => sender.close())

/** A service that gives an event three attempts, and whose transactions wait half a second for a lock: all attempts take a moment. */
async function counting() {
  const database = await createTestDatabase()
  const [requests, events] = [testTopic('requests'), testTopic('events')]
  const { logger, lines } = recordingLogger('counter-service')
  const properties = loadProperties({
    files: [file],
    environment: {
      DATABASE_URL: database.url,
      KAFKA: kafkaBootstrap(),
      GROUP: `${requests}-group`,
      REQUESTS_TOPIC: requests,
      EVENTS_TOPIC: events,
      EVENT_STORE_TRANSACTION_TIMEOUT: '1s',
      EVENT_LISTENER_RETRY_MAX_RETRIES: '2',
      EVENT_LISTENER_RETRY_INITIAL_INTERVAL: '10ms',
      EVENT_LISTENER_RETRY_MAX_INTERVAL: '20ms',
    },
  })
  const service = createApp(readConfig(properties), logger)
  const pool = new pg.Pool({ connectionString: database.url, application_name: 'somebody' })
  pool.on('error', () => {})
  onTestFinished(async () => {
    await service.close()
    await pool.end()
    await database.drop()
  })
  await service.start()
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`${service.url}/metrics`)).text()
    return Number(new RegExp(`^${name}\\{.*\\} (.*)$`, 'm').exec(text)?.[1])
  }
  const total = async (id: string): Promise<number> => {
    const { rows } = await pool.query(`select count(*)::int as n from events where stream = $1`, [`counter-${id}`])
    return rows[0].n
  }
  const counted = async () => ({
    dead: await metric('event_listener_dead_letters_total'),
    attempts: await metric('event_listener_delivery_attempts_max'),
    retries: await metric('event_listener_retries_total'),
  })
  return { service, lines, pool, requests, metric, counted, total }
}

/** Somebody's transaction in the database, until it is let go, or the test is over. */
async function held(pool: pg.Pool, statement: string): Promise<{ readonly letGo: () => Promise<unknown> }> {
  const client = await pool.connect()
  await client.query('begin')
  await client.query(statement)
  let over: Promise<unknown> | undefined
  const letGo = () => {
    over ??= client.query('rollback').finally(() => client.release())
    return over
  }
  onTestFinished(async () => void (await letGo()))
  return { letGo }
}

interface Health {
  readonly components: { readonly 'kafka-consumer': { readonly detail: string } }
}

const request = (topic: string, counterId: string, by = 1) => ({
  topic,
  key: counterId,
  value: JSON.stringify({ eventId: crypto.randomUUID(), counterId, by }),
})

const NO_ATTEMPT = { dead: 0, attempts: 0, retries: 0 }

test('a locked table costs no event an attempt, however long: the listener waits, says for whom, and goes on by itself', async () => {
  const { service, pool, requests, counted, metric, total } = await counting()
  const somebody = await held(pool, 'lock table inbox in access exclusive mode')
  await sender.sendAll(['a', 'b', 'c', 'a'].map((id) => request(requests, id)))

  await waitFor(async () => (await metric('event_listener_circuit_state')) === 2, {
    what: 'the open circuit',
    timeoutMs: 60_000,
  })
  const detail = async () => {
    const { components } = (await (await fetch(`${service.url}/health/ready`)).json()) as Health
    return components['kafka-consumer'].detail
  }
  await waitFor(
    async () =>
      /^waits for database: process \d+ \(somebody\), idle in transaction, holds a lock on inbox$/.test(await detail()),
    { what: 'the lock in health', timeoutMs: 60_000 },
  )
  // Longer than all attempts of an event take, and the time-outs of as many transactions.
  const [began] = (await pool.query('select clock_timestamp() as now')).rows
  await waitFor(
    async () =>
      (await pool.query(`select clock_timestamp() > $1::timestamptz + interval '3 seconds' as over`, [began.now]))
        .rows[0].over,
    { what: 'three seconds' },
  )
  expect(await counted()).toEqual(NO_ATTEMPT)
  expect(await metric('event_listener_circuit_state')).toBe(2)

  await somebody.letGo()
  await waitFor(async () => (await total('a')) === 2 && (await total('b')) === 1 && (await total('c')) === 1, {
    what: 'all events',
    timeoutMs: 60_000,
  })
  await waitFor(async () => (await metric('event_listener_circuit_state')) === 0, {
    what: 'the closed circuit',
    timeoutMs: 60_000,
  })
  expect(await counted()).toEqual(NO_ATTEMPT)
}, 200_000)

test('a locked row holds up the events that need it and no other, and costs them no attempt either', async () => {
  const { pool, requests, counted, total } = await counting()
  await pool.query('create table shelves (name text primary key, pieces int not null)')
  await pool.query(`insert into shelves values ('busy', 9)`)
  const somebody = await held(pool, `select from shelves where name = 'busy' for update`)
  await sender.sendAll([request(requests, 'busy', SHELVED), request(requests, 'busy'), request(requests, 'free')])

  for (let n = 1; n <= 4; n += 1) {
    await waitFor(async () => (await total('free')) === n, { what: `event ${n} of another key`, timeoutMs: 60_000 })
    await sender.sendAll([request(requests, 'free')])
  }
  expect(await total('busy')).toBe(0)
  expect(await counted()).toEqual(NO_ATTEMPT)

  await somebody.letGo()
  await waitFor(async () => (await total('busy')) === 2, { what: 'the events that waited', timeoutMs: 60_000 })
  expect(await counted()).toEqual(NO_ATTEMPT)
}, 200_000)

test('an event that takes too long whenever it comes is a dead letter in the end, since the database has time for the others', async () => {
  const { requests, counted, total } = await counting()
  await sender.sendAll([request(requests, 'endless', ENDLESS), request(requests, 'endless')])

  let others = 0
  await waitFor(
    async () => {
      if ((await total('other')) === others) {
        others += 1
        await sender.sendAll([request(requests, 'other')])
      }
      return (await counted()).dead === 1
    },
    { what: 'the dead letter', timeoutMs: 60_000 },
  )
  await waitFor(async () => (await total('endless')) === 1, { what: 'the event behind it', timeoutMs: 60_000 })
  expect(await counted()).toMatchObject({ dead: 1, attempts: 0 })
}, 200_000)

test('an event that takes too long is not counted out while the database has time for nobody', async () => {
  const { requests, counted, lines } = await counting()
  await sender.sendAll([request(requests, 'endless', ENDLESS)])

  const waits = () => lines.filter(({ msg }) => String(msg).includes('no attempt is counted')).length
  await waitFor(() => waits() >= 5, { what: 'more failures than an event has attempts', timeoutMs: 60_000 })
  expect(await counted()).toEqual(NO_ATTEMPT)
}, 200_000)
