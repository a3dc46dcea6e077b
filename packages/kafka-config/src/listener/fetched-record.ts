import type { KafkaConfigError } from '../errors.ts'
import type { RecordHeader } from '../headers.ts'
import type { Deserializer } from '../serialization/serializer.ts'
import type { ListenerRecord, TimestampType } from './listener-types.ts'
import type { RecordMaker } from './record-batch-reader.ts'

class FetchedRecord implements ListenerRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly timestamp: bigint
  readonly timestampType: TimestampType
  readonly key: string | null
  readonly headers: readonly RecordHeader[]
  readonly value: unknown
  readonly typeId: string | undefined
  readonly failure: KafkaConfigError | undefined
  readonly #rawValue: Buffer | null
  readonly #rawHeaders: readonly RecordHeader[]
  readonly #data: Buffer
  readonly #keyStart: number
  readonly #keyEnd: number

  constructor(
    topic: string,
    partition: number,
    deserializer: Deserializer,
    offset: bigint,
    timestamp: bigint,
    timestampType: TimestampType,
    data: Buffer,
    keyStart: number,
    keyEnd: number,
    rawValue: Buffer | null,
    headers: readonly RecordHeader[],
  ) {
    this.topic = topic
    this.partition = partition
    this.offset = offset
    this.timestamp = timestamp
    this.timestampType = timestampType
    // As Java's StringDeserializer: bytes that are no UTF-8 become U+FFFD.
    this.key = keyStart < 0 ? null : data.toString('utf8', keyStart, keyEnd)
    const read = deserializer.deserialize(topic, headers, rawValue)
    this.headers = read.headers
    this.value = read.value
    this.typeId = read.typeId
    this.failure = read.failure
    this.#rawValue = rawValue
    this.#rawHeaders = headers
    this.#data = data
    this.#keyStart = keyStart
    this.#keyEnd = keyEnd
  }

  get raw(): ListenerRecord['raw'] {
    return {
      key: this.#keyStart < 0 ? null : this.#data.subarray(this.#keyStart, this.#keyEnd),
      value: this.#rawValue,
      headers: this.#rawHeaders,
    }
  }
}

/** Makes the records of one partition; the value is read by the configured deserializer, which never throws. */
export function recordMaker(topic: string, partition: number, deserializer: Deserializer): RecordMaker<ListenerRecord> {
  return (offset, timestamp, timestampType, data, keyStart, keyEnd, valueStart, valueEnd, headers) => {
    const value = valueStart < 0 ? null : data.subarray(valueStart, valueEnd)
    return new FetchedRecord(
      topic,
      partition,
      deserializer,
      offset,
      timestamp,
      timestampType,
      data,
      keyStart,
      keyEnd,
      value,
      headers,
    )
  }
}
