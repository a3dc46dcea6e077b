import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadProperties } from '@stocker/properties'
import { describe, expect, onTestFinished, test } from 'vitest'
import { KafkaConfig } from '../../src/index.ts'
import { configOf, JSON_DESERIALIZER, JSON_SERIALIZER, ORIGINAL_LINES } from './configuration.ts'

function givenOriginalFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'application.properties')
  writeFileSync(file, ORIGINAL_LINES)
  return file
}

describe('the original nine lines', () => {
  test('work unchanged', () => {
    const config = KafkaConfig.fromProperties(loadProperties({ files: [givenOriginalFile()] }))

    expect(config.bootstrapServers).toEqual(['localhost:9092'])
    expect(config.consumer).toMatchObject({
      groupId: 'dispatch-service-group',
      autoOffsetReset: 'earliest',
      keyDeserializer: { kind: 'string' },
      valueDeserializer: { kind: 'json', trustedPackages: [], useTypeHeaders: true, removeTypeHeaders: true },
    })
    expect(config.producer).toMatchObject({
      keySerializer: { kind: 'string' },
      valueSerializer: { kind: 'json', addTypeHeaders: false },
    })
  })

  test('are explained line by line', () => {
    const file = givenOriginalFile()

    const explained = KafkaConfig.fromProperties(loadProperties({ files: [file] })).explain()

    const fromFile = explained.filter(({ origin }) => origin.startsWith(file))
    const asLines = fromFile.map(({ key, value, origin }) => `${origin.slice(file.length + 1)} ${key}=${value}`).sort()
    expect(asLines).toEqual(
      ORIGINAL_LINES.trim()
        .split('\n')
        .map((line, index) => `${index + 1} ${line}`),
    )
  })

  test('can be changed by the environment', () => {
    const config = KafkaConfig.fromProperties(
      loadProperties({
        files: [givenOriginalFile()],
        environment: {
          SPRING_KAFKA_BOOTSTRAP_SERVERS: 'kafka-1:9092,kafka-2:9092',
          SPRING_KAFKA_CONSUMER_GROUP_ID: 'other',
          SPRING_KAFKA_CONSUMER_PROPERTIES_SPRING_JSON_TRUSTED_PACKAGES: 'com.stocker.*',
          SPRING_KAFKA_CONSUMER_PROPERTIES_SESSION_TIMEOUT_MS: '6000',
        },
      }),
    )

    expect(config.bootstrapServers).toEqual(['kafka-1:9092', 'kafka-2:9092'])
    expect(config.consumer.groupId).toBe('other')
    expect(config.consumer.sessionTimeoutMs).toBe(6_000)
    expect(config.consumer.valueDeserializer).toMatchObject({
      trustedPackages: ['java.util', 'java.lang', 'com.stocker.*'],
    })
  })
})

test('without any key the settings are the defaults of Kafka and Spring, but for those with a reason', () => {
  const { consumer, producer, admin, listener, clientId } = configOf()

  expect(clientId).toBe('kafka-config')
  expect(consumer).toEqual({
    connection: {
      bootstrapServers: ['localhost:9092'],
      clientId: 'kafka-config',
      tlsServerName: true,
      connectTimeoutMs: 2_000,
      requestTimeoutMs: 30_000,
      retryBackoffMs: 250,
      retryBackoffMaxMs: 1_000,
      metadataMaxAgeMs: 300_000,
    },
    groupId: undefined,
    groupInstanceId: undefined,
    autoOffsetReset: 'latest',
    maxPollRecords: 500,
    maxPollIntervalMs: 300_000,
    sessionTimeoutMs: 45_000,
    heartbeatIntervalMs: 3_000,
    fetchMinBytes: 1,
    fetchMaxBytes: 524_288,
    maxPartitionFetchBytes: 1_048_576,
    fetchMaxWaitMs: 100,
    defaultApiTimeoutMs: 60_000,
    assignmentStrategy: 'range',
    isolationLevel: 'read_uncommitted',
    keyDeserializer: { kind: 'string', className: 'org.apache.kafka.common.serialization.StringDeserializer' },
    valueDeserializer: { kind: 'string', className: 'org.apache.kafka.common.serialization.StringDeserializer' },
  })
  expect(producer).toMatchObject({
    connection: { requestTimeoutMs: 10_000 },
    acks: 'all',
    idempotent: true,
    deliveryTimeoutMs: 120_000,
    maxBlockMs: 60_000,
    maxRequestSizeBytes: 1_048_576,
    batchSizeBytes: 1_048_576,
    bufferMemoryBytes: 33_554_432,
    compressionType: 'none',
  })
  expect(admin).toMatchObject({
    autoCreate: true,
    modifyTopicConfigs: false,
    failFast: false,
    operationTimeoutMs: 30_000,
  })
  expect(listener).toEqual({
    autoStartup: true,
    concurrency: 1,
    ackMode: 'batch',
    idleBetweenPollsMs: 0,
    missingTopicsFatal: false,
    immediateStop: false,
  })
})

