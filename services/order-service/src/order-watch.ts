import type { StreamChange } from '@stocker/cqrs'
import type { Order } from './order.ts'
import { order } from './order.ts'

/** How long a change made by another instance of this service may stay unseen by a waiting request. */
const LOOK_AGAIN_MS = 250

type Wake = (state: Order) => void

export interface OrderWatchOptions {
  readonly read: (orderId: string) => Promise<Order>
  /** Number of steps in the history of each order that is known. */
  readonly readVersions: (orderIds: readonly string[]) => Promise<ReadonlyMap<string, number>>
  /** Answers all that wait with what is known. */
  readonly stopping: AbortSignal
}

interface Waiting {
  readonly wakes: Set<Wake>
  seen: number
}

/**
 * Lets requests wait for an order instead of polling. A change made by this process wakes them at once; one made by another
 * instance is found by looking again: one query for all that wait, however many they are.
 */
export class OrderWatch {
  readonly #options: OrderWatchOptions
  readonly #waiting = new Map<string, Waiting>()
  #timer: NodeJS.Timeout | null = null

  constructor(options: OrderWatchOptions) {
    this.#options = options
  }

  readonly committed = (changes: readonly StreamChange[]): void => {
    if (this.#waiting.size === 0) return
    for (const { aggregate, id, state } of changes) if (aggregate === order.name) this.#wake(id, state as Order)
  }

  /** The first state that `done` accepts, or the newest known one when `timeoutMs` are over or the caller is `gone`. */
  async waitFor(
    orderId: string,
    done: (state: Order) => boolean,
    timeoutMs: number,
    gone: AbortSignal,
  ): Promise<Order> {
    const { read, stopping } = this.#options
    let newest = null as Order | null
    const { promise: finished, resolve: finish } = Promise.withResolvers<void>()
    const wake: Wake = (state) => {
      // An answer that was on its way during a change is older than the change.
      if (newest === null || state.history.length >= newest.history.length) newest = state
      if (done(state)) finish()
    }
    const forget = this.#remember(orderId, wake)
    const timer = setTimeout(finish, timeoutMs)
    const stop = (): void => finish()
    for (const signal of [gone, stopping]) {
      signal.addEventListener('abort', stop)
      if (signal.aborted) stop()
    }
    try {
      this.#wake(orderId, await read(orderId))
      await finished
      return newest ?? (await read(orderId))
    } finally {
      clearTimeout(timer)
      for (const signal of [gone, stopping]) signal.removeEventListener('abort', stop)
      forget()
    }
  }

  #wake(orderId: string, state: Order): void {
    const waiting = this.#waiting.get(orderId)
    if (waiting === undefined) return
    waiting.seen = Math.max(waiting.seen, state.history.length)
    for (const wake of waiting.wakes) wake(state)
  }

  #remember(orderId: string, wake: Wake): () => void {
    const waiting = this.#waiting.get(orderId) ?? { wakes: new Set(), seen: 0 }
    this.#waiting.set(orderId, waiting)
    waiting.wakes.add(wake)
    this.#timer ??= setTimeout(() => this.#lookAgain(), LOOK_AGAIN_MS)
    return () => {
      waiting.wakes.delete(wake)
      if (waiting.wakes.size === 0) this.#waiting.delete(orderId)
    }
  }

  async #lookAgain(): Promise<void> {
    try {
      const versions = await this.#options.readVersions([...this.#waiting.keys()])
      const changed = [...versions].filter(([id, version]) => version > (this.#waiting.get(id)?.seen ?? version))
      await Promise.all(changed.map(async ([id]) => this.#wake(id, await this.#options.read(id))))
    } catch {
      // The database is away: the next look, or the caller's time-out, comes soon enough.
    }
    this.#timer = this.#waiting.size === 0 ? null : setTimeout(() => this.#lookAgain(), LOOK_AGAIN_MS)
  }
}
