/** Lets one loop sleep until something happens; what happened while it was awake counts as well. */
export class WakeUp {
  #signalled = false
  #wake: (() => void) | undefined

  signal(): void {
    this.#signalled = true
    this.#wake?.()
  }

  /** Resolves at the next signal, at once if there was one since the last sleep, or after `ms`. */
  async sleep(ms: number): Promise<void> {
    if (!this.#signalled) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#wake = undefined
    }
    this.#signalled = false
  }
}
