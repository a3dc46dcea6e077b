import { describe, expect, test } from 'vitest'
import type { ClientKey } from '../../src/config/client-keys.ts'
import { CLIENT_KEYS, CLIENTS } from '../../src/config/client-keys.ts'
import { configurationTable } from '../../src/config/configuration-table.ts'
import { REFUSED_CLIENT_KEYS } from '../../src/config/refused-client-keys.ts'
import { OWN_KEYS, REFUSED_SPRING_KEYS, SPRING_KEY_NAMES, TYPED_KEYS } from '../../src/config/spring-keys.ts'
import { configOf, JSON_DESERIALIZER, JSON_SERIALIZER, onlyProblemOf, refusalOf } from './configuration.ts'

const honoured = CLIENTS.flatMap((client) =>
  Object.entries<ClientKey>(CLIENT_KEYS)
    .filter(([name, { clients }]) => clients.includes(client) && name !== 'bootstrap.servers')
    .map(([name]) => ({ client, name })),
)

/** For each client key that stands for itself, a value other than its default. */
const OTHER_VALUES: Readonly<Record<string, string>> = {
  'client.id': 'other',
  'request.timeout.ms': '12345ms',
  'retry.backoff.ms': '7',
  'retry.backoff.max.ms': '7s',
  'metadata.max.age.ms': '1m',
  'socket.connection.setup.timeout.ms': '7',
  'security.protocol': 'SSL',
  'group.id': 'other',
  'group.instance.id': 'other',
  'auto.offset.reset': 'none',
  'max.poll.records': '7',
  'max.poll.interval.ms': '7m',
  'session.timeout.ms': '7s',
  'heartbeat.interval.ms': '7',
  'fetch.min.bytes': '7',
  'fetch.max.bytes': '7MB',
  'max.partition.fetch.bytes': '7KB',
  'fetch.max.wait.ms': '7',
  'isolation.level': 'read_committed',
  'partition.assignment.strategy': 'org.apache.kafka.clients.consumer.RoundRobinAssignor',
  'default.api.timeout.ms': '7',
  'key.deserializer': 'org.springframework.kafka.support.serializer.ErrorHandlingDeserializer',
  'value.deserializer': JSON_DESERIALIZER,
  'delivery.timeout.ms': '7m',
  'max.block.ms': '7',
  'max.request.size': '7',
  'batch.size': '7',
  'buffer.memory': '7',
  'compression.type': 'zstd',
  'key.serializer': 'org.apache.kafka.common.serialization.ByteArraySerializer',
  'value.serializer': JSON_SERIALIZER,
  'spring.json.type.mapping': 'order:com.stocker.Order',
  'spring.json.add.type.headers': 'false',
  'spring.json.trusted.packages': '*',
  'spring.json.use.type.headers': 'false',
  'spring.json.remove.type.headers': 'false',
  'spring.json.value.default.type': 'com.stocker.Order',
}

/** What a key needs beside it to be seen. */
function context(name: string): Record<string, string> {
  if (name.startsWith('spring.json.')) {
    return { 'consumer.value-deserializer': JSON_DESERIALIZER, 'producer.value-serializer': JSON_SERIALIZER }
  }
  if (name === 'key.deserializer') {
    return {
      'consumer.properties.spring.deserializer.key.delegate.class':
        'org.apache.kafka.common.serialization.StringDeserializer',
    }
  }
  return {}
}

function shown(keys: Record<string, string>): string {
  const { consumer, producer, admin } = configOf(keys)
  const plain = (_key: string, value: unknown) => (value instanceof Map ? [...value] : value)
  return JSON.stringify({ consumer, producer, admin }, plain)
}

