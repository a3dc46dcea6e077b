/** Waits `ms`, or less when `signal` aborts. Never rejects: the caller looks at the signal. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted || ms <= 0) return Promise.resolve()
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', finish)
      resolve()
    }
    const timer = setTimeout(finish, ms)
    signal?.addEventListener('abort', finish, { once: true })
  })
}

/** Resolves with true when `work` settles within `ms` (or before `signal` aborts), with false otherwise. `work` goes on. */
export function settlesWithin(work: Promise<unknown>, ms: number, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const finish = (settled: boolean) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', aborted)
      resolve(settled)
    }
    const aborted = () => finish(false)
    const timer = setTimeout(finish, Math.min(ms, 0x7fffffff), false)
    if (signal?.aborted) aborted()
    else signal?.addEventListener('abort', aborted, { once: true })
    work.then(
      () => finish(true),
      () => finish(true),
    )
  })
}

export interface BackOff {
  /** Wait before the first repetition, in milliseconds. */
  readonly initialMs: number
  /** Longest wait, in milliseconds. */
  readonly maxMs: number
  /** Each wait is the one before times this. */
  readonly multiplier: number
}

/** Wait after the `attempt`-th failure (from 1). */
export function backOffDelay(backOff: BackOff, attempt: number): number {
  return Math.min(backOff.maxMs, backOff.initialMs * backOff.multiplier ** Math.min(attempt - 1, 64))
}

/** A gate that opens once and can be shut again: loops wait at it instead of polling. */
export class Gate {
  #waiting: PromiseWithResolvers<void> | undefined

  /** Resolves at the next `open`. */
  wait(): Promise<void> {
    this.#waiting ??= Promise.withResolvers<void>()
    return this.#waiting.promise
  }

  open(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve()
  }
}
