/** When topics and leaders are asked for: for topics that are not known yet, where there is doubt about a leader, and by age. */
export class MetadataSchedule {
  readonly #retryBackoffMs: number
  readonly #maxAgeMs: number
  /** When a topic was last asked for. */
  readonly #asked = new Map<string, number>()
  #askedAt = 0
  #dueAt = 0
  #doubtful = false

  constructor({
    retryBackoffMs,
    metadataMaxAgeMs,
  }: {
    readonly retryBackoffMs: number
    readonly metadataMaxAgeMs: number
  }) {
    this.#retryBackoffMs = retryBackoffMs
    this.#maxAgeMs = metadataMaxAgeMs
  }

  /** A leader may have changed. */
  doubt(): void {
    this.#doubtful = true
  }

  isDue(unknownTopics: readonly string[], now: number): boolean {
    const before = now - this.#retryBackoffMs
    return (
      unknownTopics.some((topic) => (this.#asked.get(topic) ?? 0) <= before) ||
      now >= this.#dueAt ||
      (this.#doubtful && this.#askedAt <= before)
    )
  }

  asking(topics: readonly string[], now: number): void {
    for (const topic of topics) this.#asked.set(topic, now)
    this.#askedAt = now
  }

  /** `askedAt`: when what was answered was asked. */
  answered(askedAt: number): void {
    this.#doubtful = false
    this.#dueAt = askedAt + this.#maxAgeMs
  }
}