describe('no key is ignored', () => {
  // Keys of TLS and SASL are seen together only: see security.test.ts. Delegates: see formats.test.ts.
  const alone = honoured.filter(({ name }) => !/^(ssl|sasl|spring\.deserializer)\./.test(name))

  test.each(alone)('$client.properties.$name changes a setting', ({ client, name }) => {
    const value = OTHER_VALUES[name]
    if (value === undefined) throw new Error(`Give ${name} a value here.`)
    if (name === 'key.deserializer') {
      expect(shown({ ...context(name), 'consumer.properties.key.deserializer': value })).toBe(shown({}))
      return
    }

    expect(shown({ ...context(name), [`${client}.properties.${name}`]: value })).not.toBe(shown(context(name)))
  })

  test.each(
    Object.entries(TYPED_KEYS).flatMap(([level, keys]) =>
      Object.entries(keys).map(([name, to]) => ({ level, name, to })),
    ),
  )('$level $name is the same as $to', ({ level, name, to }) => {
    const prefix = level === 'common' ? '' : `${level}.`
    const value = to === 'bootstrap.servers' ? 'other:1' : OTHER_VALUES[to]
    if (to in REFUSED_CLIENT_KEYS) {
      expect(onlyProblemOf({ [prefix + name]: 'other' }).code).toBe('UNSUPPORTED_KEY')
    } else if (value !== undefined && to !== 'key.deserializer') {
      const keys = { ...context(to), [prefix + name]: value }
      expect(shown(keys)).not.toBe(shown(context(to)))
    } else expect(to).toMatch(/^(ssl\.|key\.deserializer$)/)
  })

  test('of the listener and the admin', () => {
    const { listener, admin } = configOf({
      'listener.auto-startup': 'false',
      'listener.concurrency': '3',
      'listener.idle-between-polls': '1s',
      'listener.missing-topics-fatal': 'true',
      'admin.auto-create': 'false',
      'admin.fail-fast': 'true',
      'admin.modify-topic-configs': 'true',
      'admin.operation-timeout': '5s',
    })

    expect(listener).toMatchObject({
      autoStartup: false,
      concurrency: 3,
      idleBetweenPollsMs: 1_000,
      missingTopicsFatal: true,
    })
    expect(admin).toMatchObject({
      autoCreate: false,
      failFast: true,
      modifyTopicConfigs: true,
      operationTimeoutMs: 5_000,
    })
  })
})

describe('a key that cannot be honoured', () => {
  const refusedKeys = Object.entries(REFUSED_CLIENT_KEYS).flatMap(([name, { clients, ...rest }]) =>
    clients.map((client) => ({ key: `${client}.properties.${name.replace('*', 'anything')}`, ...rest })),
  )
  const refusedSpringKeys = Object.entries(REFUSED_SPRING_KEYS).map(([name, rest]) => ({
    key: name.replace('*', 'anything'),
    ...rest,
  }))

  test.each([...refusedKeys, ...refusedSpringKeys])('$key is refused with the reason', ({ key, reason, accepts }) => {
    const problem = onlyProblemOf({ [key]: 'another' })

    expect(problem.code).toBe('UNSUPPORTED_KEY')
    expect(problem.message).toContain(`spring.kafka.${key}=`)
    expect(problem.message).toContain(reason)
    for (const value of accepts ?? []) {
      expect(() => configOf({ [key]: value }), value).not.toThrow()
      expect(() => configOf({ [key]: value.toUpperCase() }), value).not.toThrow()
    }
  })

  test('below the common properties is one problem, not one for each client', () => {
    expect(onlyProblemOf({ 'properties.connections.max.idle.ms': '1' }).key).toBe(
      'spring.kafka.properties.connections.max.idle.ms',
    )
  })

  test('is one that belongs to another client', () => {
    expect(onlyProblemOf({ 'consumer.properties.delivery.timeout.ms': '1' }).message).toBe(
      'spring.kafka.consumer.properties.delivery.timeout.ms=1 (value) belongs to the producer, not to the consumer.',
    )
    expect(onlyProblemOf({ 'producer.properties.isolation.level': 'read_committed' }).code).toBe('UNSUPPORTED_KEY')
    expect(onlyProblemOf({ 'consumer.properties.linger.ms': '0' }).code).toBe('UNSUPPORTED_KEY')
  })

  test('is a bootstrap address among the properties, which Spring overwrites', () => {
    expect(onlyProblemOf({ 'properties.bootstrap.servers': 'a:1' })).toMatchObject({
      code: 'UNSUPPORTED_KEY',
      nearest: 'spring.kafka.bootstrap-servers',
    })
  })
})

