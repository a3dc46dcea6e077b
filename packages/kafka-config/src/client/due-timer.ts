/** No timer of Node lasts longer. */
const LONGEST_TIMER_MS = 0x7fffffff

/** Wakes its owner when the first of several things is due, never before. */
export class DueTimer {
  readonly #next: (now: number) => number
  readonly #wake: () => void
  #timer: NodeJS.Timeout | undefined

  /** `next`: the earliest time after `now` at which something is due, milliseconds since 1970; infinite: nothing is. */
  constructor(next: (now: number) => number, wake: () => void) {
    this.#next = next
    this.#wake = wake
  }

  /** Something is due earlier or later than before. */
  arm(): void {
    clearTimeout(this.#timer)
    const now = Date.now()
    const next = this.#next(now)
    if (next === Number.POSITIVE_INFINITY) return
    this.#timer = setTimeout(
      () => {
        this.#wake()
        // Node's clock and the system's do not run alike: what is not due yet needs another turn, and so do the later ones.
        this.arm()
      },
      Math.min(next - now, LONGEST_TIMER_MS),
    )
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
