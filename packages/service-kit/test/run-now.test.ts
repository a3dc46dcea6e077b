import { fileURLToPath } from 'node:url'
import { KafkaConfig, KafkaProducerConfig } from '@stocker/kafka-config'
import { loadProperties } from '@stocker/properties'
import { expect, onTestFinished, test } from 'vitest'
import { createTestDatabase, kafkaBootstrap, testTopic, waitFor } from '../../../test/servers.ts'
import { createApp, faults } from './counter-service/src/app.ts'
import { readConfig } from './counter-service/src/config.ts'
import { call, postJson, recordingLogger } from './http-fixture.ts'

test('an event that failed is handled at once when an operator does not want to wait; one that waits for nothing is not', async () => {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const [requests, events] = [testTopic('requests'), testTopic('events')]
  const properties = loadProperties({
    files: [fileURLToPath(new URL('counter-service/application.properties', import.meta.url))],
    environment: {
      DATABASE_URL: database.url,
      KAFKA: kafkaBootstrap(),
      GROUP: `${requests}-group`,
      REQUESTS_TOPIC: requests,
      EVENTS_TOPIC: events,
      EVENT_LISTENER_RETRY_INITIAL_INTERVAL: '1h',
      EVENT_LISTENER_RETRY_MAX_INTERVAL: '1h',
    },
  })
  const service = createApp(readConfig(properties), recordingLogger('counter-service').logger)
  onTestFinished(() => service.close())
  await service.start()
  const sender = new KafkaProducerConfig(
    KafkaConfig.fromProperties({ 'spring.kafka.bootstrap-servers': kafkaBootstrap() }),
  ).createSender()
  onTestFinished(() => sender.close())
  onTestFinished(() => faults.clear())
  const runNow = (body: object) => postJson(`${service.url}/ops/listener/retries/run-now`, JSON.stringify(body))
  faults.add('bad')
  const value = JSON.stringify({ eventId: crypto.randomUUID(), counterId: 'bad', by: 3 })
  await sender.sendAll([{ topic: requests, key: 'bad', value }])
  const failing = async () =>
    (await call(`${service.url}/ops/listener`)).body.failing as readonly { retryAt?: string }[]
  await waitFor(async () => (await failing())[0]?.retryAt !== undefined, { what: 'an event that waits for a retry' })

  expect(await runNow({ key: 'good' })).toMatchObject({ status: 404, body: { code: 'NOTHING_WAITS' } })
  expect(await runNow({ key: 'bad', topic: 'another' })).toMatchObject({ status: 404 })
  faults.clear()
  expect(await runNow({ key: 'bad', topic: requests })).toMatchObject({ status: 200, body: { status: 'due' } })

  const total = async () => (await call(`${service.url}/counters/bad`)).body.total
  await waitFor(async () => (await total()) === 3, { what: 'the event' })
  expect(await runNow({ key: 'bad' })).toMatchObject({ status: 404 })
})
