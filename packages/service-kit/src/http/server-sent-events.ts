import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { TSchema } from 'typebox'

/** A subscription of a query bus, as far as this needs it. */
export interface EventSource<R, U> {
  readonly initial: R
  readonly updates: AsyncIterable<
    { readonly type: 'update'; readonly update: U } | { readonly type: 'resync'; readonly result: R }
  >
  close(): void
}

export interface SendEventsOptions<R, U> {
  /** Aborted when the service begins to stop: the stream ends then, and the client comes back to another instance. */
  readonly stopping: AbortSignal
  /** What of a value this client gets. Default: all of it. */
  readonly view?: (value: R | U) => unknown
  /** The `id` of each event. Default: numbers from 1, anew with each connection. */
  readonly idOf?: (value: R | U) => string
  /** How long the client waits before it connects again. Milliseconds, default 2,000. */
  readonly retryMs?: number
  /** A comment is sent so often when nothing else is, so that nobody between takes the connection for dead. Milliseconds, default 15,000. */
  readonly heartbeatMs?: number
}

type Settings<R, U> = SendEventsOptions<R, U> & { readonly [Setting in keyof typeof DEFAULTS]: number }

const DEFAULTS = { retryMs: 2_000, heartbeatMs: 15_000 } as const

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // nginx would collect what should arrive at once.
  'x-accel-buffering': 'no',
} as const

const HEARTBEAT = ':\n\n'

/**
 * Answers with a subscription as server-sent events (the WHATWG's EventSource): an event `initial`, then `update` for each change, and `resync` with the
 * whole result again when the client was too slow for all changes. Data is JSON. A client that connects again begins with `initial`, so nothing is missing.
 *
 * Nothing is read from the subscription while the client does not take what it was sent. The subscription is closed when the client leaves. Give the route
 * `config: { waits: true }` and `response: eventStreamOf(...)`: `return sendEvents(reply, await queries.subscribe(...), { stopping })`.
 */
export function sendEvents<R, U>(
  reply: FastifyReply,
  source: EventSource<R, U>,
  options: SendEventsOptions<R, U>,
): FastifyReply {
  return reply.headers(HEADERS).send(new EventStream(source, { ...DEFAULTS, ...options }))
}

/** For the `response` of a route's schema: what the data of its events looks like. */
export function eventStreamOf({ initial, update }: { readonly initial: TSchema; readonly update: TSchema }) {
  return {
    200: {
      description: 'Server-sent events: `initial` and `resync` carry the whole result, `update` one change',
      content: { 'text/event-stream': { schema: { type: 'string', contentSchema: { anyOf: [initial, update] } } } },
    },
  }
}

class EventStream<R, U> extends Readable {
  readonly #source: EventSource<R, U>
  readonly #options: Settings<R, U>
  readonly #heartbeat: NodeJS.Timeout
  #sent = 0
  #full = false
  #drained: () => void = () => {}

  constructor(source: EventSource<R, U>, options: Settings<R, U>) {
    super()
    this.#source = source
    this.#options = options
    this.#heartbeat = setInterval(() => {
      if (!this.#full) this.push(HEARTBEAT)
    }, options.heartbeatMs)
    options.stopping.addEventListener('abort', this.#stop)
    if (options.stopping.aborted) this.#stop()
    this.#run().catch((error: Error) => this.destroy(error))
  }

  override _read(): void {
    this.#full = false
    this.#drained()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearInterval(this.#heartbeat)
    this.#options.stopping.removeEventListener('abort', this.#stop)
    this.#source.close()
    this.#drained()
    done(error)
  }

  readonly #stop = (): void => this.#source.close()

  async #run(): Promise<void> {
    const { initial, updates } = this.#source
    await this.#send('initial', initial, `retry: ${this.#options.retryMs}\n`)
    for await (const item of updates) {
      if (item.type === 'update') await this.#send('update', item.update)
      else await this.#send('resync', item.result)
    }
    if (!this.destroyed) this.push(null)
  }

  /** Resolves when the client has room for more. */
  async #send(event: string, value: R | U, before = ''): Promise<void> {
    if (this.destroyed) return
    this.#sent += 1
    const { idOf, view } = this.#options
    const id = idOf?.(value) ?? String(this.#sent)
    this.#heartbeat.refresh()
    // JSON has no line breaks, which would end the field.
    this.#full = !this.push(
      `${before}event: ${event}\nid: ${id.replaceAll(/[\r\n\0]/g, ' ')}\ndata: ${JSON.stringify(view === undefined ? value : view(value))}\n\n`,
    )
    if (!this.#full) return
    await new Promise<void>((resolve) => {
      this.#drained = resolve
    })
  }
}
