/** A part of one partition that is still to be read. */
export interface LaneRange {
  readonly partition: number
  readonly from: bigint
  /** Not included. */
  readonly to: bigint
}

export type Direction = 'newest-first' | 'oldest-first'

export interface Placed {
  readonly partition: number
  readonly offset: bigint
  readonly timestamp: bigint
}

/**
 * One partition while several are read as one, by time: what is left of it, and what was found there and not given out yet.
 * Everything outside of `rest` has been given out or passed over.
 */
export class BrowseLane<M extends Placed> {
  readonly partition: number
  readonly #direction: Direction
  #from: bigint
  #to: bigint
  #found: M[] = []

  constructor({ partition, from, to }: LaneRange, direction: Direction) {
    this.partition = partition
    this.#from = from
    this.#to = to
    this.#direction = direction
  }

  get head(): M | undefined {
    return this.#found[0]
  }

  /** Whether nothing is left to read of it. */
  get readWhole(): boolean {
    return this.#from >= this.#to
  }

  /** The next part to read. */
  window(size: number): LaneRange {
    const { partition } = this
    const length = BigInt(size)
    return this.#direction === 'newest-first'
      ? { partition, from: this.#to - length > this.#from ? this.#to - length : this.#from, to: this.#to }
      : { partition, from: this.#from, to: this.#from + length < this.#to ? this.#from + length : this.#to }
  }

  /** What was found in a window, in the order of the partition. */
  add(window: LaneRange, found: readonly M[]): void {
    if (this.#direction === 'newest-first') {
      this.#to = window.from
      this.#found.push(...found.toReversed())
    } else {
      this.#from = window.to
      this.#found.push(...found)
    }
  }

  take(): M | undefined {
    return this.#found.shift()
  }

  /** What has neither been given out nor passed over. */
  get rest(): LaneRange {
    const { partition, head } = this
    if (!head) return { partition, from: this.#from, to: this.#to }
    return this.#direction === 'newest-first'
      ? { partition, from: this.#from, to: head.offset + 1n }
      : { partition, from: head.offset, to: this.#to }
  }
}

/** The lane whose head comes next by time; undefined when no lane has one. */
export function nextLane<M extends Placed>(
  lanes: readonly BrowseLane<M>[],
  direction: Direction,
): BrowseLane<M> | undefined {
  let next: BrowseLane<M> | undefined
  for (const lane of lanes) {
    if (lane.head !== undefined && (next?.head === undefined || comesFirst(lane.head, next.head, direction)))
      next = lane
  }
  return next
}

function comesFirst(a: Placed, b: Placed, direction: Direction): boolean {
  return direction === 'newest-first' ? a.timestamp > b.timestamp : a.timestamp < b.timestamp
}
