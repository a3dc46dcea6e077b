import { WakeUp } from '../wake-up.ts'

/** How long progress that another process makes may stay unseen by those who wait for it. */
const LOOK_AGAIN_MS = 25

interface Waiter {
  readonly tx: bigint
  readonly reached: () => void
}

/** Lets callers wait until everything up to a transaction is settled. However many wait, one query at a time looks for all of them. */
export class ProgressWatch {
  readonly #settled: () => Promise<bigint>
  readonly #waiters = new Set<Waiter>()
  readonly #wakeUp = new WakeUp()
  #looking = false

  /** `settled`: the newest transaction up to which everything is settled. */
  constructor(settled: () => Promise<bigint>) {
    this.#settled = settled
  }

  /** There may be progress. */
  signal(): void {
    this.#wakeUp.signal()
  }

  /** false when the time is over, or the signal aborts, before that. */
  async reached(tx: bigint, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const giveUp = (): void => resolve(false)
    const waiter = { tx, reached: () => resolve(true) }
    const timer = setTimeout(giveUp, timeoutMs)
    signal?.addEventListener('abort', giveUp)
    if (signal?.aborted === true) giveUp()
    this.#waiters.add(waiter)
    this.signal()
    if (!this.#looking) this.#look()
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
      this.#waiters.delete(waiter)
      this.signal()
    }
  }

  async #look(): Promise<void> {
    this.#looking = true
    while (this.#waiters.size > 0) {
      await this.#wakeUp.sleep(LOOK_AGAIN_MS)
      try {
        const settled = await this.#settled()
        for (const waiter of this.#waiters) if (waiter.tx <= settled) waiter.reached()
      } catch {
        // The database is away: the next look, or the caller's time-out, comes soon enough.
        await this.#wakeUp.sleep(LOOK_AGAIN_MS)
      }
    }
    this.#looking = false
  }
}
