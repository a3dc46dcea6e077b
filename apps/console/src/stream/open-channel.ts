import type { Channel } from './stream-hub.ts'

export interface Subscriber {
  /** `data`: JSON. `items`: how many of an `append` channel are in it, 1 for `latest`. */
  frame(address: string, kind: Channel['kind'], data: string, items: number): void
  gap(address: string, missed: number): void
}

interface Settings {
  readonly frameMs: number
  readonly keptItems: number
}

/** One channel that somebody listens to: collects what is pushed, and hands it to all its subscribers a few times a second. */
export class OpenChannel {
  readonly #address: string
  readonly #kind: Channel['kind']
  readonly #settings: Settings
  readonly #failed: (error: unknown) => void
  readonly #subscribers = new Set<Subscriber>()
  #close: () => void = () => {}
  /** `latest`: the last one, if any. `append`: those since the last frame. */
  #pending: unknown[] = []
  #missed = 0
  /** Of a `latest` channel: what it said last, for who comes later. */
  #last: string | undefined
  #timer: NodeJS.Timeout | undefined
  #framedAt = Number.NEGATIVE_INFINITY

  constructor(address: string, kind: Channel['kind'], settings: Settings, failed: (error: unknown) => void) {
    this.#address = address
    this.#kind = kind
    this.#settings = settings
    this.#failed = failed
  }

  start(open: (push: (data: unknown) => void) => () => void): void {
    this.#close = open((data) => this.#push(data))
  }

  add(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber)
    if (this.#last !== undefined) subscriber.frame(this.#address, this.#kind, this.#last, 1)
  }

  /** How many are left. */
  remove(subscriber: Subscriber): number {
    this.#subscribers.delete(subscriber)
    return this.#subscribers.size
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#close()
  }

  #push(data: unknown): void {
    if (this.#kind === 'latest') this.#pending = [data]
    else if (this.#pending.length < this.#settings.keptItems) this.#pending.push(data)
    else {
      // With a hole in it the rest is worth nothing: who listens asks for the whole anyway.
      this.#missed += this.#pending.length + 1
      this.#pending = []
    }
    this.#timer ??= setTimeout(
      () => this.#frame(),
      Math.max(0, this.#framedAt + this.#settings.frameMs - performance.now()),
    )
  }

  #frame(): void {
    this.#timer = undefined
    this.#framedAt = performance.now()
    const pending = this.#pending
    const missed = this.#missed
    this.#pending = []
    this.#missed = 0
    if (missed > 0) for (const subscriber of this.#subscribers) subscriber.gap(this.#address, missed)
    if (pending.length === 0) return
    try {
      const data = JSON.stringify(this.#kind === 'latest' ? pending[0] : pending)
      if (this.#kind === 'latest') this.#last = data
      for (const subscriber of this.#subscribers) subscriber.frame(this.#address, this.#kind, data, pending.length)
    } catch (error) {
      this.#failed(error)
    }
  }
}
