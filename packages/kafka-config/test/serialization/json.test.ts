import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import type { Deserialized, RecordHeader, TypeRegistry } from '../../src/index.ts'
import { createDeserializer, createSerializer, KafkaConfigError } from '../../src/index.ts'
import { configOf, JSON_DESERIALIZER, JSON_SERIALIZER } from '../config/configuration.ts'

const TOPIC = 'order-events'
const header = (key: string, text: string): RecordHeader => ({ key, value: Buffer.from(text) })
const typed = (className: string) => [header('traceparent', '00-1-1-01'), header('__TypeId__', className)]

/** `keys` below spring.json. */
function reader(keys: Readonly<Record<string, string>> = {}, types?: TypeRegistry) {
  const properties = Object.entries(keys).map(([key, value]) => [`consumer.properties.spring.json.${key}`, value])
  const config = configOf({ 'consumer.value-deserializer': JSON_DESERIALIZER, ...Object.fromEntries(properties) })
  const deserializer = createDeserializer(config.consumer.valueDeserializer, types)
  return (value: unknown, headers: readonly RecordHeader[] = [], topic = TOPIC): Deserialized => {
    const data = value === null || Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value))
    return deserializer.deserialize(topic, headers, data)
  }
}

function writer(keys: Readonly<Record<string, string>> = {}, types?: TypeRegistry) {
  const properties = Object.entries(keys).map(([key, value]) => [`producer.properties.spring.json.${key}`, value])
  const config = configOf({ 'producer.value-serializer': JSON_SERIALIZER, ...Object.fromEntries(properties) })
  const serializer = createSerializer(config.producer.valueSerializer, types)
  return (value: unknown, headers: readonly RecordHeader[] = []) => serializer.serialize(TOPIC, headers, value)
}

const shown = (headers: readonly RecordHeader[]) => headers.map(({ key, value }) => `${key}=${value.toString()}`)

describe('a JSON record', () => {
  test('is read with the type of its header, which is taken away', () => {
    const read = reader({ 'trusted.packages': 'com.stocker.events' })

    const { value, typeId, headers, failure } = read({ orderId: 'o-1' }, typed('com.stocker.events.OrderCreatedEvent'))

    expect({ value, typeId, failure }).toEqual({
      value: { orderId: 'o-1' },
      typeId: 'OrderCreatedEvent',
      failure: undefined,
    })
    expect(shown(headers)).toEqual(['traceparent=00-1-1-01'])
  })

  test('keeps its type headers with remove.type.headers=false', () => {
    const headers = typed('com.stocker.Order')

    expect(reader({ 'trusted.packages': '*', 'remove.type.headers': 'false' })({}, headers).headers).toBe(headers)
  })

  test('without type headers keeps its array of headers', () => {
    const headers = [header('traceparent', '1')]

    expect(reader()({}, headers).headers).toBe(headers)
  })

  test.each([
    ['com.stocker.Orders$Created', 'Created'],
    ['[Lcom.stocker.Order;', 'Order'],
    ['Order', 'Order'],
  ])('of class %s is a %s', (className, expected) => {
    expect(reader({ 'trusted.packages': '*' })({}, typed(className)).typeId).toBe(expected)
  })

  test('takes the last of several type headers, as Spring does', () => {
    const headers = [...typed('com.a.First'), ...typed('com.a.Second')]

    const { typeId, headers: left } = reader({ 'trusted.packages': '*' })({}, headers)

    expect(typeId).toBe('Second')
    expect(shown(left)).toEqual(['traceparent=00-1-1-01', 'traceparent=00-1-1-01'])
  })

  test('without a body is a tombstone, whatever its headers say', () => {
    const headers = typed('com.evil.Gadget')

    expect(reader()(null, headers)).toEqual({ value: null, typeId: undefined, headers })
  })

  test('may be any JSON value', () => {
    for (const value of [0, 'text', true, [1], { a: { b: [] } }]) expect(reader()(value).value).toEqual(value)
    expect(reader()(Buffer.from('null')).value).toBeNull()
  })

  test('may start with a byte order mark, as for Jackson', () => {
    expect(reader()(Buffer.from('\uFEFF{"a":"é"}')).value).toEqual({ a: 'é' })
  })
})

