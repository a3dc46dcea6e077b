import type { TopicPartition } from '../listener/listener-types.ts'
import type { NextOffset } from '../listener/offset-committer.ts'
import type { OffsetRange } from './handled-ranges.ts'
import { decodeHandledRanges, encodeHandledRanges } from './handled-ranges.ts'

/**
 * How far one partition has got: everything below the frontier was handled or is parked. What is committed is the oldest parked offset, so that a
 * successor begins there; what was handled above it goes into the commit's metadata, so that the successor passes it over.
 */
export class PartitionProgress {
  readonly partition: TopicPartition
  /** Offset → when it was parked, milliseconds since 1970. Ascending, as they are parked in the order of the partition. */
  readonly #parked = new Map<bigint, number>()
  /** What a predecessor handled above its commit, ascending. */
  #known: OffsetRange[]
  /** Index of the first known range that does not lie below the offset that was asked for last. */
  #asked = 0
  #frontier: bigint
  #taken: bigint

  constructor(start: NextOffset) {
    this.partition = { topic: start.topic, partition: start.partition }
    this.#frontier = start.offset
    this.#taken = start.offset
    this.#known = decodeHandledRanges(start.offset, start.metadata)
  }

  /** Whether a predecessor handled records above its commit that are still to come. */
  get resumes(): boolean {
    return this.#known.length > 0
  }

  /** Whether an earlier owner of the partition has handled it. Asked in the order of the partition. */
  handledBefore(offset: bigint): boolean {
    let range = this.#known[this.#asked]
    while (range !== undefined && range.to <= offset) range = this.#known[++this.#asked]
    return range !== undefined && range.from <= offset
  }

  /** Records up to `next` were taken from the buffer. */
  taken(next: bigint): void {
    this.#taken = next
  }

  /** Everything that was taken was handled or is parked; with `upTo` only what lies below it. */
  reached(upTo: bigint | undefined): void {
    const next = upTo ?? this.#taken
    this.#frontier = next
    const past = this.#known.findIndex(({ to }) => to > next)
    if (past === 0 || this.#known.length === 0) return
    this.#asked = past < 0 ? 0 : Math.max(0, this.#asked - past)
    this.#known = past < 0 ? [] : this.#known.slice(past)
  }

  park(offset: bigint, now: number): void {
    this.#parked.set(offset, now)
  }

  done(offset: bigint): void {
    this.#parked.delete(offset)
  }

  get parked(): number {
    return this.#parked.size
  }

  get oldestParked(): bigint | undefined {
    return this.#parked.keys().next().value
  }

  /** When the oldest one was parked, milliseconds since 1970. */
  get oldestSince(): number | undefined {
    return this.#parked.values().next().value
  }

  /** From the oldest parked record to what was taken last. Offsets. */
  get distance(): number {
    const oldest = this.oldestParked
    return oldest === undefined ? 0 : Number(this.#taken - oldest)
  }

  /** What may be committed now. */
  get commit(): NextOffset {
    const offset = this.oldestParked ?? this.#frontier
    if (this.#parked.size === 0 && this.#known.length === 0) return { ...this.partition, offset }
    return { ...this.partition, offset, metadata: encodeHandledRanges(offset, this.#handledRanges()) }
  }

  *#handledRanges(): Generator<OffsetRange> {
    let before: bigint | undefined
    for (const offset of this.#parked.keys()) {
      if (before !== undefined && offset > before + 1n) yield { from: before + 1n, to: offset }
      before = offset
    }
    if (before !== undefined && this.#frontier > before + 1n) yield { from: before + 1n, to: this.#frontier }
    for (const { from, to } of this.#known) {
      const begin = from > this.#frontier ? from : this.#frontier
      if (to > begin) yield { from: begin, to }
    }
  }
}
