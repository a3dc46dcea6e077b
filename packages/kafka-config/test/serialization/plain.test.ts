import { describe, expect, test } from 'vitest'
import { createDeserializer, createSerializer } from '../../src/index.ts'
import { configOf } from '../config/configuration.ts'

const KAFKA = 'org.apache.kafka.common.serialization'
const { consumer, producer } = configOf({
  'consumer.value-deserializer': `${KAFKA}.ByteArrayDeserializer`,
  'producer.value-serializer': `${KAFKA}.ByteArraySerializer`,
})
const strings = {
  read: createDeserializer(consumer.keyDeserializer),
  write: createSerializer(producer.keySerializer),
}
const bytes = {
  read: createDeserializer(consumer.valueDeserializer),
  write: createSerializer(producer.valueSerializer),
}

describe('strings', () => {
  test('are UTF-8', () => {
    expect(strings.write.serialize('t', [], 'é東').data?.toString('hex')).toBe('c3a9e69db1')
    expect(strings.read.deserialize('t', [], Buffer.from('c3a9e69db1', 'hex')).value).toBe('é東')
    expect(strings.read.deserialize('t', [], Buffer.alloc(0)).value).toBe('')
  })

  test('that are broken are a failure, so that two keys never become one', () => {
    expect(strings.read.deserialize('order-events', [], Buffer.from([0xff])).failure).toMatchObject({
      code: 'NOT_UTF8',
      message: '1 bytes from order-events are not valid UTF-8.',
    })
  })

  test('do not come from other values', () => {
    expect(() => strings.write.serialize('t', [], { a: 1 })).toThrow(
      expect.objectContaining({
        code: 'NOT_SERIALIZABLE',
        message: expect.stringContaining('configure the JsonSerializer'),
      }),
    )
  })
})

describe('bytes', () => {
  test('pass as they are', () => {
    const data = Buffer.from([0, 255])

    expect(bytes.write.serialize('t', [], data).data).toBe(data)
    expect(bytes.write.serialize('t', [], new Uint8Array([0, 255]).subarray(1)).data?.toString('hex')).toBe('ff')
    expect(bytes.read.deserialize('t', [], data).value).toBe(data)
  })

  test('do not come from other values', () => {
    expect(() => bytes.write.serialize('t', [], 'text')).toThrow(expect.objectContaining({ code: 'NOT_SERIALIZABLE' }))
  })
})

test('nothing is a tombstone for all of them, and headers pass', () => {
  const headers = [{ key: 'a', value: Buffer.from('b') }]

  for (const { read, write } of [strings, bytes]) {
    expect(write.serialize('t', headers, null)).toEqual({ data: null, headers })
    expect(read.deserialize('t', headers, null)).toEqual({ value: null, typeId: undefined, headers })
  }
})
