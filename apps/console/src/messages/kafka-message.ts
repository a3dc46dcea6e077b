import { isUtf8 } from 'node:buffer'
import type { ListenerRecord, RecordHeader } from '@stocker/kafka-config'
import { decodeText, lastHeader, simpleName, TYPE_ID_HEADER } from '@stocker/kafka-config'

/** One record of a topic, whatever is in it. */
export interface KafkaMessage {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** Milliseconds since 1970. */
  readonly timestamp: bigint
  readonly key: string | null
  /** `__TypeId__` without its package, else `eventType` of the value; null where neither says. */
  readonly type: string | null
  /** Of the value; of a producer that gives none, `<topic>-<partition>-<offset>`, as the services take it. */
  readonly eventId: string
  /** Of the value: the order or cart that it belongs to; null where it says none. */
  readonly correlationId: string | null
  readonly causationId: string | null
  /** The bytes; null: a tombstone. Part of a larger answer of the broker: copy what is kept for long. */
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[]
  /** The value as JSON; undefined where it is none. */
  readonly json: unknown
}

/** The value is read only when something of it is asked for: most of a busy topic is passed over by its key alone. */
class ReadMessage implements KafkaMessage {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly timestamp: bigint
  readonly key: string | null
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[]
  #json: unknown
  #parsed = false

  constructor({ topic, partition, offset, timestamp, key, raw }: ListenerRecord) {
    this.topic = topic
    this.partition = partition
    this.offset = offset
    this.timestamp = timestamp
    this.key = key
    this.value = raw.value
    this.headers = raw.headers
  }

  get json(): unknown {
    if (!this.#parsed) {
      this.#parsed = true
      this.#json = parse(this.value)
    }
    return this.#json
  }

  get type(): string | null {
    const header = lastHeader(this.headers, TYPE_ID_HEADER)
    if (header) return simpleName(decodeText(header.value))
    return this.#text('eventType')
  }

  get eventId(): string {
    return this.#text('eventId') ?? `${this.topic}-${this.partition}-${this.offset}`
  }

  get correlationId(): string | null {
    return this.#text('correlationId')
  }

  get causationId(): string | null {
    return this.#text('causationId')
  }

  #text(field: string): string | null {
    const { json } = this
    if (typeof json !== 'object' || json === null) return null
    const value = (json as Readonly<Record<string, unknown>>)[field]
    return typeof value === 'string' ? value : null
  }
}

export const kafkaMessage = (record: ListenerRecord): KafkaMessage => new ReadMessage(record)

function parse(value: Buffer | null): unknown {
  if (value === null || !isUtf8(value)) return undefined
  try {
    return JSON.parse(value.toString('utf8'))
  } catch {
    return undefined
  }
}
