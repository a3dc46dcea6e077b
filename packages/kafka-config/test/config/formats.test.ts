import { describe, expect, test } from 'vitest'
import { configOf, JSON_DESERIALIZER, JSON_SERIALIZER, onlyProblemOf, refusalOf } from './configuration.ts'

const KAFKA = 'org.apache.kafka.common.serialization'
const SPRING = 'org.springframework.kafka.support.serializer'
const ERROR_HANDLING = `${SPRING}.ErrorHandlingDeserializer`

describe('a class of Kafka or Spring', () => {
  test.each([
    [`${KAFKA}.StringDeserializer`, 'string'],
    [`${KAFKA}.ByteArrayDeserializer`, 'bytes'],
    [`${SPRING}.JsonDeserializer`, 'json'],
    [`${SPRING}.JacksonJsonDeserializer`, 'json'],
  ])('%s reads %s values', (className, kind) => {
    expect(configOf({ 'consumer.value-deserializer': className }).consumer.valueDeserializer).toMatchObject({
      kind,
      className,
    })
  })

  test.each([
    [`${KAFKA}.StringSerializer`, 'string'],
    [`${KAFKA}.ByteArraySerializer`, 'bytes'],
    [`${SPRING}.JsonSerializer`, 'json'],
    [`${SPRING}.JacksonJsonSerializer`, 'json'],
  ])('%s writes %s values', (className, kind) => {
    expect(configOf({ 'producer.value-serializer': className }).producer.valueSerializer).toMatchObject({
      kind,
      className,
    })
  })

  test.each([
    ['consumer.value-deserializer', `${SPRING}.JsonDeserialiser`, `${SPRING}.JsonDeserializer`],
    ['consumer.value-deserializer', 'JsonDeserializer', `${SPRING}.JsonDeserializer`],
    ['consumer.value-deserializer', `${KAFKA}.JsonDeserializer`, `${SPRING}.JsonDeserializer`],
    ['consumer.value-deserializer', JSON_SERIALIZER, `${SPRING}.JsonDeserializer`],
    ['producer.value-serializer', `${KAFKA}.StringSerialiser`, `${KAFKA}.StringSerializer`],
    ['consumer.properties.value.deserializer', 'io.confluent.kafka.serializers.KafkaAvroDeserializer', undefined],
  ])('%s=%s is refused, the nearest is %s', (key, className, nearest) => {
    const problem = onlyProblemOf({ [key]: className })

    expect(problem).toMatchObject({ code: 'UNKNOWN_CLASS', key: `spring.kafka.${key}` })
    expect(problem.nearest).toBe(nearest)
    expect(problem.message).toContain('accepted are String')
  })

  test.each([
    ['consumer.key-deserializer', JSON_DESERIALIZER],
    ['consumer.key-deserializer', `${KAFKA}.ByteArrayDeserializer`],
    ['producer.key-serializer', JSON_SERIALIZER],
  ])('%s=%s is refused, since keys are strings', (key, className) => {
    expect(onlyProblemOf({ [key]: className }).message).toContain('cannot be used for keys, which are strings here')
  })
})

describe('ErrorHandlingDeserializer', () => {
  test('stands for its delegate', () => {
    const { keyDeserializer, valueDeserializer } = configOf({
      'consumer.key-deserializer': ERROR_HANDLING,
      'consumer.value-deserializer': ERROR_HANDLING,
      'consumer.properties.spring.deserializer.key.delegate.class': `${KAFKA}.StringDeserializer`,
      'properties.spring.deserializer.value.delegate.class': JSON_DESERIALIZER,
      'consumer.properties.spring.json.trusted.packages': 'com.stocker.events',
    }).consumer

    expect(keyDeserializer.kind).toBe('string')
    expect(valueDeserializer).toMatchObject({
      kind: 'json',
      trustedPackages: ['java.util', 'java.lang', 'com.stocker.events'],
    })
  })

  test('needs its delegate', () => {
    expect(onlyProblemOf({ 'consumer.value-deserializer': ERROR_HANDLING })).toMatchObject({
      code: 'MISSING_VALUE',
      key: 'spring.kafka.consumer.properties.spring.deserializer.value.delegate.class',
    })
  })

  test('refuses a delegate that is not known, at its own key', () => {
    expect(
      onlyProblemOf({
        'consumer.value-deserializer': ERROR_HANDLING,
        'consumer.properties.spring.deserializer.value.delegate.class': ERROR_HANDLING,
      }),
    ).toMatchObject({
      code: 'UNKNOWN_CLASS',
      key: 'spring.kafka.consumer.properties.spring.deserializer.value.delegate.class',
    })
  })
})

describe('JSON settings', () => {
  const trustedBy = (keys: Record<string, string>) => {
    const format = configOf({ 'consumer.value-deserializer': JSON_DESERIALIZER, ...keys }).consumer.valueDeserializer
    if (format.kind !== 'json') throw new Error('not JSON')
    return format.trustedPackages
  }

  test('trust java.util and java.lang from the start, like Spring', () => {
    expect(trustedBy({})).toEqual(['java.util', 'java.lang'])
  })

  test('trust everything once a star is among the packages', () => {
    expect(trustedBy({ 'consumer.properties.spring.json.trusted.packages': 'com.a, *, com.b' })).toEqual([])
  })

  test('trust the packages of mapped classes and of the default type, and those below', () => {
    expect(
      trustedBy({
        'consumer.properties.spring.json.type.mapping': 'order:com.stocker.events.Order',
        'consumer.properties.spring.json.value.default.type': 'com.stocker.defaults.Payment',
      }),
    ).toEqual([
      'java.util',
      'java.lang',
      'com.stocker.events',
      'com.stocker.events.*',
      'com.stocker.defaults',
      'com.stocker.defaults.*',
    ])
  })

  test('map tokens to classes for both directions', () => {
    const { consumer, producer } = configOf({
      'consumer.value-deserializer': JSON_DESERIALIZER,
      'producer.value-serializer': JSON_SERIALIZER,
      'properties.spring.json.type.mapping': 'order : com.a.Order , payment:com.a.Payment',
    })
    const expected = new Map([
      ['order', 'com.a.Order'],
      ['payment', 'com.a.Payment'],
    ])

    expect(consumer.valueDeserializer).toMatchObject({ typeMapping: expected })
    expect(producer.valueSerializer).toMatchObject({ typeMapping: expected })
  })

  test.each([['order'], ['order:'], [':com.a.Order'], ['a:b:c']])('refuse the mapping %s', (mapping) => {
    expect(
      onlyProblemOf({
        'consumer.value-deserializer': JSON_DESERIALIZER,
        'consumer.properties.spring.json.type.mapping': mapping,
      }).message,
    ).toContain('expected token:class,token:class')
  })

  test('of a client that does not read or write JSON are a mistake', () => {
    const error = refusalOf({
      'consumer.properties.spring.json.trusted.packages': '*',
      'producer.properties.spring.json.add.type.headers': 'false',
    })

    expect(error.problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('has no effect: spring.kafka.consumer.value-deserializer names no JSON class'),
      expect.stringContaining('has no effect: spring.kafka.producer.value-serializer names no JSON class'),
    ])
  })

  test('for all clients may be for one that reads JSON', () => {
    expect(() => configOf({ 'properties.spring.json.trusted.packages': '*' })).not.toThrow()
  })
})