describe('the trust rule of Spring', () => {
  test.each<[string, string, boolean]>([
    ['com.example', 'com.example.Order$Item', true],
    ['com.example', 'com.example.sub.X', false],
    ['com.example', '[Lcom.example.Order;', true],
    ['com.example', 'COM.EXAMPLE.Order', false],
    ['com.example', 'com.examples.Order', false],
    ['com.example.*', 'com.example.Order', false],
    ['com.example.*', 'com.example.sub.X', true],
    ['com.*', 'com.a.b.X', true],
    ['com*', 'com.X', true],
    ['*.events', 'com.stocker.events.X', true],
    ['*.events', 'com.stocker.event.X', false],
    ['*stocker*', 'com.stocker.events.X', true],
    ['com.*.events', 'com.a.b.events.X', true],
    ['com.*.events', 'com.events.X', false],
    ['a*a', 'a.X', false],
    ['*', 'anything.at.all.X', true],
    ['', 'java.util.ArrayList', true],
    ['', 'java.lang.String', true],
    ['', 'java.net.URL', false],
    ['', 'WithoutPackage', false],
    ['com.a, com.b', 'com.b.X', true],
  ])('[%s] and %s: %s', (trusted, className, expected) => {
    const { failure } = reader(trusted === '' ? {} : { 'trusted.packages': trusted })({}, typed(className))

    expect(failure?.code).toBe(expected ? undefined : 'UNTRUSTED_TYPE')
  })

  test('is told with the packages there are, before a byte of the value is read', () => {
    const { failure, value, headers } = reader({ 'trusted.packages': 'com.stocker' })(
      Buffer.from('not JSON'),
      typed('com.evil.Gadget'),
    )

    expect(value).toBeUndefined()
    expect(failure).toBeInstanceOf(KafkaConfigError)
    expect(failure?.retryable).toBe(false)
    expect(failure?.message).toContain(
      "The class 'com.evil.Gadget' of a record of order-events is not in the trusted packages: [java.util, java.lang, com.stocker].",
    )
    expect(shown(headers), 'kept as they came').toContain('__TypeId__=com.evil.Gadget')
  })

  test('holds for the elements of a collection too', () => {
    const headers = [header('__TypeId__', 'java.util.ArrayList'), header('__ContentTypeId__', 'com.evil.Gadget')]

    expect(reader()([], headers).failure?.code).toBe('UNTRUSTED_TYPE')
  })

  test('does not slow down with the length of a hostile name', () => {
    const read = reader({ 'trusted.packages': 'a*a*a*a*a*a*a*a*b' })

    const reading = { code: () => read({}, typed(`${'a'.repeat(50_000)}.X`)).failure?.code }
    // A check that tries every way to divide the name would not end; this ends it.
    expect(runInNewContext('reading.code()', { reading }, { timeout: 20_000 })).toBe('UNTRUSTED_TYPE')
  })

  test('lets a token of type.mapping pass, and the package of its class', () => {
    const read = reader({ 'type.mapping': 'order:com.stocker.events.OrderCreatedEvent,pay:PaymentProcessedEvent' })

    expect(read({}, typed('order')).typeId).toBe('OrderCreatedEvent')
    expect(read({}, typed('pay')).typeId).toBe('PaymentProcessedEvent')
    expect(read({}, typed('com.stocker.events.Other')).typeId).toBe('Other')
    expect(read({}, typed('com.stocker.events.sub.Other')).typeId).toBe('Other')
    expect(read({}, typed('com.stocker.Other')).failure?.code).toBe('UNTRUSTED_TYPE')
    expect(read({}, typed('other')).failure?.code).toBe('UNTRUSTED_TYPE')
  })
})

