import { compressionsAlgorithmsByBitmask } from '@platformatic/kafka'
import { KafkaConfigError } from '../errors.ts'
import type { RecordHeader } from '../headers.ts'
import type { TimestampType } from './listener-types.ts'

export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
}

/** A Buffer, or a chain of the pieces in which an answer arrived: putting them together costs as much as reading them. */
export interface ByteChain {
  readonly length: number
  readInt32BE(offset: number): number
  readBigInt64BE(offset: number): bigint
  slice(start: number, end: number): Buffer
}

/** One record as it lies in the topic; bytes are given as ranges of `data`, so that what nobody asks for costs nothing. */
export type RecordMaker<R> = (
  offset: bigint,
  timestamp: bigint,
  timestampType: TimestampType,
  data: Buffer,
  /** -1: no key. */
  keyStart: number,
  keyEnd: number,
  /** -1: no value. */
  valueStart: number,
  valueEnd: number,
  headers: readonly RecordHeader[],
) => R

const NO_HEADERS: readonly RecordHeader[] = Object.freeze([])
const HEADER_BYTES = 61
const COMPRESSION_BITS = 0x07
const LOG_APPEND_TIME_BIT = 0x08
const TRANSACTIONAL_BIT = 0x10
const CONTROL_BIT = 0x20
const ABORT_MARKER = 0

/**
 * The records of one partition in one fetch response, read as they are asked for: a response of a megabyte parsed in one go would hold
 * the event loop, and with it heartbeats, for as long. Skips what lies before the wanted offset (a batch is sent whole), control
 * records, and with `aborted` (read_committed) the records of aborted transactions by the rule of Kafka's own consumer: a producer's
 * records are dropped from the first offset of its aborted transaction up to its abort marker, marker in this response or not.
 */
export class RecordBatchReader {
  readonly #bytes: ByteChain
  readonly #from: bigint
  readonly #aborted: AbortedTransaction[] | undefined
  readonly #abortedProducers = new Set<bigint>()
  #nextBatchAt = 0
  #nextOffset: bigint
  // The batch being read.
  #data: Buffer = Buffer.alloc(0)
  #at = 0
  #left = 0
  #baseOffset = 0n
  /** The same as a number: exact up to 2^53, which no partition reaches. */
  #baseNumber = 0
  #lastOffset = 0n
  #baseTimestamp = 0
  /** Records of one batch mostly have the same time: its BigInt is made once. */
  #timestampDelta = 0
  #timestamp = 0n
  #appendTime: bigint | undefined
  #timestampType: TimestampType = 'CreateTime'

  constructor(bytes: ByteChain, from: bigint, aborted: readonly AbortedTransaction[] | undefined) {
    this.#bytes = bytes
    this.#from = from
    this.#nextOffset = from
    this.#aborted = aborted && [...aborted].sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1))
  }

  get byteLength(): number {
    return this.#bytes.length
  }

  /** Offset after everything read so far, skipped records included. */
  get nextOffset(): bigint {
    return this.#nextOffset
  }

