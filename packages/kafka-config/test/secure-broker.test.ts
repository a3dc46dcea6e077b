import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { alterUserScramCredentialsV0, Connection } from '@platformatic/kafka'
import type { EmbeddedKafka } from '@stocker/embedded-kafka'
import { startEmbeddedKafka } from '@stocker/embedded-kafka'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../../../test/servers.ts'
import type { ListenerRecord } from '../src/index.ts'
import { KafkaConfig, KafkaConsumerConfig, KafkaProducerConfig, KafkaTopicConfig } from '../src/index.ts'
import { JSON_DESERIALIZER } from './config/configuration.ts'

const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule'
const SCRAM = 'org.apache.kafka.common.security.scram.ScramLoginModule'
const TOPIC = 'secure-orders'
const tlsFile = (name: string) => join(import.meta.dirname, 'config', 'tls', name)

const folder = mkdtempSync(join(tmpdir(), 'secure-broker-'))
let broker: EmbeddedKafka
let secureServers = ''

/** A broker with TLS and a login on a second listener, as a hosted cluster has. */
beforeAll(async () => {
  const [plain, secure, controller] = await Promise.all([freePort(), freePort(), freePort()])
  const keyStore = join(folder, 'broker.pem')
  writeFileSync(keyStore, readFileSync(tlsFile('broker.key'), 'utf8') + readFileSync(tlsFile('broker.pem'), 'utf8'))
  broker = await startEmbeddedKafka({
    dataDir: join(folder, 'data'),
    port: plain,
    brokerProperties: {
      listeners: `PLAINTEXT://127.0.0.1:${plain},SASL_SSL://127.0.0.1:${secure},CONTROLLER://127.0.0.1:${controller}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${plain},SASL_SSL://localhost:${secure}`,
      'controller.quorum.voters': `1@127.0.0.1:${controller}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT',
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256',
      'listener.name.sasl_ssl.plain.sasl.jaas.config': `${PLAIN} required user_stocker="p;=\\"1";`,
      'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': `${SCRAM} required;`,
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': keyStore,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': tlsFile('ca.pem'),
      'ssl.client.auth': 'required',
    },
  })
  secureServers = `localhost:${secure}`
  await createScramUser('127.0.0.1', plain, 'scram-user', 'hunter2')
})

afterAll(async () => {
  await broker?.stop()
  rmSync(folder, { recursive: true, force: true })
})

function configWith(keys: Readonly<Record<string, string>>): KafkaConfig {
  const all = {
    'bootstrap-servers': secureServers,
    'security.protocol': 'SASL_SSL',
    'properties.sasl.mechanism': 'PLAIN',
    'properties.sasl.jaas.config': `${PLAIN} required username="stocker" password="p;=\\"1";`,
    'ssl.trust-store-location': tlsFile('ca.pem'),
    'ssl.key-store-location': tlsFile('client.p12'),
    'ssl.key-store-password': 'changeit',
    'consumer.group-id': `secure-${randomBytes(4).toString('hex')}`,
    'consumer.auto-offset-reset': 'earliest',
    'consumer.value-deserializer': JSON_DESERIALIZER,
    ...keys,
  }
  return KafkaConfig.fromProperties(
    Object.fromEntries(Object.entries(all).map(([key, value]) => [`spring.kafka.${key}`, value])),
  )
}

/** How long a send may take that cannot succeed. */
const SHORT = { 'properties.request.timeout.ms': '1s', 'producer.properties.delivery.timeout.ms': '1500ms' }

async function sendOne(config: KafkaConfig, value: string): Promise<unknown> {
  const sender = new KafkaProducerConfig(config).createSender()
  try {
    return await sender.send({ topic: TOPIC, key: 'o-1', value })
  } finally {
    await sender.close()
  }
}

describe('a broker with TLS and login', () => {
  test.each<[string, Record<string, string>]>([
    ['PLAIN and a PKCS12 key store', {}],
    [
      'SCRAM and PEM texts',
      {
        'properties.sasl.mechanism': 'SCRAM-SHA-256',
        'properties.sasl.jaas.config': `${SCRAM} required username="scram-user" password="hunter2";`,
        'ssl.key-store-location': '',
        'ssl.key-store-password': '',
        'ssl.trust-store-location': '',
        'ssl.key-store-key': readFileSync(tlsFile('client.key'), 'utf8'),
        'ssl.key-store-certificate-chain': readFileSync(tlsFile('client.pem'), 'utf8'),
        'ssl.trust-store-certificates': readFileSync(tlsFile('ca.pem'), 'utf8'),
      },
    ],
    [
      'an encrypted PEM key store and TLS 1.2',
      {
        'ssl.key-store-location': tlsFile('client-encrypted.pem'),
        'ssl.key-password': 'changeit',
        'ssl.key-store-password': '',
        'ssl.protocol': 'TLSv1.2',
      },
    ],
  ])('takes topics, records and listeners with %s', async (name, keys) => {
    const config = configWith(keys)
    await using topics = new KafkaTopicConfig(config, [{ name: TOPIC, partitions: 1 }])
    await topics.ensureTopics()
    const received: ListenerRecord[] = []
    await using container = new KafkaConsumerConfig(config).createListenerContainer({
      topics: [TOPIC],
      listener: async (records) => {
        received.push(...records)
      },
    })

    await sendOne(config, JSON.stringify({ name }))
    await container.start()

    await waitFor(() => received.some(({ value }) => (value as { name?: string }).name === name), {
      what: 'the record just sent',
    })
  })

  test('refuses a wrong password, and the sender says so', async () => {
    const config = configWith({
      'properties.sasl.jaas.config': `${PLAIN} required username="stocker" password="wrong";`,
    })

    await expect(sendOne(config, '{}')).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' })
  })

  test('is not spoken to when its certificate comes from a stranger', async () => {
    const config = configWith({
      ...SHORT,
      'ssl.trust-store-location': '',
      'ssl.key-store-location': tlsFile('client-encrypted.pem'),
      'ssl.key-password': 'changeit',
      'ssl.key-store-password': '',
    })

    await expect(sendOne(config, '{}')).rejects.toSatisfy((error) => /certificate/i.test(textOf(error)))
  })

  test('is not spoken to under a name that its certificate lacks, unless that check is off', async () => {
    const servers = secureServers.replace('localhost', '127.0.0.1')

    await expect(sendOne(configWith({ ...SHORT, 'bootstrap-servers': servers }), '{}')).rejects.toSatisfy((error) =>
      /altnames|IP/i.test(textOf(error)),
    )
    await using topics = new KafkaTopicConfig(
      configWith({ 'bootstrap-servers': servers, 'properties.ssl.endpoint.identification.algorithm': '' }),
      [{ name: TOPIC, partitions: 1 }],
    )
    await expect(topics.ensureTopics()).resolves.toBeDefined()
  })
})

/** Message with those of all causes. */
function textOf(error: unknown): string {
  return error instanceof Error ? `${error.message} ${textOf(error.cause)}` : String(error)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function createScramUser(host: string, port: number, name: string, password: string): Promise<void> {
  const salt = randomBytes(16)
  const iterations = 4_096
  const saltedPassword = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const connection = new Connection('secure-broker-test')
  await connection.connect(host, port)
  const upsertion = { name, mechanism: 1, iterations, salt, saltedPassword }
  await alterUserScramCredentialsV0.api.async(connection, [], [upsertion])
  await connection.close()
}
