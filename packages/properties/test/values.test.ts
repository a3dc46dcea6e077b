import { describe, expect, test } from 'vitest'
import {
  mask,
  nearest,
  PROPERTIES_ERROR_CODES,
  PropertiesError,
  parseBoolean,
  parseDuration,
  parseSize,
} from '../src/index.ts'

describe('a duration', () => {
  test.each([
    ['500', 500],
    ['500ms', 500],
    ['10s', 10_000],
    ['10 S', 10_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['1.5s', 1_500],
    ['2000us', 2],
    ['PT15S', 15_000],
    ['PT1H30M', 5_400_000],
    ['P1DT1.5S', 86_401_500],
    ['-1', -1],
  ])('%s is %d ms', (text, expected) => {
    expect(parseDuration(text)).toBe(expected)
  })

  test('without unit takes that of its key', () => {
    expect(parseDuration('30', 's')).toBe(30_000)
  })

  test.each([[''], ['s'], ['10x'], ['10 s s'], ['P'], ['PT'], ['1,5s']])('%j is none', (text) => {
    expect(() => parseDuration(text)).toThrow(RangeError)
  })
})

describe('a size', () => {
  test.each([
    ['512', 512],
    ['512B', 512],
    ['64KB', 65_536],
    ['1 mb', 1_048_576],
    ['2GB', 2_147_483_648],
    ['1TB', 1_099_511_627_776],
  ])('%s is %d bytes', (text, expected) => {
    expect(parseSize(text)).toBe(expected)
  })

  test.each([[''], ['KB'], ['-1'], ['1.5MB'], ['1MiB']])('%j is none', (text) => {
    expect(() => parseSize(text)).toThrow(RangeError)
  })
})

test.each([
  ['true', true],
  ['YES', true],
  ['on', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['off', false],
  ['0', false],
])('%s is %s, as in Spring', (text, expected) => {
  expect(parseBoolean(text)).toBe(expected)
})

describe('the nearest name', () => {
  const keys = ['bootstrap-servers', 'consumer.group-id', 'producer.acks', 'consumer.auto-offset-reset']

  test.each([
    ['bootstrap-server', 'bootstrap-servers'],
    ['bootstrap.servers', 'bootstrap-servers'],
    ['boostrap-servers', 'bootstrap-servers'],
    ['Consumer.GroupId', 'consumer.group-id'],
    ['consumer.auto-offest-reset', 'consumer.auto-offset-reset'],
    ['consumer.acks', 'producer.acks'],
    ['something.else.entirely', undefined],
  ])('of %s is %s', (name, expected) => {
    expect(nearest(name, keys)).toBe(expected)
  })
})

describe('a secret', () => {
  test.each([
    ['spring.datasource.password'],
    ['spring.kafka.ssl.key-store-password'],
    ['spring.kafka.ssl.key-password'],
    ['spring.kafka.ssl.key-store-key'],
    ['spring.kafka.properties.ssl.keystore.key'],
    ['spring.kafka.properties.sasl.jaas.config'],
    ['spring.kafka.properties[sasl.jaas.config]'],
    ['gateway.api-key'],
    ['GATEWAY_SECRET'],
    ['access.token'],
  ])('%s is masked', (key) => {
    expect(mask(key, 'hunter2')).toBe('******')
  })

  test('inside of a URL is masked, the rest stays', () => {
    expect(mask('db.url', 'postgres://stocker:hunter2@db:5432/x')).toBe('postgres://stocker:******@db:5432/x')
    expect(mask('db.url', 'postgres://stocker:h@unter2@db/x')).toBe('postgres://stocker:******@db/x')
    expect(mask('db.url', 'postgres://db/x?user=a&password=hunter2&ssl=1')).toBe(
      'postgres://db/x?user=a&password=******&ssl=1',
    )
  })

  test.each([
    ['spring.kafka.producer.key-serializer', 'org.example.StringSerializer'],
    ['spring.kafka.bootstrap-servers', 'localhost:9092'],
    ['db.url', 'postgres://db:5432/x'],
  ])('%s is none', (key, value) => {
    expect(mask(key, value)).toBe(value)
  })
})

test('every code of a problem is in the table', () => {
  const error = new PropertiesError([{ code: 'UNKNOWN_KEY', key: 'a', message: 'm' }])

  expect(Object.keys(PROPERTIES_ERROR_CODES)).toContain(error.code)
  expect(error.retryable).toBe(false)
})
