import type { ProducerRecord, RecordMetadata } from './producer-record.ts'

/** One call of `send` or `sendAll`: one promise for all its records. */
export class Delivery {
  readonly promise: Promise<readonly RecordMetadata[]>
  readonly enqueuedAt: number
  readonly #places: RecordMetadata[]
  readonly #resolve: (places: readonly RecordMetadata[]) => void
  readonly #reject: (error: Error) => void
  #left: number
  #settled = false

  constructor(records: number, enqueuedAt: number) {
    const { promise, resolve, reject } = Promise.withResolvers<readonly RecordMetadata[]>()
    this.promise = promise
    this.#resolve = resolve
    this.#reject = reject
    this.enqueuedAt = enqueuedAt
    this.#places = new Array<RecordMetadata>(records)
    this.#left = records
    // Whoever sends without waiting (and flushes later) must not end the process by a failure.
    promise.catch(() => undefined)
  }

  get settled(): boolean {
    return this.#settled
  }

  /** Whether this was the last one. */
  acknowledge(index: number, place: RecordMetadata): boolean {
    this.#places[index] = place
    if (--this.#left > 0 || this.#settled) return false
    this.#settled = true
    this.#resolve(this.#places)
    return true
  }

  fail(error: Error): void {
    if (this.#settled) return
    this.#settled = true
    this.#reject(error)
  }
}

/** A record on its way. */
export interface Waiting {
  readonly record: ProducerRecord
  /** Upper bound of its bytes in a batch. */
  readonly bytes: number
  readonly delivery: Delivery
  /** Its index in the delivery. */
  readonly index: number
}