describe('an unknown key', () => {
  test.each([
    ['bootstrap-server', 'bootstrap-servers'],
    ['bootstrap.servers', 'bootstrap-servers'],
    ['consumer.group.id', 'consumer.group-id'],
    ['consumer.auto-offest-reset', 'consumer.auto-offset-reset'],
    ['consumer.acks', 'producer.acks'],
    ['producer.value-deserializer', 'producer.value-serializer'],
    ['consumer.properties.spring.json.trusted.package', 'consumer.properties.spring.json.trusted.packages'],
    ['consumer.propertis.session.timeout.ms', 'consumer.properties.session.timeout.ms'],
    ['consumer.session.timeout.ms', 'consumer.properties.session.timeout.ms'],
    ['listener.ackmode', undefined],
    ['properties.delivery.timeout', 'properties.delivery.timeout.ms'],
    ['admin.bootstrap-servers', 'bootstrap-servers'],
  ])('%s is refused, the nearest is %s', (key, expected) => {
    if (expected === undefined) {
      expect(onlyProblemOf({ [key]: 'manual' }).code, 'a spelling of listener.ack-mode').toBe('UNSUPPORTED_KEY')
      return
    }
    const problem = onlyProblemOf({ [key]: '1' })

    expect(problem.code).toBe('UNKNOWN_KEY')
    expect(problem.nearest).toBe(`spring.kafka.${expected}`)
    expect(problem.message).toBe(
      `spring.kafka.${key}=1 (value) is not a known key: did you mean spring.kafka.${expected}?`,
    )
  })

  test('is reported together with everything else that is wrong', () => {
    const error = refusalOf({
      'bootstrap-servers': 'nowhere',
      'consumer.group.id': 'g',
      'consumer.max-poll-records': '0',
      'producer.acks': '1',
      'producer.value-serializer': 'com.example.AvroSerializer',
    })

    expect(error.code).toBe('INVALID_CONFIGURATION')
    expect(error.retryable).toBe(false)
    expect(new Set(error.problems.map(({ code }) => code))).toEqual(
      new Set(['INVALID_VALUE', 'UNKNOWN_KEY', 'UNSUPPORTED_KEY', 'UNKNOWN_CLASS']),
    )
    expect(error.problems).toHaveLength(5)
    for (const { message } of error.problems) expect(error.message).toContain(message)
  })
})

describe('a value', () => {
  test.each([
    ['bootstrap-servers', 'localhost'],
    ['bootstrap-servers', 'localhost:0'],
    ['bootstrap-servers', 'localhost:70000'],
    ['bootstrap-servers', ','],
    ['client-id', 'a b'],
    ['consumer.auto-offset-reset', 'earlyest'],
    ['consumer.max-poll-records', '0'],
    ['consumer.max-poll-records', 'many'],
    ['consumer.fetch-min-size', '1XB'],
    ['consumer.properties.session.timeout.ms', '-1'],
    ['producer.compression-type', 'brotli'],
    ['producer.properties.spring.json.add.type.headers', 'perhaps'],
    ['listener.concurrency', '0'],
    ['security.protocol', 'TLS'],
  ])('%s=%s is refused', (key, value) => {
    const needs = key.includes('json') ? { 'producer.value-serializer': JSON_SERIALIZER } : {}

    expect(onlyProblemOf({ ...needs, [key]: value })).toMatchObject({
      code: 'INVALID_VALUE',
      key: `spring.kafka.${key}`,
    })
  })

  test.each([
    ['consumer.heartbeat-interval', '45s', 'below session.timeout.ms, which is 45000'],
    ['consumer.properties.session.timeout.ms', '3s', 'above heartbeat.interval.ms, which is 3000'],
    ['consumer.properties.session.timeout.ms', '6m', 'below or equal to max.poll.interval.ms, which is 300000'],
    ['consumer.fetch-max-wait', '30s', 'below request.timeout.ms, which is 30000'],
    ['producer.properties.delivery.timeout.ms', '9999', 'above or equal to request.timeout.ms, which is 10000'],
  ])('%s=%s contradicts another one', (key, value, expected) => {
    const problem = onlyProblemOf({ [key]: value })

    expect(problem.code).toBe('INVALID_VALUE')
    expect(problem.message).toContain(`has to be ${expected}`)
  })
})

describe('the tables', () => {
  test('name each setting as its key', () => {
    for (const [name, { setting }] of Object.entries(CLIENT_KEYS)) expect(setting.key).toBe(name)
    for (const [name, setting] of Object.entries(OWN_KEYS)) expect(setting.key).toBe(name)
  })

  test('do not both honour and refuse a key', () => {
    const both = Object.keys(CLIENT_KEYS).filter((name) =>
      Object.keys(REFUSED_CLIENT_KEYS).some(
        (refused) => refused === name || (refused.endsWith('*') && name.startsWith(refused.slice(0, -1))),
      ),
    )

    expect(both).toEqual([])
  })

  test('tell keys apart in any spelling', () => {
    const names = SPRING_KEY_NAMES.map((name) => name.replace(/[-_.]/g, '').toLowerCase())

    expect(new Set(names).size).toBe(names.length)
  })

  test('make the reference of all keys', () => {
    const reference = configurationTable()

    for (const name of [...SPRING_KEY_NAMES.map((key) => `spring.kafka.${key}`), ...Object.keys(CLIENT_KEYS)]) {
      expect(reference).toContain(`| \`${name}\` `)
    }
    expect(reference).toMatch(
      /`spring\.kafka\.consumer\.max-poll-records` +\| integer, 1 to 2147483647 +\| `500` +\| yes/,
    )
    expect(reference).toMatch(/`linger\.ms` +\| +\| `0` +\| only 0: the sender has no timer/)
  })
})
