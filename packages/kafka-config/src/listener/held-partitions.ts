import { DueTimer } from '../client/due-timer.ts'
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

/** The partitions of one session whose records wait; everything else goes on meanwhile. Wakes its owner when the first is due, never before. */
export class HeldPartitions {
  readonly #held = new Map<string, HeldRecords>()
  readonly #timer: DueTimer

  constructor(wake: () => void) {
    this.#timer = new DueTimer((now) => this.#nextDueAt(now), wake)
  }

  /** First offset that waits; undefined: none does. */
  waitingFrom(partition: TopicPartition): bigint | undefined {
    return this.#held.get(partitionName(partition))?.records[0]?.offset
  }

  /** With those of the partition that are held already, in the order of their offsets; they are due when the first of them is. */
  hold(held: HeldRecords): void {
    const name = partitionName(held)
    const before = this.#held.get(name)
    this.#held.set(name, before ? together(held, before) : held)
    this.#timer.arm()
  }

  /** The record is done with: what is held beside it is due. */
  drop(record: ListenerRecord): void {
    const name = partitionName(record)
    const held = this.#held.get(name)
    if (!held) return
    const records = held.records.filter(({ offset }) => offset !== record.offset)
    if (records.length === 0) this.#held.delete(name)
    else this.#held.set(name, { ...held, records, dueAt: Date.now() })
  }

  /** What is held of the partition is due only then; the record is among it, or else joins it. */
  postpone(record: ListenerRecord, dueAt: number): void {
    const { topic, partition, offset } = record
    const held = this.#held.get(partitionName(record))
    const records = held?.records ?? []
    const known = records.some((other) => other.offset === offset)
    if (held && known) this.#held.set(partitionName(record), { ...held, dueAt })
    else this.hold({ topic, partition, records: [record], dueAt, singly: false })
    this.#timer.arm()
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
    this.#timer.stop()
  }

  #nextDueAt(now: number): number {
    let next = Number.POSITIVE_INFINITY
    for (const { dueAt } of this.#held.values()) if (dueAt > now && dueAt < next) next = dueAt
    return next
  }
}

function together(a: HeldRecords, b: HeldRecords): HeldRecords {
  const records = [...a.records, ...b.records].sort((x, y) => (x.offset < y.offset ? -1 : 1))
  const first = a.records[0] === records[0] ? a : b
  // While a record is being recovered none goes out.
  const ends = Number.isFinite(a.dueAt) && Number.isFinite(b.dueAt)
  return {
    topic: a.topic,
    partition: a.partition,
    records,
    dueAt: ends ? first.dueAt : Number.POSITIVE_INFINITY,
    singly: a.singly || b.singly,
  }
}
