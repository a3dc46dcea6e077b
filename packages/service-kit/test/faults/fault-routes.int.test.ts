import { fileURLToPath } from 'node:url'
import { KafkaConfig, KafkaProducerConfig } from '@stocker/kafka-config'
import { loadProperties } from '@stocker/properties'
import { afterEach, expect, it } from 'vitest'
import { createTestDatabase, kafkaBootstrap, testTopic, waitFor } from '../../../../test/servers.ts'
import { createApp } from '../counter-service/src/app.ts'
import { readConfig } from '../counter-service/src/config.ts'
import { postJson, recordingLogger } from '../http-fixture.ts'

const name = 'handling.AddRequested'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A real service that counts what is in a topic, and a way to ask it for more. */
async function openCounter(environment: Record<string, string>) {
  const database = await createTestDatabase()
  closing.push(() => database.drop())
  const requests = testTopic('requests')
  const service = createApp(
    readConfig(
      loadProperties({
        files: [fileURLToPath(new URL('../counter-service/application.properties', import.meta.url))],
        environment: {
          DATABASE_URL: database.url,
          KAFKA: kafkaBootstrap(),
          GROUP: `${requests}-group`,
          REQUESTS_TOPIC: requests,
          EVENTS_TOPIC: testTopic('events'),
          ...environment,
        },
      }),
    ),
    recordingLogger('counter-service').logger,
  )
  await service.start()
  closing.push(() => service.close())
  const sender = new KafkaProducerConfig(
    KafkaConfig.fromProperties({ 'spring.kafka.bootstrap-servers': kafkaBootstrap() }),
  ).createSender()
  closing.push(() => sender.close())
  const url = service.url ?? ''
  const faults = async () => (await fetch(`${url}/ops/faults`)).json()
  return { url, requests, sender, faults }
}

it('an event fails as often as was set, and then takes effect by itself', async () => {
  const { url, requests, sender, faults } = await openCounter({ FAULTS_ENABLED: 'true' })
  const set = await postJson(`${url}/ops/faults`, JSON.stringify({ name, effect: 'fail', times: 3 }))
  expect(set.body).toMatchObject({ faults: [{ name, set: { effect: 'fail', times: 3, left: 3 } }] })

  await sender.sendAll([
    { topic: requests, key: 'c-1', value: JSON.stringify({ eventId: 'e-1', counterId: 'c-1', by: 5 }) },
  ])

  await waitFor(async () => (await faults()).faults[0].struck === 3, { what: 'three failures' })
  await waitFor(async () => (await (await fetch(`${url}/counters/c-1`)).json()).total === 5, {
    what: 'the event to take effect',
  })
  expect(await faults()).toEqual({ faults: [{ name, effects: ['fail'], struck: 3, set: null }] })
})

it('what does not exist is refused by name, and all can be taken back', async () => {
  const { url } = await openCounter({ FAULTS_ENABLED: 'true' })

  expect(await postJson(`${url}/ops/faults`, '{"name":"call.nobody","effect":"fail"}')).toMatchObject({
    status: 422,
    body: { code: 'NO_SUCH_FAULT', detail: `There is no fault switch call.nobody; there are ${name}.` },
  })
  await postJson(`${url}/ops/faults`, JSON.stringify({ name, effect: 'fail', times: null }))
  const cleared = await fetch(`${url}/ops/faults`, { method: 'DELETE' })

  expect(await cleared.json()).toMatchObject({ faults: [{ name, set: null }] })
})

it('where faults are not enabled there is no such address', async () => {
  const { url } = await openCounter({})

  expect((await fetch(`${url}/ops/faults`)).status).toBe(404)
})
