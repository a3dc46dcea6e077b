import type { TopicPartition } from '../listener/listener-types.ts'
import type { NextOffset } from '../listener/offset-committer.ts'
import type { OffsetRange } from './handled-ranges.ts'
import { decodeHandledRanges, encodeHandledRanges } from './handled-ranges.ts'

/**
 * How far one partition has got: everything below the frontier was handled, or waits to be handed out again. What is committed lies before every record that
 * waits, so that a successor begins there; what was handled above it goes into the commit's metadata, so that the successor passes it over.
 */
export class PartitionProgress {
  readonly partition: TopicPartition
  /** Offsets, ascending. */
  readonly #waiting: bigint[] = []
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
    if (next > this.#taken) this.#taken = next
  }

  /** Everything that was taken was handled, or waits. */
  reached(): void {
    const next = this.#taken
    this.#frontier = next
    const past = this.#known.findIndex(({ to }) => to > next)
    if (past === 0 || this.#known.length === 0) return
    this.#asked = past < 0 ? 0 : Math.max(0, this.#asked - past)
    this.#known = past < 0 ? [] : this.#known.slice(past)
  }

  /** Also of one that waits already. */
  waits(offset: bigint): void {
    const place = this.#placeOf(offset)
    if (this.#waiting[place] !== offset) this.#waiting.splice(place, 0, offset)
  }

  /** Was handled or recovered. */
  done(offset: bigint): void {
    const place = this.#placeOf(offset)
    if (this.#waiting[place] === offset) this.#waiting.splice(place, 1)
  }

  /** Records. */
  get waiting(): number {
    return this.#waiting.length
  }

  get oldest(): bigint | undefined {
    return this.#waiting[0]
  }

  /** From the oldest record that waits to what was taken last. Offsets. */
  get distance(): number {
    const { oldest } = this
    return oldest === undefined ? 0 : Number(this.#taken - oldest)
  }

  /** What may be committed now. */
  get commit(): NextOffset {
    const offset = this.oldest ?? this.#frontier
    if (this.#waiting.length === 0 && this.#known.length === 0) return { ...this.partition, offset }
    // Only what is committed in the end is worth the work: of several requests the newest.
    const metadata = () => encodeHandledRanges(offset, this.#handledRanges())
    return {
      ...this.partition,
      offset,
      get metadata() {
        return metadata()
      },
    }
  }

  /** Index of the first that is not below it; nearly always the end. */
  #placeOf(offset: bigint): number {
    let from = 0
    let to = this.#waiting.length
    const last = this.#waiting[to - 1]
    if (last !== undefined && last < offset) return to
    while (from < to) {
      const middle = (from + to) >>> 1
      if ((this.#waiting[middle] as bigint) < offset) from = middle + 1
      else to = middle
    }
    return from
  }

  *#handledRanges(): Generator<OffsetRange> {
    let from: bigint | undefined
    for (const offset of this.#waiting) {
      if (from !== undefined && offset > from) yield { from, to: offset }
      from = offset + 1n
    }
    if (from !== undefined && this.#frontier > from) yield { from, to: this.#frontier }
    for (const range of this.#known) {
      const begin = range.from > this.#frontier ? range.from : this.#frontier
      if (range.to > begin) yield { from: begin, to: range.to }
    }
  }
}
