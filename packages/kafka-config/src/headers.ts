import { KafkaConfigError } from './errors.ts'

export interface RecordHeader {
  readonly key: string
  readonly value: Buffer
}

/**
 * The last header of that name: Kafka allows several, Spring appends, and the last one counts.
 */
export function lastHeader(headers: readonly RecordHeader[], key: string): RecordHeader | undefined {
  for (let index = headers.length - 1; index >= 0; index--) {
    const header = headers[index]
    if (header !== undefined && header.key === key) return header
  }
  return undefined
}

/** UTF-8, as Spring writes topic names, class names and messages. */
export function encodeText(text: string): Buffer {
  return Buffer.from(text, 'utf8')
}

/** As Java's `new String(bytes, UTF_8)`: broken bytes become U+FFFD, since a header must not stop a record. */
export function decodeText(bytes: Buffer): string {
  return bytes.toString('utf8')
}

/** 4 bytes, big-endian: ByteBuffer.putInt, such as a partition or `retry_topic-attempts`. */
export function encodeInt32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32BE(value)
  return bytes
}

/** @throws KafkaConfigError INVALID_HEADER unless there are 4 bytes */
export function decodeInt32(bytes: Buffer): number {
  if (bytes.length !== 4) throw invalid(bytes, 'a 4-byte integer')
  return bytes.readInt32BE()
}

/** 8 bytes, big-endian: ByteBuffer.putLong, such as an offset or a timestamp in ms. */
export function encodeInt64(value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeBigInt64BE(value)
  return bytes
}

/** @throws KafkaConfigError INVALID_HEADER unless there are 8 bytes */
export function decodeInt64(bytes: Buffer): bigint {
  if (bytes.length !== 8) throw invalid(bytes, 'an 8-byte integer')
  return bytes.readBigInt64BE()
}

/** java.math.BigInteger.toByteArray: big-endian two's complement in as few bytes as hold it, such as `retry_topic-backoff-timestamp`. */
export function encodeBigInteger(value: bigint): Buffer {
  let length = 1
  while (BigInt.asIntN(length * 8, value) !== value) length++
  return Buffer.from(
    BigInt.asUintN(length * 8, value)
      .toString(16)
      .padStart(length * 2, '0'),
    'hex',
  )
}

/** @throws KafkaConfigError INVALID_HEADER when there are no bytes, or more than `maxBytes` (default 8) */
export function decodeBigInteger(bytes: Buffer, maxBytes = 8): bigint {
  if (bytes.length === 0 || bytes.length > maxBytes) throw invalid(bytes, `a BigInteger of 1 to ${maxBytes} bytes`)
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`))
}

function invalid(bytes: Buffer, expected: string): KafkaConfigError {
  return new KafkaConfigError('INVALID_HEADER', `A header of ${bytes.length} bytes is not ${expected}.`)
}
