import type { Connection, Reader } from '@platformatic/kafka'
import { fetchV12 } from '@platformatic/kafka'
import { exchange } from '../client/request.ts'
import type { TopicPartition } from './listener-types.ts'
import type { AbortedTransaction, ByteChain } from './record-batch-reader.ts'

export interface FetchTarget extends TopicPartition {
  readonly offset: bigint
}

export interface FetchLimits {
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly maxPartitionBytes: number
  readonly readCommitted: boolean
}

export interface FetchedPartition extends TopicPartition {
  readonly errorCode: number
  /** Offset after the newest record that may be read: the high watermark, or the last stable offset for read_committed. */
  readonly endOffset: bigint
  readonly aborted: readonly AbortedTransaction[] | undefined
  /** Record batches, the last one possibly cut off; empty when there is nothing new. */
  readonly bytes: ByteChain
}

export interface FetchAnswer {
  readonly errorCode: number
  readonly partitions: readonly FetchedPartition[]
}

// No fetch session: what is wanted changes with every pause and rebalance, and a request with all partitions costs some 30 bytes each.
const NO_SESSION_ID = 0
const NO_SESSION_EPOCH = -1
const NOTHING = Buffer.alloc(0)

/** Fetch (version 12: topics by name). Records are left as bytes: they are read when they are handed out. Rejects when there is no answer. */
export function fetchRecords(
  connection: Connection,
  timeoutMs: number,
  limits: FetchLimits,
  targets: readonly FetchTarget[],
): Promise<FetchAnswer> {
  const topics = [...Map.groupBy(targets, (target) => target.topic)].map(([topicId, partitions]) => ({
    topicId,
    partitions: partitions.map(({ partition, offset }) => ({
      partition,
      fetchOffset: offset,
      currentLeaderEpoch: -1,
      lastFetchedEpoch: -1,
      partitionMaxBytes: limits.maxPartitionBytes,
    })),
  }))
  const isolation = limits.readCommitted ? 1 : 0
  return exchange(connection, timeoutMs, (callback) =>
    connection.send(
      fetchV12.api.key,
      fetchV12.api.version,
      () =>
        fetchV12.createRequest(
          limits.maxWaitMs,
          limits.minBytes,
          limits.maxBytes,
          isolation,
          NO_SESSION_ID,
          NO_SESSION_EPOCH,
          topics,
          [],
          '',
        ),
      (_correlationId, _apiKey, _apiVersion, reader) => parse(reader, limits.readCommitted),
      true,
      true,
      callback,
    ),
  )
}

function parse(reader: Reader, readCommitted: boolean): FetchAnswer {
  reader.readInt32()
  const errorCode = reader.readInt16()
  reader.readInt32()
  const partitions: FetchedPartition[] = []
  reader.readArray((topicReader) => {
    const topic = topicReader.readString()
    topicReader.readArray(
      (r) => {
        partitions.push(parsePartition(topic, r, readCommitted))
        r.readTaggedFields()
      },
      true,
      false,
    )
  })
  reader.readTaggedFields()
  return { errorCode, partitions }
}

function parsePartition(topic: string, reader: Reader, readCommitted: boolean): FetchedPartition {
  const partition = reader.readInt32()
  const errorCode = reader.readInt16()
  const highWatermark = reader.readInt64()
  const lastStableOffset = reader.readInt64()
  reader.readInt64()
  const aborted = reader.readNullableArray((r) => ({ producerId: r.readInt64(), firstOffset: r.readInt64() }))
  reader.readInt32()
  const size = reader.readUnsignedVarInt() - 1
  let bytes: ByteChain = NOTHING
  if (size > 0) {
    bytes = reader.buffer.subarray(reader.position, reader.position + size)
    reader.skip(size)
  }
  return {
    topic,
    partition,
    errorCode,
    endOffset: readCommitted ? lastStableOffset : highWatermark,
    aborted: readCommitted ? (aborted ?? []) : undefined,
    bytes,
  }
}
