import type { Deserializer } from '../serialization/serializer.ts'
import { recordMaker } from './fetched-record.ts'
import type { ListenerRecord, TopicPartition } from './listener-types.ts'
import type { NextOffset } from './offset-committer.ts'
import type { RecordBatchReader, RecordMaker } from './record-batch-reader.ts'

/** What a fetcher knows of one partition: how far it is fetched, how far handed out, and the responses in between. */
export class OwnedPartition implements TopicPartition {
  readonly topic: string
  readonly partition: number
  readonly #make: RecordMaker<ListenerRecord>
  /** Responses not yet handed out, oldest first. */
  #readers: RecordBatchReader[] = []
  fetchPosition: bigint
  /** Offset of the next record to hand out. */
  position: bigint
  endOffset: bigint | undefined
  /** By the user: nothing is kept. */
  paused = false
  /** Because records of it were given back and wait: the response that is being read is kept. */
  held = false
  /** The leader's last answer was an error: not to be asked again before the metadata is fresh. */
  stale = false
  /** There was no good answer for it since the last bad one. */
  failing = false

  constructor(start: NextOffset, deserializer: Deserializer) {
    this.topic = start.topic
    this.partition = start.partition
    this.#make = recordMaker(start.topic, start.partition, deserializer)
    this.fetchPosition = start.offset
    this.position = start.offset
  }

  /** Whether nothing is to be handed out. */
  get rests(): boolean {
    return this.paused || this.held
  }

  /** Whether it is to be fetched. While held too, up to one response: it shall not have to wait for the next long poll when it goes on. */
  get wanted(): boolean {
    return !this.paused && (!this.held || this.#readers.length === 0)
  }

  /** What waits to be handed out. */
  get bufferedBytes(): number {
    let bytes = 0
    for (const reader of this.#readers) bytes += reader.byteLength
    return bytes
  }

  /** Takes a response's part in; false if there is nothing new in it. */
  store(reader: RecordBatchReader): boolean {
    const end = reader.endOffset
    if (end === this.fetchPosition) return false
    this.#readers.push(reader)
    this.fetchPosition = end
    return true
  }

  /** Appends records to `into` until it has `limit`. @throws KafkaConfigError UNREADABLE_RECORDS */
  take(limit: number, into: ListenerRecord[]): void {
    while (into.length < limit) {
      const reader = this.#readers[0]
      if (!reader) return
      const more = reader.read(limit - into.length, this.#make, into)
      this.position = reader.nextOffset
      if (more) return
      this.#readers.shift()
    }
  }

  /** Drops all but the first `keep` responses; they will be fetched again. */
  discard(keep: number): void {
    this.#readers.length = Math.min(keep, this.#readers.length)
    this.fetchPosition = this.#readers.at(-1)?.endOffset ?? this.position
  }

  /** Begins at another offset, as far as nothing is buffered. */
  moveTo(offset: bigint): void {
    if (this.#readers.length === 0) this.position = offset
    this.fetchPosition = offset
  }
}
