import type { StreamChange } from '@stocker/cqrs'
import type { Order } from './order.ts'
import { order } from './order.ts'

/** How long a change made by another instance of this service may stay unseen by a waiting request. */
const LOOK_AGAIN_MS = 250

/**
 * Lets requests wait for an order instead of polling. A change made by this process wakes them at once; one made by another
 * instance is found by looking again.
 */
export class OrderWatch {
  readonly #waiting = new Map<string, Set<(state: Order) => void>>()
  readonly #stopping: AbortSignal

  /** `stopping`: answers all that wait with what is known. */
  constructor(stopping: AbortSignal) {
    this.#stopping = stopping
  }

  readonly committed = (changes: readonly StreamChange[]): void => {
    if (this.#waiting.size === 0) return
    for (const { aggregate, id, state } of changes) {
      if (aggregate === order.name) for (const wake of this.#waiting.get(id) ?? []) wake(state as Order)
    }
  }

  /** The first state that `done` accepts, or the newest known one when `timeoutMs` are over or the caller is `gone`. */
  async waitFor(
    orderId: string,
    read: () => Promise<Order>,
    done: (state: Order) => boolean,
    timeoutMs: number,
    gone: AbortSignal,
  ): Promise<Order> {
    let newest = null as Order | null
    let finish: () => void = () => {}
    const finished = new Promise<void>((resolve) => {
      finish = resolve
    })
    const wake = (state: Order): void => {
      // An answer that was on its way during a change is older than the change.
      if (newest === null || state.history.length >= newest.history.length) newest = state
      if (done(state)) finish()
    }
    const waiting = this.#waiting.get(orderId) ?? new Set()
    this.#waiting.set(orderId, waiting.add(wake))
    const timer = setTimeout(finish, timeoutMs)
    const lookAgain = setInterval(() => read().then(wake, () => {}), LOOK_AGAIN_MS)
    const ended = AbortSignal.any([gone, this.#stopping])
    ended.addEventListener('abort', finish, { once: true })
    try {
      wake(await read())
      await finished
      return newest ?? (await read())
    } finally {
      clearTimeout(timer)
      clearInterval(lookAgain)
      ended.removeEventListener('abort', finish)
      waiting.delete(wake)
      if (waiting.size === 0) this.#waiting.delete(orderId)
    }
  }
}
