import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeBigInteger,
  decodeInt32,
  decodeInt64,
  decodeText,
  encodeBigInteger,
  encodeInt32,
  encodeInt64,
  encodeText,
  KafkaConfigError,
  lastHeader,
} from '../src/index.ts'

const hex = (text: string) => Buffer.from(text, 'hex')

function codeOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    if (error instanceof KafkaConfigError) return error.code
    throw error
  }
  return 'accepted'
}

describe('headers are byte for byte those of Java', () => {
  test.each([
    ['00000000', 0],
    ['00000002', 2],
    ['00000003', 3],
    ['7fffffff', 2_147_483_647],
    ['ffffffff', -1],
  ])('ByteBuffer.putInt: %s is %d', (bytes, value) => {
    expect(encodeInt32(value).toString('hex')).toBe(bytes)
    expect(decodeInt32(hex(bytes))).toBe(value)
  })

  test.each([
    ['000000000000002a', 42n],
    ['0000018bcfe56800', 1_700_000_000_000n],
    ['ffffffffffffffff', -1n],
    ['7fffffffffffffff', 9_223_372_036_854_775_807n],
  ])('ByteBuffer.putLong: %s is %d', (bytes, value) => {
    expect(encodeInt64(value).toString('hex')).toBe(bytes)
    expect(decodeInt64(hex(bytes))).toBe(value)
  })

  test.each([
    ['00', 0n],
    ['7f', 127n],
    ['0080', 128n],
    ['00ff', 255n],
    ['0100', 256n],
    ['018bcfe56800', 1_700_000_000_000n],
    ['ff', -1n],
    ['80', -128n],
    ['ff7f', -129n],
    ['7fffffffffffffff', 9_223_372_036_854_775_807n],
  ])('BigInteger.toByteArray: %s is %d', (bytes, value) => {
    expect(encodeBigInteger(value).toString('hex')).toBe(bytes)
    expect(decodeBigInteger(hex(bytes))).toBe(value)
  })

  test('UTF-8', () => {
    expect(encodeText('order-events é 東').toString('hex')).toBe('6f726465722d6576656e747320c3a920e69db1')
    expect(decodeText(hex('c3a9'))).toBe('é')
    expect(decodeText(hex('ff61')), 'as new String(bytes, UTF_8)').toBe('\uFFFDa')
  })
})

test('every number survives the way there and back, in as few bytes as hold it', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
      const bytes = encodeBigInteger(value)
      expect(decodeBigInteger(bytes)).toBe(value)
      expect(decodeInt64(encodeInt64(value))).toBe(value)
      const shorter = bytes.subarray(1)
      if (shorter.length > 0) expect(decodeBigInteger(shorter)).not.toBe(value)
    }),
  )
})

test('a header of another length is refused', () => {
  expect(codeOf(() => decodeInt32(hex('0001')))).toBe('INVALID_HEADER')
  expect(codeOf(() => decodeInt64(hex('00000000')))).toBe('INVALID_HEADER')
  expect(codeOf(() => decodeBigInteger(hex('')))).toBe('INVALID_HEADER')
  expect(codeOf(() => decodeBigInteger(Buffer.alloc(9)))).toBe('INVALID_HEADER')
  expect(decodeBigInteger(Buffer.alloc(9), 9)).toBe(0n)
})

test('of several headers of one name the last counts', () => {
  const headers = ['1', '2', '3'].map((text, index) => ({ key: index === 2 ? 'b' : 'a', value: encodeText(text) }))

  expect(lastHeader(headers, 'a')?.value.toString()).toBe('2')
  expect(lastHeader(headers, 'c')).toBeUndefined()
})
