import type { RecordHeader } from '../headers.ts'
import { recordMaker } from '../listener/fetched-record.ts'
import type { ListenerRecord, TimestampType } from '../listener/listener-types.ts'
import type { Deserializer } from '../serialization/serializer.ts'

/** Ends of key, value and headers' values in the bytes, in this order; -1 where there is no key or value. */
const NONE = -1

/**
 * A record that waits, as few bytes as possible: a copy of its own, as a record from the fetcher keeps the whole response in memory. It is deserialized
 * again when it is handed out.
 */
export class ParkedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly timestamp: bigint
  readonly timestampType: TimestampType
  /** When it was parked, milliseconds since 1970. */
  readonly since = Date.now()
  readonly #bytes: Buffer
  readonly #keyEnd: number
  readonly #valueEnd: number
  readonly #headers: readonly RecordHeader[]

  constructor(record: ListenerRecord) {
    this.topic = record.topic
    this.partition = record.partition
    this.offset = record.offset
    this.timestamp = record.timestamp
    this.timestampType = record.timestampType
    const { key, value, headers } = record.raw
    const keyEnd = key?.length ?? 0
    const valueEnd = keyEnd + (value?.length ?? 0)
    const length = headers.reduce((sum, header) => sum + header.value.length, valueEnd)
    // Not from the pool: a slice of it would keep the records beside it in memory.
    const bytes = Buffer.allocUnsafeSlow(length)
    key?.copy(bytes)
    value?.copy(bytes, keyEnd)
    let end = valueEnd
    this.#headers = headers.map((header) => {
      const start = end
      end += header.value.copy(bytes, start)
      return { key: header.key, value: bytes.subarray(start, end) }
    })
    this.#bytes = bytes
    this.#keyEnd = key === null ? NONE : keyEnd
    this.#valueEnd = value === null ? NONE : valueEnd
  }

  /** As it came from the topic. */
  record(deserializer: Deserializer): ListenerRecord {
    const make = recordMaker(this.topic, this.partition, deserializer)
    const keyStart = this.#keyEnd === NONE ? NONE : 0
    const valueStart = this.#valueEnd === NONE ? NONE : Math.max(this.#keyEnd, 0)
    return make(
      this.offset,
      this.timestamp,
      this.timestampType,
      this.#bytes,
      keyStart,
      this.#keyEnd,
      valueStart,
      this.#valueEnd,
      this.#headers,
    )
  }
}
