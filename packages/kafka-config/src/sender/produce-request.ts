import type { Connection } from '@platformatic/kafka'
import { produceV9, Writer } from '@platformatic/kafka'
import { exchange } from '../client/request.ts'

export interface PartitionBatch {
  readonly topic: string
  readonly partition: number
  readonly bytes: Buffer
}

export interface PartitionOutcome {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly baseOffset: bigint
}

const ACKS_ALL = -1

/** Produce (version 9) with batches that are written already. Rejects only when there is no answer. */
export async function produce(
  connection: Connection,
  timeoutMs: number,
  batches: readonly PartitionBatch[],
): Promise<readonly PartitionOutcome[]> {
  const topics = Map.groupBy(batches, (batch) => batch.topic)
  const response = await exchange<produceV9.ProduceResponse>(connection, timeoutMs, (callback) =>
    connection.send(
      produceV9.api.key,
      produceV9.api.version,
      () =>
        Writer.create()
          .appendString(null)
          .appendInt16(ACKS_ALL)
          .appendInt32(timeoutMs)
          .appendArray([...topics], (topicWriter, [topic, partitions]) => {
            topicWriter.appendString(topic).appendArray(partitions, (writer, batch) => {
              writer
                .appendInt32(batch.partition)
                .appendUnsignedVarInt(batch.bytes.length + 1)
                .append(batch.bytes)
            })
          })
          .appendTaggedFields(),
      produceV9.parseResponse,
      true,
      true,
      callback,
    ),
  )
  return response.responses.flatMap(({ name, partitionResponses }) =>
    partitionResponses.map(({ index, errorCode, baseOffset, errorMessage }) => ({
      topic: name,
      partition: index,
      errorCode,
      errorMessage: errorMessage ?? null,
      baseOffset,
    })),
  )
}