  /** Offset after the last whole batch, without reading the records. */
  get endOffset(): bigint {
    let at = 0
    let end = this.#from
    while (at + HEADER_BYTES <= this.#bytes.length) {
      const next = at + 12 + this.#bytes.readInt32BE(at + 8)
      if (next > this.#bytes.length) break
      end = this.#bytes.readBigInt64BE(at) + BigInt(this.#bytes.readInt32BE(at + 23)) + 1n
      at = next
    }
    if (end < this.#from) return this.#from
    return end
  }

  /** Appends up to `limit` records to `into`; false when there are no more. */
  read<R>(limit: number, make: RecordMaker<R>, into: R[]): boolean {
    let wanted = limit
    for (;;) {
      while (this.#left > 0) {
        if (wanted === 0) return true
        const record = this.#record(make)
        if (record === undefined) continue
        into.push(record)
        wanted--
      }
      if (!this.#openBatch()) return false
    }
  }

  #record<R>(make: RecordMaker<R>): R | undefined {
    const data = this.#data
    this.#left--
    const size = this.#varInt()
    const end = this.#at + size
    this.#at++
    const timestampDelta = this.#varLong()
    const offset = BigInt(this.#baseNumber + this.#varInt())
    this.#nextOffset = this.#left === 0 ? this.#lastOffset + 1n : offset + 1n
    if (offset < this.#from) {
      this.#at = end
      return undefined
    }
    const keyLength = this.#varInt()
    const keyStart = keyLength < 0 ? -1 : this.#at
    if (keyLength > 0) this.#at += keyLength
    const keyEnd = this.#at
    const valueLength = this.#varInt()
    const valueStart = valueLength < 0 ? -1 : this.#at
    if (valueLength > 0) this.#at += valueLength
    const valueEnd = this.#at
    const count = this.#varInt()
    const headers = count > 0 ? this.#headers(count) : NO_HEADERS
    this.#at = end
    if (timestampDelta !== this.#timestampDelta) {
      this.#timestampDelta = timestampDelta
      this.#timestamp = BigInt(this.#baseTimestamp + timestampDelta)
    }
    const timestamp = this.#appendTime ?? this.#timestamp
    return make(offset, timestamp, this.#timestampType, data, keyStart, keyEnd, valueStart, valueEnd, headers)
  }

  #headers(count: number): readonly RecordHeader[] {
    const headers = new Array<RecordHeader>(count)
    for (let i = 0; i < count; i++) {
      const nameLength = this.#varInt()
      const key = this.#data.toString('utf8', this.#at, this.#at + nameLength)
      this.#at += nameLength
      const length = this.#varInt()
      const value = this.#data.subarray(this.#at, this.#at + Math.max(0, length))
      if (length > 0) this.#at += length
      headers[i] = { key, value }
    }
    return headers
  }

  /** Moves to the next batch with records to read; false at the end. A batch that is cut off by the fetch size is not there. */
  #openBatch(): boolean {
    for (;;) {
      const start = this.#nextBatchAt
      if (start + HEADER_BYTES > this.#bytes.length) return false
      const end = start + 12 + this.#bytes.readInt32BE(start + 8)
      if (end > this.#bytes.length) return false
      this.#nextBatchAt = end
      const batch = this.#bytes.slice(start, end)
      const magic = batch.readInt8(16)
      if (magic !== 2) {
        throw new KafkaConfigError(
          'UNREADABLE_RECORDS',
          `Records of message format ${magic} cannot be read; Kafka has written format 2 since 0.11`,
        )
      }
      const attributes = batch.readInt16BE(21)
      this.#baseOffset = batch.readBigInt64BE(0)
      this.#lastOffset = this.#baseOffset + BigInt(batch.readInt32BE(23))
      const count = batch.readInt32BE(57)
      if (this.#skips(attributes, batch) || this.#lastOffset < this.#from || count === 0) {
        if (this.#lastOffset >= this.#nextOffset) this.#nextOffset = this.#lastOffset + 1n
        continue
      }
      this.#baseNumber = Number(this.#baseOffset)
      this.#timestamp = batch.readBigInt64BE(27)
      this.#timestampDelta = 0
      this.#baseTimestamp = Number(this.#timestamp)
      this.#appendTime = attributes & LOG_APPEND_TIME_BIT ? batch.readBigInt64BE(35) : undefined
      this.#timestampType = this.#appendTime === undefined ? 'CreateTime' : 'LogAppendTime'
      this.#left = count
      const compression = attributes & COMPRESSION_BITS
      this.#data = compression === 0 ? batch : decompress(batch.subarray(HEADER_BYTES), compression)
      this.#at = compression === 0 ? HEADER_BYTES : 0
      return true
    }
  }

  #skips(attributes: number, batch: Buffer): boolean {
    const control = (attributes & CONTROL_BIT) !== 0
    if (this.#aborted && attributes & TRANSACTIONAL_BIT) {
      const producerId = batch.readBigInt64BE(43)
      while (this.#aborted[0] && this.#aborted[0].firstOffset <= this.#lastOffset) {
        this.#abortedProducers.add((this.#aborted.shift() as AbortedTransaction).producerId)
      }
      if (control && this.#controlType(batch) === ABORT_MARKER) this.#abortedProducers.delete(producerId)
      else if (this.#abortedProducers.has(producerId)) return true
    }
    return control
  }

  /** A control batch has one record; its key is version and type, two bytes each. */
  #controlType(batch: Buffer): number {
    this.#data = batch
    this.#at = HEADER_BYTES
    this.#varInt()
    this.#at++
    this.#varLong()
    this.#varInt()
    const keyLength = this.#varInt()
    return keyLength >= 4 ? batch.readInt16BE(this.#at + 2) : -1
  }

  #varInt(): number {
    const data = this.#data
    let byte = data[this.#at++] as number
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
    let value = byte & 0x7f
    let shift = 7
    do {
      byte = data[this.#at++] as number
      value |= (byte & 0x7f) << shift
      shift += 7
    } while (byte >= 0x80)
    return (value >>> 1) ^ -(value & 1)
  }

  /** Up to 53 bits, which is all that a timestamp's difference can need. */
  #varLong(): number {
    const data = this.#data
    let byte = data[this.#at++] as number
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
    let value = byte & 0x7f
    let factor = 128
    do {
      byte = data[this.#at++] as number
      value += (byte & 0x7f) * factor
      factor *= 128
    } while (byte >= 0x80)
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
}

function decompress(data: Buffer, bitmask: number): Buffer {
  const algorithm = compressionsAlgorithmsByBitmask[bitmask as keyof typeof compressionsAlgorithmsByBitmask]
  if (!algorithm)
    throw new KafkaConfigError('UNREADABLE_RECORDS', `Records are compressed by the unknown method ${bitmask}`)
  return algorithm.decompressSync(data)
}
