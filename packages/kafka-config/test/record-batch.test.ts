import { Reader, readRecordsBatches } from '@platformatic/kafka'
import type { RecordHeader, TimestampType } from '@stocker/kafka-config'
import { describe, expect, it } from 'vitest'
import type { AbortedTransaction } from '../src/listener/record-batch-reader.ts'
import { RecordBatchReader } from '../src/listener/record-batch-reader.ts'
import type { ProducerRecord } from '../src/sender/producer-record.ts'
import { recordBytes, signRecordBatch, writeRecordBatch } from '../src/sender/record-batch-writer.ts'

const NOW = 1_700_000_000_000

interface Read {
  readonly offset: bigint
  readonly timestamp: bigint
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly RecordHeader[]
}

describe('a record batch', () => {
  const records: readonly ProducerRecord[] = [
    { topic: 'orders', key: 'a', value: '{"id":1}' },
    { topic: 'orders', key: null, value: null, headers: [{ key: 'traceparent', value: Buffer.from('00-ab') }] },
    { topic: 'orders', value: Buffer.from([0xff, 0x00]), timestamp: BigInt(NOW) - 86_400_000n * 365n },
    {
      topic: 'orders',
      key: '',
      value: '',
      timestamp: BigInt(NOW) + 5_000_000_000n,
      headers: [{ key: '', value: Buffer.alloc(0) }],
    },
    { topic: 'orders', key: Buffer.from('k'), value: 'ü'.repeat(300) },
  ]

  it('is read by the client as it was written', () => {
    const [batch] = readRecordsBatches(Reader.from(write(records)))
    expect(
      batch?.records.map(({ key, value }) => [key?.toString() ?? null, value?.toString('latin1') ?? null]),
    ).toEqual([
      ['a', '{"id":1}'],
      [null, null],
      [null, '\xff\x00'],
      ['', ''],
      ['k', Buffer.from('ü'.repeat(300)).toString('latin1')],
    ])
    expect(batch).toMatchObject({ producerId: 7n, producerEpoch: 1, firstSequence: 40, lastOffsetDelta: 4, magic: 2 })
  })

  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('comes back whole with compression %s', (compression) => {
    const read = readAll(write(records, { compression, baseOffset: 100n }), 100n)
    expect(read.map(({ offset, key, timestamp }) => [offset, key, timestamp])).toEqual([
      [100n, 'a', BigInt(NOW)],
      [101n, null, BigInt(NOW)],
      [102n, null, BigInt(NOW) - 86_400_000n * 365n],
      [103n, '', BigInt(NOW) + 5_000_000_000n],
      [104n, 'k', BigInt(NOW)],
    ])
    expect(read[1]).toMatchObject({ value: null, headers: [{ key: 'traceparent', value: Buffer.from('00-ab') }] })
    expect(read[3]).toMatchObject({ value: '', headers: [{ key: '', value: Buffer.alloc(0) }] })
  })

  it('gives only what lies at the wanted offset or after it, in portions, and says where to go on', () => {
    const reader = new RecordBatchReader(write(records, { baseOffset: 100n }), 102n, undefined)
    const first: Read[] = []
    expect(reader.read(2, make, first)).toBe(true)
    expect(first.map(({ offset }) => offset)).toEqual([102n, 103n])
    expect(reader.nextOffset).toBe(104n)
    expect(reader.endOffset).toBe(105n)
    const rest: Read[] = []
    expect(reader.read(10, make, rest)).toBe(false)
    expect(rest.map(({ offset }) => offset)).toEqual([104n])
    expect(reader.nextOffset).toBe(105n)
  })

  it('that the fetch size cuts off is not there yet', () => {
    const whole = write(records, { baseOffset: 0n })
    const cut = Buffer.concat([whole, write(records, { baseOffset: 5n }).subarray(0, 80)])
    expect(readAll(cut, 0n)).toHaveLength(5)
    expect(new RecordBatchReader(cut, 0n, undefined).endOffset).toBe(5n)
  })

  describe('of transactions', () => {
    const data = (baseOffset: bigint, producerId: bigint) =>
      write([{ topic: 'orders', key: `${baseOffset}`, value: 'x' }], { baseOffset, producerId, attributes: 0x10 })
    const marker = (baseOffset: bigint, producerId: bigint, type: 0 | 1) =>
      write([{ topic: 'orders', key: Buffer.from([0, 0, 0, type]), value: Buffer.alloc(6) }], {
        baseOffset,
        producerId,
        attributes: 0x30,
      })
    const keys = (bytes: Buffer, aborted: readonly AbortedTransaction[] | undefined) =>
      readAll(bytes, 0n, aborted).map(({ key }) => key)

    it('never shows control records', () => {
      expect(keys(Buffer.concat([data(0n, 1n), marker(1n, 1n, 1)]), undefined)).toEqual(['0'])
    })

    it('drops each of several aborted transactions of one producer, and keeps the committed one between them', () => {
      const log = [
        data(0n, 1n),
        marker(1n, 1n, 0),
        data(2n, 1n),
        marker(3n, 1n, 1),
        data(4n, 1n),
        marker(5n, 1n, 0),
        data(6n, 2n),
      ]
      const aborted = [
        { producerId: 1n, firstOffset: 4n },
        { producerId: 1n, firstOffset: 0n },
      ]
      expect(keys(Buffer.concat(log), aborted)).toEqual(['2', '6'])
    })

    it('drops an aborted one whose marker is not in the response', () => {
      expect(
        keys(Buffer.concat([data(0n, 1n), data(1n, 2n), data(2n, 1n)]), [{ producerId: 1n, firstOffset: 0n }]),
      ).toEqual(['1'])
    })

    it('goes on after records that nobody may see', () => {
      const reader = new RecordBatchReader(Buffer.concat([data(0n, 1n), marker(1n, 1n, 0)]), 0n, [
        { producerId: 1n, firstOffset: 0n },
      ])
      const read: Read[] = []
      expect(reader.read(10, make, read)).toBe(false)
      expect(read).toEqual([])
      expect(reader.nextOffset).toBe(2n)
    })
  })
})

interface Form {
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly baseOffset?: bigint
  readonly producerId?: bigint
  readonly attributes?: number
}

function write(
  records: readonly ProducerRecord[],
  { compression = 'none', baseOffset = 0n, producerId = 7n, attributes }: Form = {},
): Buffer {
  const bytes = records.reduce((sum, record) => sum + recordBytes(record), 0)
  const batch = writeRecordBatch(records, bytes, compression, NOW)
  if (attributes !== undefined) batch.writeInt16BE(attributes, 21)
  signRecordBatch(batch, { producerId, producerEpoch: 1, baseSequence: 40 })
  batch.writeBigInt64BE(baseOffset, 0)
  return batch
}

function make(
  offset: bigint,
  timestamp: bigint,
  _timestampType: TimestampType,
  data: Buffer,
  keyStart: number,
  keyEnd: number,
  valueStart: number,
  valueEnd: number,
  headers: readonly RecordHeader[],
): Read {
  const text = (start: number, end: number) => (start < 0 ? null : data.toString('utf8', start, end))
  return { offset, timestamp, key: text(keyStart, keyEnd), value: text(valueStart, valueEnd), headers }
}

function readAll(bytes: Buffer, from: bigint, aborted?: readonly AbortedTransaction[]): Read[] {
  const read: Read[] = []
  new RecordBatchReader(bytes, from, aborted).read(Number.MAX_SAFE_INTEGER, make, read)
  return read
}
