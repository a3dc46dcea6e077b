import { compressionsAlgorithms, crc32c } from '@platformatic/kafka'
import type { CompressionType } from '../config/settings.ts'
import type { ProducerRecord } from './producer-record.ts'

/** Bytes before the first record of a batch (magic 2). */
export const BATCH_HEADER_BYTES = 61
/** Most that a record needs besides key, value and headers: its length, attributes, timestamp, offset, and the lengths of key and value. */
export const RECORD_OVERHEAD_BYTES = 1 + 5 + 10 + 5 + 5 + 5 + 5

/** Upper bound of the bytes that a record takes in a batch. */
export function recordBytes(record: ProducerRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + length(record.key) + length(record.value)
  const headers = record.headers
  if (headers) for (const header of headers) bytes += 10 + Buffer.byteLength(header.key) + header.value.length
  return bytes
}

function length(data: string | Buffer | null | undefined): number {
  if (data === null || data === undefined) return 0
  return typeof data === 'string' ? Buffer.byteLength(data) : data.length
}

export interface BatchOwner {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly baseSequence: number
}

/**
 * One record batch of the log format (magic 2, https://kafka.apache.org/documentation/#recordbatch), written into a buffer of the exact
 * size by hand: an object per field, as the client's own writer makes, is where most of a producer's time goes.
 * `bytes` is the sum of recordBytes of the records.
 */
export function writeRecordBatch(
  records: readonly ProducerRecord[],
  bytes: number,
  compression: CompressionType,
  now: number,
): Buffer {
  const buffer = Buffer.allocUnsafe(BATCH_HEADER_BYTES + bytes)
  const first = records[0]?.timestamp
  const baseTimestamp = first === undefined ? now : Number(first)
  let maxTimestamp = baseTimestamp
  let at = BATCH_HEADER_BYTES
  for (let i = 0; i < records.length; i++) {
    const record = records[i] as ProducerRecord
    const timestamp = record.timestamp === undefined ? now : Number(record.timestamp)
    if (timestamp > maxTimestamp) maxTimestamp = timestamp
    at = writeRecord(buffer, at, record, i, timestamp - baseTimestamp)
  }
  let batch = buffer.subarray(0, at)
  let attributes = 0
  if (compression !== 'none') {
    const algorithm = compressionsAlgorithms[compression]
    const compressed = algorithm.compressSync(buffer.subarray(BATCH_HEADER_BYTES, at))
    batch = Buffer.concat([buffer.subarray(0, BATCH_HEADER_BYTES), compressed])
    attributes = algorithm.bitmask
  }
  batch.writeBigInt64BE(0n, 0)
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeInt32BE(-1, 12)
  batch.writeInt8(2, 16)
  batch.writeInt16BE(attributes, 21)
  batch.writeInt32BE(records.length - 1, 23)
  batch.writeBigInt64BE(BigInt(baseTimestamp), 27)
  batch.writeBigInt64BE(BigInt(maxTimestamp), 35)
  batch.writeInt32BE(records.length, 57)
  return batch
}

/** Signs a written batch. A repetition keeps id and sequence, so that the broker recognises it; a new producer id signs it anew. */
export function signRecordBatch(batch: Buffer, owner: BatchOwner): void {
  batch.writeBigInt64BE(owner.producerId, 43)
  batch.writeInt16BE(owner.producerEpoch, 51)
  batch.writeInt32BE(owner.baseSequence, 53)
  batch.writeUInt32BE(crc32c(batch.subarray(21)) >>> 0, 17)
}

function writeRecord(
  buffer: Buffer,
  start: number,
  record: ProducerRecord,
  offsetDelta: number,
  timestampDelta: number,
): number {
  const { key, value, headers } = record
  const keyBytes = key === null || key === undefined ? -1 : length(key)
  const valueBytes = value === null ? -1 : length(value)
  let size = 1 + varLongSize(timestampDelta) + varIntSize(offsetDelta) + varIntSize(keyBytes) + varIntSize(valueBytes)
  if (keyBytes > 0) size += keyBytes
  if (valueBytes > 0) size += valueBytes
  if (headers && headers.length > 0) {
    size += varIntSize(headers.length)
    for (const header of headers) {
      const name = Buffer.byteLength(header.key)
      size += varIntSize(name) + name + varIntSize(header.value.length) + header.value.length
    }
  } else size += 1

  let at = writeVarInt(buffer, start, size)
  buffer[at++] = 0
  at = timestampDelta === 0 ? writeVarInt(buffer, at, 0) : writeVarLong(buffer, at, timestampDelta)
  at = writeVarInt(buffer, at, offsetDelta)
  at = writeVarInt(buffer, at, keyBytes)
  if (keyBytes > 0) at = writeData(buffer, at, key as string | Buffer)
  at = writeVarInt(buffer, at, valueBytes)
  if (valueBytes > 0) at = writeData(buffer, at, value as string | Buffer)
  if (!headers || headers.length === 0) {
    buffer[at++] = 0
    return at
  }
  at = writeVarInt(buffer, at, headers.length)
  for (const header of headers) {
    at = writeVarInt(buffer, at, Buffer.byteLength(header.key))
    at = writeData(buffer, at, header.key)
    at = writeVarInt(buffer, at, header.value.length)
    at = writeData(buffer, at, header.value)
  }
  return at
}

function writeData(buffer: Buffer, at: number, data: string | Buffer): number {
  if (typeof data === 'string') return at + buffer.write(data, at)
  buffer.set(data, at)
  return at + data.length
}

function varIntSize(value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  let size = 1
  while (rest > 0x7f) {
    size++
    rest >>>= 7
  }
  return size
}

function writeVarInt(buffer: Buffer, start: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  let at = start
  while (rest > 0x7f) {
    buffer[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  buffer[at++] = rest
  return at
}

// Differences of timestamps may exceed 32 bits (a record may carry any time), but not 53: plain numbers do.
function varLongSize(value: number): number {
  let rest = value < 0 ? -2 * value - 1 : 2 * value
  let size = 1
  while (rest > 0x7f) {
    size++
    rest = Math.floor(rest / 128)
  }
  return size
}

function writeVarLong(buffer: Buffer, start: number, value: number): number {
  let rest = value < 0 ? -2 * value - 1 : 2 * value
  let at = start
  while (rest > 0x7f) {
    buffer[at++] = (rest % 128) | 0x80
    rest = Math.floor(rest / 128)
  }
  buffer[at++] = rest
  return at
}
