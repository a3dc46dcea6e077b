import { DueTimer } from '../client/due-timer.ts'
import type { RecordPlace, TopicPartition } from '../listener/listener-types.ts'
import { partitionName, recordName } from '../listener/listener-types.ts'
import type { ParkedRecord } from './parked-record.ts'

/** The records of one key in one partition that wait, oldest first. While any does, the key's later records queue up behind. */
export interface ParkedKey {
  readonly name: string
  readonly recordKey: string | null
  readonly partition: TopicPartition
  records: ParkedRecord[]
  /** Milliseconds since 1970; infinite while records of it are handed out or recovered. */
  dueAt: number
  /** The first record has failed: it goes out without those behind it. */
  failed: boolean
  /** How often the first record has failed without an attempt being counted. */
  doubts: number
  /** How many records the listener had handled when it failed so last; undefined: it has not. */
  doubtedAt: number | undefined
  /** A batch with it failed and nobody says at which record: it goes out without other keys. */
  alone: boolean
}

/** What orders a record: its key, in its partition. A record without key is ordered by nothing. */
export function keyName(record: RecordPlace & { readonly key: string | null }): string {
  return record.key === null ? recordName(record) : `${partitionName(record)}/${record.key}`
}

/** The parked records of one session, by key. Wakes its owner when the first of them is due. */
export class ParkedKeys {
  readonly #keys = new Map<string, ParkedKey>()
  /** Partition → its records' keys, to be asked for each record that comes. */
  readonly #ofPartition = new Map<string, Set<string>>()
  readonly #timer: DueTimer
  #size = 0

  constructor(wake: () => void) {
    this.#timer = new DueTimer((now) => this.#nextDueAt(now), wake)
  }

  /** Records. */
  get size(): number {
    return this.#size
  }

  get(name: string): ParkedKey | undefined {
    return this.#keys.get(name)
  }

  /** Keys behind whose records others have to wait; undefined: none. */
  ofPartition(partition: TopicPartition): ReadonlySet<string> | undefined {
    return this.#ofPartition.get(partitionName(partition))
  }

  values(): Iterable<ParkedKey> {
    return this.#keys.values()
  }

  /** Behind those of its key that are parked already; the first of a key is due at once until `postpone` says otherwise. */
  park(recordKey: string | null, record: ParkedRecord): ParkedKey {
    const { topic, partition, offset } = record
    const name = keyName({ topic, partition, offset, key: recordKey })
    let key = this.#keys.get(name)
    if (!key) {
      key = {
        name,
        recordKey,
        partition: { topic, partition },
        records: [],
        dueAt: 0,
        failed: false,
        doubts: 0,
        doubtedAt: undefined,
        alone: false,
      }
      this.#keys.set(name, key)
      if (recordKey !== null) this.#add(key.partition, recordKey)
    }
    key.records.push(record)
    this.#size++
    return key
  }

  /** Its first record is another one now. */
  begunAnew(key: ParkedKey): void {
    key.failed = false
    key.doubts = 0
    key.doubtedAt = undefined
  }

  /** Takes those of the records out that `done` names, and frees the key when none is left. What is left is due at `dueAt`. */
  settle(key: ParkedKey, done: ReadonlySet<bigint>, dueAt: number): void {
    const left = key.records.filter(({ offset }) => !done.has(offset))
    this.#size -= key.records.length - left.length
    key.records = left
    key.dueAt = dueAt
    if (left.length === 0) this.#drop(key)
  }

  /**
   * Up to about `limit` records that are due, of as many keys as there are; they are not due any more. Of a key whose first record failed only that one.
   * The keys go to the end of the turn.
   */
  takeDue(now: number, limit: number, may: (partition: TopicPartition) => boolean): ReadonlyMap<ParkedKey, number> {
    const counts = new Map<ParkedKey, number>()
    let taken = 0
    for (const key of this.#keys.values()) {
      if (taken >= limit) break
      if (key.dueAt > now || !may(key.partition) || (key.alone && taken > 0)) continue
      const count = key.failed || key.alone ? 1 : Math.min(key.records.length, limit - taken)
      counts.set(key, count)
      taken += count
      if (key.alone) break
    }
    for (const key of counts.keys()) {
      key.dueAt = Number.POSITIVE_INFINITY
      key.alone = false
      this.#keys.delete(key.name)
      this.#keys.set(key.name, key)
    }
    return counts
  }

  /** Makes what waits for its next attempt due; how many keys do, and how many are handed out or recovered at the moment. */
  hasten(recordKey: string, topic: string | undefined): { readonly due: number; readonly busy: number } {
    let due = 0
    let busy = 0
    for (const key of this.#keys.values()) {
      if (key.recordKey !== recordKey || (topic ?? key.partition.topic) !== key.partition.topic) continue
      if (key.dueAt === Number.POSITIVE_INFINITY) busy++
      else {
        key.dueAt = 0
        due++
      }
    }
    return { due, busy }
  }

  /** Due times have changed. */
  arm(): void {
    this.#timer.arm()
  }

  clear(): void {
    this.#keys.clear()
    this.#ofPartition.clear()
    this.#size = 0
    this.#timer.stop()
  }

  #add(partition: TopicPartition, recordKey: string): void {
    const name = partitionName(partition)
    const keys = this.#ofPartition.get(name) ?? new Set()
    if (keys.size === 0) this.#ofPartition.set(name, keys)
    keys.add(recordKey)
  }

  #drop({ name, partition, recordKey }: ParkedKey): void {
    this.#keys.delete(name)
    if (recordKey === null) return
    const keys = this.#ofPartition.get(partitionName(partition))
    keys?.delete(recordKey)
    if (keys?.size === 0) this.#ofPartition.delete(partitionName(partition))
  }

  #nextDueAt(now: number): number {
    let next = Number.POSITIVE_INFINITY
    for (const { dueAt } of this.#keys.values()) if (dueAt > now && dueAt < next) next = dueAt
    return next
  }
}
