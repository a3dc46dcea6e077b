import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { KafkaConfig, KafkaEventUtils, KafkaProducerConfig, KafkaTopicConfig } from '@stocker/kafka-config'
import { expect, onTestFinished, test } from 'vitest'
import { createTestDatabase, kafkaBootstrap, waitFor } from '../../../test/servers.ts'
import { METRIC_CATALOGUE } from '../src/metrics/metric-catalogue.ts'
import { ROUTE_ACCESS } from '../src/security/route-access.ts'
import { SECURITY_SETTINGS } from '../src/security/security-config.ts'
import { SERVICE_SETTINGS } from '../src/service/service-config.ts'
import type { LogLine } from './http-fixture.ts'
import { postJson } from './http-fixture.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

test.each(['application.properties', 'src/main.ts', 'src/config.ts', 'src/wishlist.ts', 'src/http.ts', 'src/app.ts'])(
  'the service in the README is the one that is tested: %s',
  (file) => {
    expect(readme).toContain(readFileSync(new URL(`wishlist-service/${file}`, import.meta.url), 'utf8').trim())
  },
)

test('the README names every property and every metric', () => {
  for (const { key } of Object.values(SERVICE_SETTINGS)) expect(readme).toContain(`\`${key}\``)
  for (const { key } of Object.values(SECURITY_SETTINGS)) expect(readme).toContain(`\`${key.split('.').at(-1)}\``)
  for (const access of Object.keys(ROUTE_ACCESS)) expect(readme).toContain(`\`${access}\``)
  for (const name of Object.keys(METRIC_CATALOGUE)) expect(readme).toContain(`\`${name}\``)
})

test('and it works: a wish is taken, and dropped when it is ordered', async () => {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  // Other tests write orders to the same topic of the shared broker.
  const customer = `ada-${crypto.randomUUID()}`
  const kafka = KafkaConfig.fromProperties({
    'spring.kafka.bootstrap-servers': kafkaBootstrap(),
    'spring.kafka.producer.value-serializer': 'org.springframework.kafka.support.serializer.JsonSerializer',
  })
  await using topics = new KafkaTopicConfig(kafka, [{ name: 'order-events', partitions: 3 }])
  await topics.ensureTopics()
  const producerConfig = new KafkaProducerConfig(kafka)
  await using sender = producerConfig.createSender()
  const main = fileURLToPath(new URL('wishlist-service/src/main.ts', import.meta.url))
  const child = spawn(process.execPath, [main], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      SERVER_PORT: '0',
      DATABASE_URL: database.url,
      SPRING_KAFKA_BOOTSTRAP_SERVERS: kafkaBootstrap(),
      SPRING_KAFKA_CONSUMER_GROUP_ID: `wishlist-${crypto.randomUUID()}`,
    },
  })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
  })
  const lines: LogLine[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)))
  const ready = await waitFor(() => lines.find(({ msg }) => msg === 'ready'), { what: 'ready' })
  const wish = async (sku: string) =>
    (await postJson(`${ready.url}/api/wishlists/${customer}`, JSON.stringify({ sku }))).body

  expect(await wish('mug')).toEqual({ skus: ['mug'] })
  expect(await wish('cup')).toEqual({ skus: ['mug', 'cup'] })
  const event = {
    eventId: crypto.randomUUID(),
    eventType: 'OrderCreatedEvent',
    orderId: 'o-1',
    customerId: customer,
    lines: [{ sku: 'mug', quantity: 1 }],
  }
  await new KafkaEventUtils(sender, { producerConfig }).sendEvent('order-events', 'o-1', event)

  await waitFor(
    () => lines.some(({ msg, events }) => msg === 'published' && JSON.stringify(events).includes('WishDroppedEvent')),
    {
      what: 'the dropped wish to be published',
    },
  )
  expect(await wish('cup')).toEqual({ skus: ['cup'] })
  child.kill('SIGTERM')
  expect(await once(child, 'close')).toEqual([0, null])
})
