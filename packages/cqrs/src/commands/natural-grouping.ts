/**
 * Collects what arrives while a group is under way and takes it together next: at low load a lone item goes at once, under load groups grow
 * by themselves. No timer.
 */
export class NaturalGrouping<T> {
  readonly #maxGroup: number
  readonly #take: (group: readonly T[]) => Promise<void>
  #waiting: T[] = []
  #underWay: Promise<void> | null = null

  /** `take` must not reject. */
  constructor(maxGroup: number, take: (group: readonly T[]) => Promise<void>) {
    this.#maxGroup = maxGroup
    this.#take = take
  }

  add(item: T): void {
    this.#waiting.push(item)
    this.#underWay ??= this.#drain()
  }

  /** Resolves when nothing is waiting or under way. */
  async idle(): Promise<void> {
    while (this.#underWay !== null) await this.#underWay
  }

  async #drain(): Promise<void> {
    // Items that are added in the same turn of the event loop belong to the first group.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const group = this.#waiting.length > this.#maxGroup ? this.#waiting.splice(0, this.#maxGroup) : this.#waiting
      if (group === this.#waiting) this.#waiting = []
      await this.#take(group)
    }
    this.#underWay = null
  }
}
