const MIN_INTERVAL_MS = 10

/** One timer, for whatever is due first; none while nothing waits, so that an idle sender does not keep the process. */
export class ExpiryTimer {
  readonly #expire: () => void
  #timer: NodeJS.Timeout | undefined
  #at = Number.POSITIVE_INFINITY

  constructor(expire: () => void) {
    this.#expire = expire
  }

  /** Milliseconds since 1970; later than what it is set to already changes nothing. */
  set(due: number): void {
    const at = Math.max(due, Date.now() + MIN_INTERVAL_MS)
    if (at >= this.#at) return
    clearTimeout(this.#timer)
    this.#at = at
    this.#timer = setTimeout(() => {
      this.#at = Number.POSITIVE_INFINITY
      this.#expire()
    }, at - Date.now())
  }

  clear(): void {
    clearTimeout(this.#timer)
    this.#at = Number.POSITIVE_INFINITY
  }
}
