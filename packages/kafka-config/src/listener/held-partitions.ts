import type { ListenerRecord, TopicPartition } from './listener-types.ts'
import { partitionName } from './listener-types.ts'

/** Records of one partition that were given back, oldest first, and when they are to be handed out again. */
export interface HeldRecords extends TopicPartition {
  readonly records: readonly ListenerRecord[]
  /** Milliseconds since 1970; infinite until something else (a recovery) has ended. */
  readonly dueAt: number
  /** To be handed out one by one: their batch failed for good without saying at which of them. */
  readonly singly: boolean
}

/** No timer of Node lasts longer. */
const LONGEST_TIMER_MS = 0x7fffffff

/** The partitions of one session whose records wait; everything else goes on meanwhile. Wakes its owner when the first is due, never before. */
export class HeldPartitions {
  readonly #wake: () => void
  readonly #held = new Map<string, HeldRecords>()
  #timer: NodeJS.Timeout | undefined

  constructor(wake: () => void) {
    this.#wake = wake
  }

  /** First offset that waits; undefined: none does. */
  waitingFrom(partition: TopicPartition): bigint | undefined {
    return this.#held.get(partitionName(partition))?.records[0]?.offset
  }

  /** In front of those of the partition that are held already. */
  hold(held: HeldRecords): void {
    const name = partitionName(held)
    const behind = this.#held.get(name)
    this.#held.set(
      name,
      behind ? { ...held, records: [...held.records, ...behind.records], singly: held.singly || behind.singly } : held,
    )
    this.#arm()
  }

  /** The first one is done with: what follows it is due. */
  dropFirst(partition: TopicPartition): void {
    const name = partitionName(partition)
    const held = this.#held.get(name)
    if (!held) return
    if (held.records.length === 1) this.#held.delete(name)
    else this.#held.set(name, { ...held, records: held.records.slice(1), dueAt: Date.now() })
  }

  postpone(partition: TopicPartition, dueAt: number): void {
    const held = this.#held.get(partitionName(partition))
    if (held) this.#held.set(partitionName(partition), { ...held, dueAt })
    this.#arm()
  }

  /** The one that has been due for longest, of those that may be handed out; it is held no more. */
  takeDue(now: number, may: (partition: TopicPartition) => boolean): HeldRecords | undefined {
    let due: HeldRecords | undefined
    for (const held of this.#held.values()) {
      if (held.dueAt <= now && (!due || held.dueAt < due.dueAt) && may(held)) due = held
    }
    if (due) this.#held.delete(partitionName(due))
    return due
  }

  clear(): void {
    this.#held.clear()
    clearTimeout(this.#timer)
  }

  #arm(): void {
    clearTimeout(this.#timer)
    let next = Number.POSITIVE_INFINITY
    const now = Date.now()
    for (const { dueAt } of this.#held.values()) if (dueAt > now && dueAt < next) next = dueAt
    if (next === Number.POSITIVE_INFINITY) return
    this.#timer = setTimeout(
      () => {
        this.#wake()
        // Node's clock and the system's do not run alike: what is not due yet needs another turn, and so do the later ones.
        this.#arm()
      },
      Math.min(next - now, LONGEST_TIMER_MS),
    )
  }
}
