export interface VersionedState {
  readonly version: number
  readonly state: unknown
}

/**
 * Remembers the newest known state of the streams that were used last. Two generations instead of a sorted list: entries that are
 * used move to the young one, and when that is full the old one is dropped whole. It holds between half of and all of `size`.
 * What it says may be out of date, because other processes write too; whoever uses it lets the database check.
 */
export class StateCache {
  readonly #generationSize: number
  #young = new Map<string, VersionedState>()
  #old = new Map<string, VersionedState>()

  constructor(size: number) {
    this.#generationSize = Math.ceil(size / 2)
  }

  get(stream: string): VersionedState | undefined {
    const young = this.#young.get(stream)
    if (young !== undefined) return young
    const old = this.#old.get(stream)
    if (old !== undefined) this.#remember(stream, old)
    return old
  }

  /** Keeps the newer of what it has and what it is given. */
  put(stream: string, version: number, state: unknown): void {
    const known = this.#young.get(stream) ?? this.#old.get(stream)
    if (known === undefined || known.version < version) this.#remember(stream, { version, state })
  }

  drop(stream: string): void {
    this.#young.delete(stream)
    this.#old.delete(stream)
  }

  clear(): void {
    this.#young = new Map()
    this.#old = new Map()
  }

  #remember(stream: string, entry: VersionedState): void {
    if (this.#generationSize === 0) return
    if (this.#young.size >= this.#generationSize && !this.#young.has(stream)) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(stream, entry)
  }
}
