import type { RecordHeader } from '../headers.ts'

export interface ProducerRecord {
  readonly topic: string
  /** Decides the partition (Java's murmur2) and keeps the order of its records. Without a key records are spread. */
  readonly key?: string | Buffer | null
  /** Serialized already; null is a tombstone. */
  readonly value: Buffer | string | null
  readonly headers?: readonly RecordHeader[]
  /** Overrides the key's partition. */
  readonly partition?: number
  /** Milliseconds since 1970; default now. */
  readonly timestamp?: bigint
}

export interface RecordMetadata {
  readonly topic: string
  readonly partition: number
  /** -1n in one case: the broker says that it has the record already but no longer where. */
  readonly offset: bigint
}