describe('a record without a type header', () => {
  const types = { typeProperty: 'eventType', defaultTypes: { 'order-events': 'OrderCreatedEvent' } }

  test('takes its type from the property, else from the topic, else from value.default.type', () => {
    const read = reader({ 'value.default.type': 'com.stocker.events.Fallback' }, types)

    expect(read({ eventType: 'OrderCancelledEvent' }).typeId).toBe('OrderCancelledEvent')
    expect(read({ orderId: 'o-1' }).typeId).toBe('OrderCreatedEvent')
    expect(read({ eventType: null }).typeId, 'Java writes null for what is absent').toBe('OrderCreatedEvent')
    expect(read({ eventType: '' }).typeId).toBe('OrderCreatedEvent')
    expect(read({ orderId: 'o-1' }, [], 'other-topic').typeId).toBe('Fallback')
    expect(read([1], [], 'constructor').typeId).toBe('Fallback')
  })

  test('is not read when its first bytes tell a type that nobody wants', () => {
    const skips = (type: string) => type === 'OrderConfirmedEvent'
    const read = reader({ 'trusted.packages': 'com.stocker' }, { ...types, skips })
    const passedOver = (value: unknown, headers: readonly RecordHeader[] = []) => {
      const { typeId, value: seen, failure } = read(value, headers)
      return typeId === 'OrderConfirmedEvent' && seen === undefined && failure === undefined
    }

    expect(passedOver({ eventType: 'OrderConfirmedEvent', orderId: 'o-1' })).toBe(true)
    expect(passedOver({ eventId: 'e-1', eventType: 'OrderConfirmedEvent' })).toBe(true)
    expect(passedOver({ orderId: 'o-1' }, typed('com.stocker.OrderConfirmedEvent'))).toBe(true)
    expect(passedOver({ eventId: 'e-1', eventType: 'OrderCreatedEvent' })).toBe(false)
    // What might mean something else is read.
    expect(passedOver({ inner: { eventType: 'OrderConfirmedEvent' }, eventType: 'OrderCreatedEvent' })).toBe(false)
    expect(passedOver({ a: 1, b: 2, eventType: 'OrderConfirmedEvent' })).toBe(false)
    expect(read({ eventType: 'OrderCreatedEvent', orderId: 'o-1' }).value).toMatchObject({ orderId: 'o-1' })
  })

  test('has its property mapped like a header', () => {
    const read = reader({ 'type.mapping': 'order:com.stocker.events.OrderCreatedEvent' }, types)

    expect(read({ eventType: 'order' }).typeId).toBe('OrderCreatedEvent')
  })

  test('prefers a header to its property', () => {
    const read = reader({ 'trusted.packages': 'com.stocker' }, types)

    expect(read({ eventType: 'FromProperty' }, typed('com.stocker.FromHeader')).typeId).toBe('FromHeader')
  })

  test('is what every record is with use.type.headers=false', () => {
    const read = reader({ 'use.type.headers': 'false' }, types)

    const { typeId, headers } = read({ eventType: 'FromProperty' }, typed('com.evil.Gadget'))

    expect(typeId).toBe('FromProperty')
    expect(shown(headers)).toEqual(['traceparent=00-1-1-01'])
  })

  test('fails when the reader has types and none fits', () => {
    const { failure } = reader({}, types)({ orderId: 'o-1' }, [], 'other-topic')

    expect(failure?.code).toBe('NO_TYPE')
    expect(failure?.message).toContain(
      'A record of other-topic has no type: no __TypeId__ header, no property eventType,',
    )
  })

  test.each([[5], [{}], [true]])('fails when its property is %j', (eventType) => {
    expect(reader({}, types)({ eventType }).failure?.code).toBe('NO_TYPE')
  })

  test('is plain JSON for a reader without types', () => {
    expect(reader()({ orderId: 'o-1' })).toMatchObject({ value: { orderId: 'o-1' }, typeId: undefined })
  })

  test('fails when its header is empty', () => {
    expect(reader({ 'trusted.packages': '*' }, types)({}, typed('')).failure?.code).toBe('NO_TYPE')
  })
})

