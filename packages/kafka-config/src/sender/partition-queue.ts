import type { CompressionType } from '../config/settings.ts'
import type { Waiting } from './delivery.ts'
import { BATCH_HEADER_BYTES, signRecordBatch, writeRecordBatch } from './record-batch-writer.ts'

/** Larger batches do not go faster: they only hold the event loop longer. */
export const MAX_BATCH_RECORDS = 2000
const MAX_SEQUENCE = 0x7fffffff

/** A written batch. It is repeated byte for byte until its outcome is known, for only so does the broker recognise a repetition. */
export interface PendingBatch {
  readonly waiting: readonly Waiting[]
  readonly bytes: Buffer
  /** Whether it carries producer id and sequence. */
  signed: boolean
  /** Whether a request with it is under way. */
  sending: boolean
  /** Whether it went out at least once without an answer that says what became of it. */
  uncertain: boolean
  /** Its senders were told that it timed out; only its sequence still matters. */
  expired: boolean
  attempts: number
  /** Not to be sent again before this time. */
  notBefore: number
}

export interface ProducerIdentity {
  readonly id: bigint
  readonly epoch: number
}

/** The records for one partition, in order: at most one batch under way, the rest waiting behind it. */
export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  waiting: Waiting[] = []
  batch: PendingBatch | undefined
  /** Kept by each partition: one that needs a new producer id leaves the repetitions of the others recognisable. */
  #identity: ProducerIdentity | undefined
  #sequence = 0
  #maxRecords = MAX_BATCH_RECORDS

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  get empty(): boolean {
    return this.batch === undefined && this.waiting.length === 0
  }

  /** Takes what fits into one batch of at most `maxBytes`; always at least one record. */
  build(maxBytes: number, compression: CompressionType, now: number): PendingBatch {
    let bytes = 0
    let count = 0
    for (const { bytes: next } of this.waiting) {
      if (count >= this.#maxRecords || (count > 0 && BATCH_HEADER_BYTES + bytes + next > maxBytes)) break
      bytes += next
      count++
    }
    const waiting = this.waiting.splice(0, count)
    const records = waiting.map((entry) => entry.record)
    this.batch = {
      waiting,
      bytes: writeRecordBatch(records, bytes, compression, now),
      signed: false,
      sending: false,
      uncertain: false,
      expired: false,
      attempts: 0,
      notBefore: 0,
    }
    return this.batch
  }

  /** Signs the batch for its first request. */
  sign(batch: PendingBatch, identity: ProducerIdentity): void {
    if (batch.signed) return
    this.#identity ??= identity
    const { id, epoch } = this.#identity
    signRecordBatch(batch.bytes, { producerId: id, producerEpoch: epoch, baseSequence: this.#sequence })
    batch.signed = true
  }

  /** The broker has the batch: the next one follows it in sequence. */
  acknowledged(batch: PendingBatch): void {
    this.batch = undefined
    const count = batch.waiting.length
    // Wraps as Kafka's DefaultRecordBatch.incrementSequence does.
    this.#sequence =
      this.#sequence > MAX_SEQUENCE - count ? count - (MAX_SEQUENCE - this.#sequence) - 1 : this.#sequence + count
    if (this.#maxRecords < MAX_BATCH_RECORDS) this.#maxRecords = Math.min(MAX_BATCH_RECORDS, this.#maxRecords * 2)
  }

  /** The broker refused the batch as too large: its records go again in smaller ones. */
  split(batch: PendingBatch): void {
    this.#maxRecords = Math.max(1, batch.waiting.length >> 1)
    this.waiting = [...batch.waiting, ...this.waiting]
    this.batch = undefined
  }

  /** What comes next is signed by a new producer id, from sequence 0; a batch under way too. */
  disown(): void {
    this.#identity = undefined
    this.#sequence = 0
    if (this.batch) this.batch.signed = false
  }
}
