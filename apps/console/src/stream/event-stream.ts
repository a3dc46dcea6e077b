import { Readable } from 'node:stream'
import type { Subscriber } from './open-channel.ts'
import type { Channel } from './stream-hub.ts'

export interface EventStreamOptions {
  /** A comment is sent so often when nothing else is, so that nobody between takes the connection for dead. Milliseconds, default 15,000. */
  readonly heartbeatMs?: number
  /** A client that takes nothing for so long is given up. Milliseconds, default 30,000. */
  readonly slowMs?: number
  /** After this the stream ends, and the client comes back: whoever may see nothing more gets nothing more. Milliseconds, default 600,000. */
  readonly longestMs?: number
  /** So many items of an `append` channel wait for a slow client; then a gap. Default 500. */
  readonly keptItems?: number
}

export const EVENT_STREAM_DEFAULTS = {
  heartbeatMs: 15_000,
  slowMs: 30_000,
  longestMs: 600_000,
  keptItems: 500,
} as const

const RETRY_MS = 2_000

interface Waiting {
  readonly kind: Channel['kind']
  frames: string[]
  items: number
  missed: number
}

/** Server-sent events of one browser tab. While the client does not take what it was sent, only as much as it needs is kept for it. */
export class EventStream extends Readable implements Subscriber {
  readonly #settings: Required<EventStreamOptions>
  readonly #heartbeat: NodeJS.Timeout
  readonly #end: NodeJS.Timeout
  readonly #waiting = new Map<string, Waiting>()
  #slow: NodeJS.Timeout | undefined
  #full = false

  constructor(options: EventStreamOptions = {}) {
    super()
    this.#settings = { ...EVENT_STREAM_DEFAULTS, ...options }
    this.#heartbeat = setInterval(() => {
      if (!this.#full) this.#write(':\n\n')
    }, this.#settings.heartbeatMs)
    this.#end = setTimeout(() => this.end(), this.#settings.longestMs)
    // Headers are sent with the first byte: the browser shall know at once that it is connected.
    this.#write(`retry: ${RETRY_MS}\n\n`)
  }

  frame(address: string, kind: Channel['kind'], data: string, items: number): void {
    if (!this.#full) {
      this.#write(`event: ${address}\ndata: ${data}\n\n`)
      return
    }
    const waiting = this.#waitingFor(address, kind)
    if (kind === 'latest') waiting.frames = [data]
    else if (waiting.items + items <= this.#settings.keptItems) {
      waiting.frames.push(data)
      waiting.items += items
    } else {
      waiting.missed += waiting.items + items
      waiting.frames = []
      waiting.items = 0
    }
  }

  gap(address: string, missed: number): void {
    if (this.#full) this.#waitingFor(address, 'append').missed += missed
    else this.#write(`event: gap\ndata: ${JSON.stringify({ channel: address, missed })}\n\n`)
  }

  end(): void {
    if (!this.destroyed) this.push(null)
  }

  override _read(): void {
    this.#full = false
    clearTimeout(this.#slow)
    for (const [address, { kind, frames, missed, items }] of [...this.#waiting]) {
      if (this.#full) return
      this.#waiting.delete(address)
      if (missed > 0) this.gap(address, missed)
      for (const data of frames) this.frame(address, kind, data, items)
    }
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearInterval(this.#heartbeat)
    clearTimeout(this.#end)
    clearTimeout(this.#slow)
    done(error)
  }

  #waitingFor(address: string, kind: Channel['kind']): Waiting {
    const waiting = this.#waiting.get(address) ?? { kind, frames: [], items: 0, missed: 0 }
    this.#waiting.set(address, waiting)
    return waiting
  }

  #write(text: string): void {
    if (this.destroyed || this.readableEnded) return
    this.#heartbeat?.refresh()
    this.#full = !this.push(text)
    if (this.#full) this.#slow = setTimeout(() => this.destroy(), this.#settings.slowMs)
  }
}