describe('what is not JSON', () => {
  test.each([
    ['no text', Buffer.alloc(0), 'NOT_JSON'],
    ['other text', Buffer.from('<order/>'), 'NOT_JSON'],
    ['half of it', Buffer.from('{"orderId":'), 'NOT_JSON'],
    ['more than it', Buffer.from('{} {}'), 'NOT_JSON'],
    ['NaN', Buffer.from('NaN'), 'NOT_JSON'],
    ['broken UTF-8 in a string', Buffer.from([0x22, 0xc3, 0x28, 0x22]), 'NOT_UTF8'],
    ['a lone surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'NOT_UTF8'],
    ['UTF-16', Buffer.from('{"a":1}', 'utf16le'), 'NOT_JSON'],
    ['Java serialization', Buffer.from('aced0005', 'hex'), 'NOT_UTF8'],
  ])('%s is a failure of the record, not an exception', (_name, data, code) => {
    const { value, failure, headers } = reader()(data, [header('a', 'b')])

    expect(value).toBeUndefined()
    expect(failure?.code).toBe(code)
    expect(failure?.message).toContain('order-events')
    // Node's own error quotes the value, which may be of a person.
    if (code === 'NOT_JSON') expect(failure?.cause).toBeUndefined()
    else expect(failure?.cause).toBeInstanceOf(Error)
    expect(shown(headers)).toEqual(['a=b'])
  })

  test('keeps the type that its header told', () => {
    const { failure, typeId } = reader({ 'trusted.packages': '*' })(Buffer.from('x'), typed('com.a.Order'))

    expect(failure?.code).toBe('NOT_JSON')
    expect(typeId).toBe('Order')
  })

  test('does not spoil the next record', () => {
    const read = reader()
    read(Buffer.from([0x22, 0xc3]))

    expect(read({ a: 'é' }).value).toEqual({ a: 'é' })
  })

  test('nested a hundred thousand deep does not break the process', () => {
    const data = Buffer.from('['.repeat(100_000) + ']'.repeat(100_000))

    expect(() => reader()(data)).not.toThrow()
  })
})

test('a JSON object with __proto__ changes no prototype', () => {
  const { value } = reader(
    {},
    { typeProperty: 'eventType', defaultTypes: { [TOPIC]: 'X' } },
  )(Buffer.from('{"__proto__":{"eventType":"Polluted"}}'))

  expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  expect(({} as { eventType?: string }).eventType).toBeUndefined()
})

describe('writing JSON', () => {
  class OrderCreatedEvent {
    readonly orderId = 'o-1'
  }

  test('with add.type.headers=false adds nothing', () => {
    const headers = [header('traceparent', '1')]

    const { data, headers: written } = writer({ 'add.type.headers': 'false' })({ orderId: 'é' }, headers)

    expect(data?.toString('hex')).toBe('7b226f726465724964223a22c3a9227d')
    expect(written).toBe(headers)
  })

  test('adds the type of the value, in place of one that is there', () => {
    const write = writer({}, { typeProperty: 'eventType', typePackage: 'com.stocker.events' })

    const { headers } = write({ eventType: 'OrderCreatedEvent' }, [
      ...typed('com.old.Type'),
      header('__KeyTypeId__', 'k'),
    ])

    expect(shown(headers)).toEqual(['traceparent=00-1-1-01', '__TypeId__=com.stocker.events.OrderCreatedEvent'])
  })

  test('names the class of an object', () => {
    expect(shown(writer({}, { typePackage: 'com.stocker' })(new OrderCreatedEvent()).headers)).toEqual([
      '__TypeId__=com.stocker.OrderCreatedEvent',
    ])
    expect(shown(writer()(new OrderCreatedEvent()).headers)).toEqual(['__TypeId__=OrderCreatedEvent'])
  })

  test('leaves a package that is there', () => {
    const write = writer({}, { typeProperty: 'type', typePackage: 'com.stocker' })

    expect(shown(write({ type: 'com.other.Order' }).headers)).toEqual(['__TypeId__=com.other.Order'])
  })

  test('writes the token of a mapped class', () => {
    const keys = { 'type.mapping': 'created:com.stocker.events.OrderCreatedEvent' }

    for (const types of [undefined, { typePackage: 'com.stocker.events' }]) {
      expect(shown(writer(keys, types)(new OrderCreatedEvent()).headers)).toEqual(['__TypeId__=created'])
    }
  })

  test('gives no type to plain values', () => {
    for (const value of [{ a: 1 }, [1], 'text', 1, Object.create(null), { constructor: 'x' }]) {
      expect(writer()(value).headers).toEqual([])
    }
  })

  test('of nothing is a tombstone without type', () => {
    const headers = [header('a', 'b')]

    expect(writer()(null, headers)).toEqual({ data: null, headers })
  })

  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a bigint', { amount: 1n }],
    [
      'a circle',
      (() => {
        const self: { self?: object } = {}
        self.self = self
        return self
      })(),
    ],
  ])('refuses %s', (_name, value) => {
    expect(() => writer()(value)).toThrow(
      expect.objectContaining({
        code: 'NOT_SERIALIZABLE',
        message: expect.stringContaining('A value for order-events'),
      }),
    )
  })

  test('can be read again, type and all', () => {
    const types = { typeProperty: 'eventType', typePackage: 'com.stocker.events' }
    const event = { eventType: 'OrderCreatedEvent', note: '東京 \u2028 "quoted"', total: 1999 }

    const { data, headers } = writer({}, types)(event)
    const read = reader({ 'trusted.packages': 'com.stocker.events' })(data, headers)

    expect(read).toEqual({ value: event, typeId: 'OrderCreatedEvent', headers: [] })
  })
})