describe("Spring Boot's merge order", () => {
  test('is common keys, common properties, keys of the client, properties of the client', () => {
    const all = {
      'client-id': 'common-typed',
      'properties.client.id': 'common-map',
      'consumer.client-id': 'typed',
      'consumer.properties.client.id': 'map',
    }
    const firsts = [1, 2, 3, 4].map((count) => Object.fromEntries(Object.entries(all).slice(0, count)))

    expect(firsts.map((keys) => configOf(keys).consumer.connection.clientId)).toEqual([
      'common-typed',
      'common-map',
      'typed',
      'map',
    ])
    expect(configOf(all).producer.connection.clientId).toBe('common-map')
    expect(configOf(all).clientId, 'of the admin client').toBe('common-map')
  })

  test('puts the typed security protocol above the properties, as the connection details do', () => {
    const { consumer, producer } = configOf({
      'security.protocol': 'SSL',
      'properties.security.protocol': 'PLAINTEXT',
      'producer.security.protocol': 'PLAINTEXT',
    })

    expect(consumer.connection.tls).toBeDefined()
    expect(producer.connection.tls).toBeUndefined()
  })

  test('takes the bootstrap servers of a client before the common ones', () => {
    const config = configOf({ 'bootstrap-servers': 'a:1', 'consumer.bootstrap-servers': 'b:2' })

    expect(config.consumer.connection.bootstrapServers).toEqual(['b:2'])
    expect(config.producer.connection.bootstrapServers).toEqual(['a:1'])
    expect(config.bootstrapServers).toEqual(['a:1'])
  })

  test('lets common properties reach only the clients that know them', () => {
    const config = configOf({ 'properties.fetch.max.wait.ms': '7', 'properties.compression.type': 'zstd' })

    expect(config.consumer.fetchMaxWaitMs).toBe(7)
    expect(config.producer.compressionType).toBe('zstd')
  })
})

test('the application names its clients where the properties do not', () => {
  expect(configOf({}, { defaultClientId: 'order-service' }).clientId).toBe('order-service')
  expect(configOf({ 'client-id': 'mine' }, { defaultClientId: 'order-service' }).clientId).toBe('mine')
})

test.each([
  ['a:9092', ['a:9092']],
  ['a:1, b:2', ['a:1', 'b:2']],
  ['PLAINTEXT://a:9092', ['a:9092']],
  ['[::1]:9092', ['[::1]:9092']],
])('bootstrap servers %s are %j', (text, expected) => {
  expect(configOf({ 'bootstrap-servers': text }).bootstrapServers).toEqual(expected)
})

test('a broker that is called by its address gets no server name in the TLS handshake', () => {
  const named = (servers: string) => configOf({ 'bootstrap-servers': servers }).consumer.connection.tlsServerName

  expect(named('kafka.example.com:9092')).toBe(true)
  expect(named('10.0.0.1:9092')).toBe(false)
  expect(named('[::1]:9092')).toBe(false)
})

test('an empty value is none, as in Spring', () => {
  const config = configOf({
    'consumer.group-id': '',
    'consumer.max-poll-records': '',
    'properties.sasl.jaas.config': '',
  })

  expect(config.consumer.groupId).toBeUndefined()
  expect(config.consumer.maxPollRecords).toBe(500)
})

test('settings cannot be changed', () => {
  const config = configOf(Object.fromEntries([['consumer.value-deserializer', 'x']].slice(1)))

  for (const part of [
    config,
    config.bootstrapServers,
    config.consumer,
    config.consumer.connection,
    config.consumer.valueDeserializer,
    config.producer,
    config.admin,
    config.listener,
    config.explain(),
  ]) {
    expect(Object.isFrozen(part)).toBe(true)
  }
})

describe('explain', () => {
  test('hides secrets', () => {
    const explained = configOf({
      'security.protocol': 'SASL_PLAINTEXT',
      'properties.sasl.mechanism': 'PLAIN',
      'properties.sasl.jaas.config':
        'org.apache.kafka.common.security.plain.PlainLoginModule required username="stocker" password="hunter2";',
    }).explain()

    expect(explained).toContainEqual({
      key: 'spring.kafka.properties.sasl.jaas.config',
      value: '******',
      origin: 'value',
    })
    expect(JSON.stringify(explained)).not.toContain('hunter2')
  })

  test('names the key that would change a default', () => {
    const explained = configOf().explain()
    const defaults = Object.fromEntries(explained.map(({ key, value }) => [key, value]))

    expect(new Set(explained.map(({ origin }) => origin))).toEqual(new Set(['default']))
    expect(defaults).toMatchObject({
      'spring.kafka.consumer.max-poll-records': '500',
      'spring.kafka.consumer.properties.session.timeout.ms': '45000',
      'spring.kafka.producer.properties.request.timeout.ms': '10000',
      'spring.kafka.listener.auto-startup': 'true',
    })
    for (const { key, value } of explained) {
      const json = {
        'spring.kafka.consumer.value-deserializer': JSON_DESERIALIZER,
        'spring.kafka.producer.value-serializer': JSON_SERIALIZER,
      }
      expect(() => KafkaConfig.fromProperties({ ...json, [key]: value }), key).not.toThrow()
    }
  })
})
