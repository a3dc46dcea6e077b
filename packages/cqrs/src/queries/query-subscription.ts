/**
 * What follows on the initial result of a subscription. `resync`: this is the result again, in place of updates of which there were too many for the
 * buffer, or which came faster than the query could be answered.
 */
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
  readonly answer: () => Promise<R>
  /** Resolves when all changes that are visible by now have been told. */
  readonly allTold: () => Promise<void>
  readonly versionOf: VersionOf<R, U> | undefined
  readonly bufferSize: number
  readonly onEnd: () => void
}

/** How often a query is asked in search of a moment without updates. */
const MAX_TRIES = 3

/**
 * Updates on their way to one subscriber. An update is emitted after what it tells is visible to queries. So a result holds every update from before its query was
 * asked, and none from after the moment when all that was visible at the answer has been told; what comes in between is in doubt.
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

  /** A result with which the subscriber goes on: what comes next is not in it yet, and nothing is missing in between. */
  async settle(): Promise<R> {
    const { answer, allTold, versionOf } = this.#parts
    let result: R
    let tries = 0
    do {
      this.#buffer = []
      this.#overflowed = false
      const before = this.#received
      result = await answer()
      await allTold()
      if (this.#received === before) return result
      if (versionOf !== undefined && !this.#overflowed) {
        const version = versionOf.result(result)
        this.#buffer = this.#buffer.filter((update) => versionOf.update(update) > version)
        return result
      }
      tries += 1
    } while (tries < MAX_TRIES)
    // What came in between is in the next result, with which the subscriber goes on.
    this.#overflowed = true
    return result
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
