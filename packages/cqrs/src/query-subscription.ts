import { CqrsError } from './errors.ts'

/** What follows on the initial result of a subscription. `resync`: the buffer was full, so updates were dropped; this is the initial result again. */
export type SubscriptionItem<R, U> =
  | { readonly type: 'update'; readonly update: U }
  | { readonly type: 'resync'; readonly result: R }

/**
 * Says how new a result or update is, where that can be told: an update that is not newer than the result is left out. Without it the query is asked again when
 * updates come while it is being answered.
 */
export interface VersionOf<R, U> {
  readonly result: (result: R) => number | bigint
  readonly update: (update: U) => number | bigint
}

export interface SubscriptionParts<R, U> {
  readonly query: string
  readonly answer: () => Promise<R>
  readonly versionOf: VersionOf<R, U> | undefined
  readonly bufferSize: number
  readonly onEnd: () => void
}

/** How often a query is asked again because updates came while it was being answered. */
const MAX_TRIES = 10

/**
 * Updates on their way to one subscriber. An update is emitted after what it tells is visible to queries; so a result holds every update from before its query was
 * asked, and lacks every one from after the answer. Only what comes in between is in doubt.
 */
export class QuerySubscription<R, U> implements AsyncIterableIterator<SubscriptionItem<R, U>> {
  readonly #parts: SubscriptionParts<R, U>
  #buffer: U[] = []
  #received = 0
  #overflowed = false
  #ended = false
  #wake: () => void = () => {}

  constructor(parts: SubscriptionParts<R, U>) {
    this.#parts = parts
  }

  /** A result to which no update before the next one belongs. */
  async settle(): Promise<R> {
    const { query, answer, versionOf } = this.#parts
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      this.#buffer = []
      this.#overflowed = false
      const before = this.#received
      const result = await answer()
      if (this.#received === before) return result
      if (versionOf !== undefined && !this.#overflowed) {
        const version = versionOf.result(result)
        this.#buffer = this.#buffer.filter((update) => versionOf.update(update) > version)
        return result
      }
    }
    throw new CqrsError(
      'QUERY_TOO_BUSY',
      `Updates of query '${query}' come faster than it can be answered: ${MAX_TRIES} times one came in between. Give its handler a 'versionOf'.`,
    )
  }

  push(update: U): void {
    this.#received += 1
    if (this.#ended || this.#overflowed) return
    if (this.#buffer.length >= this.#parts.bufferSize) {
      this.#buffer = []
      this.#overflowed = true
    } else {
      this.#buffer.push(update)
    }
    this.#wake()
  }

  /** No more updates; those in the buffer are still handed out. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#parts.onEnd()
    this.#wake()
  }

  /** Nothing more. */
  close(): void {
    this.end()
    this.#buffer = []
    this.#overflowed = false
  }

  async next(): Promise<IteratorResult<SubscriptionItem<R, U>, undefined>> {
    while (true) {
      if (this.#overflowed) return { done: false, value: { type: 'resync', result: await this.settle() } }
      const update = this.#buffer.shift()
      if (update !== undefined) return { done: false, value: { type: 'update', update } }
      if (this.#ended) return { done: true, value: undefined }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async return(): Promise<IteratorResult<SubscriptionItem<R, U>, undefined>> {
    this.close()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
