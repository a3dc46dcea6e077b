import { nextOffsets } from '../listener/batch-offsets.ts'
import type {
  ListenerRecord,
  ParkedPartition,
  PartitionLag,
  RetryNow,
  TopicPartition,
} from '../listener/listener-types.ts'
import { partitionName } from '../listener/listener-types.ts'
import type { BlockedPartition } from '../listener/retry-strategy.ts'
import type { SessionService } from '../listener/session-service.ts'
import type { OrderedRetryBounds } from './ordered-retry-options.ts'
import type { ParkedKey } from './parked-keys.ts'
import { ParkedKeys } from './parked-keys.ts'
import { ParkedRecord } from './parked-record.ts'
import { PartitionProgress } from './partition-progress.ts'

/** A partition that is held goes on when this share of a bound is used. */
const GOES_ON_AT = 0.75

/** Records that were handed out and not touched. */
interface Returned {
  readonly records: readonly ListenerRecord[]
  /** To be handed out one by one: one of them failed, and nobody says which. */
  readonly singly: boolean
}

/** What one session has taken and not handled: parked records, returned ones, the progress of each partition; commits accordingly and keeps the bounds. */
export class SessionRecords {
  readonly keys: ParkedKeys
  readonly #serving: SessionService
  readonly #bounds: OrderedRetryBounds
  readonly #blockedChanged: () => void
  readonly #progress = new Map<string, PartitionProgress>()
  readonly #held = new Map<string, BlockedPartition>()
  #returned: Returned | undefined

  constructor(serving: SessionService, bounds: OrderedRetryBounds, blockedChanged: () => void) {
    this.#serving = serving
    this.#bounds = bounds
    this.#blockedChanged = blockedChanged
    this.keys = new ParkedKeys(() => serving.wake())
  }

  /** The partition that has been held for longest because a bound is reached. */
  get blocked(): BlockedPartition | undefined {
    return this.#held.values().next().value
  }

  // Records come ------------------------------------------------------------------------------------------------

  /** How many records to take: no more than may be parked. When none may, only partitions without parked ones give any. */
  roomFor(limit: number): number {
    const room = this.#bounds.maxParkedRecords - this.keys.size
    return room > 0 ? Math.min(limit, room) : limit
  }

  /** Those to hand out, and those that have to wait behind parked ones of their key. What a predecessor handled is neither. */
  sort(taken: readonly ListenerRecord[]): {
    readonly records: readonly ListenerRecord[]
    readonly behind: readonly ListenerRecord[]
  } {
    const ends = nextOffsets(taken)
    let resumes = false
    for (const end of ends) {
      const progress = this.#progressOf(end, taken)
      progress.taken(end.offset)
      resumes ||= progress.resumes
    }
    if (this.keys.size === 0 && !resumes) return { records: taken, behind: [] }
    const records: ListenerRecord[] = []
    const behind: ListenerRecord[] = []
    let at = 0
    for (const end of ends) {
      const progress = this.#progress.get(partitionName(end)) as PartitionProgress
      const parked = this.keys.ofPartition(end)
      for (let record = taken[at]; record && record.offset < end.offset; record = taken[++at]) {
        if (record.partition !== end.partition || record.topic !== end.topic) break
        if (progress.resumes && progress.handledBefore(record.offset)) continue
        if (record.key !== null && parked?.has(record.key)) behind.push(record)
        else records.push(record)
      }
    }
    return { records, behind }
  }

  park(record: ListenerRecord): ParkedKey {
    this.#progress.get(partitionName(record))?.waits(record.offset)
    return this.keys.park(record.key, new ParkedRecord(record))
  }

  /** They are handed out before anything else that is fresh. */
  putBack(records: readonly ListenerRecord[], singly: boolean): void {
    if (records.length === 0) return
    for (const record of records) this.#progress.get(partitionName(record))?.waits(record.offset)
    const before = this.#returned
    this.#returned = {
      records: before ? [...records, ...before.records] : records,
      singly: singly || (before?.singly ?? false),
    }
  }

  /** Not empty. */
  takeReturned(): readonly ListenerRecord[] | undefined {
    const returned = this.#returned
    if (!returned) return undefined
    if (!returned.singly || returned.records.length === 1) {
      this.#returned = undefined
      return returned.records
    }
    this.#returned = { ...returned, records: returned.records.slice(1) }
    return returned.records.slice(0, 1)
  }

  // Records go --------------------------------------------------------------------------------------------------

  /** The records were taken, and all of them were handled, parked or put back; `handled` had been put back before. */
  reached(taken: readonly ListenerRecord[], handled: readonly ListenerRecord[] = []): void {
    for (const record of handled) this.#progress.get(partitionName(record))?.done(record.offset)
    const partitions = nextOffsets(taken).map((end) => this.#progress.get(partitionName(end)) as PartitionProgress)
    for (const progress of partitions) progress.reached()
    this.#serving.committer.request(partitions.map(({ commit }) => commit))
    this.#keepBounds()
  }

  /** `done`: of the key's records; what is left of them is due at `dueAt`. */
  settle(key: ParkedKey, done: readonly ListenerRecord[], dueAt: number): void {
    this.keys.settle(key, new Set(done.map(({ offset }) => offset)), dueAt)
    const progress = this.#progress.get(partitionName(key.partition))
    if (!progress || done.length === 0) return
    for (const { offset } of done) progress.done(offset)
    this.#serving.committer.request([progress.commit])
    this.#keepBounds()
  }

  /** Due times have changed. */
  arm(): void {
    this.keys.arm()
  }

  retryNow(recordKey: string, topic: string | undefined): RetryNow {
    const { due, busy } = this.keys.hasten(recordKey, topic)
    if (due > 0) {
      this.keys.arm()
      this.#serving.wake()
    }
    return due > 0 ? 'due' : busy > 0 ? 'under-way' : 'unknown'
  }

  clear(): void {
    this.keys.clear()
    this.#returned = undefined
    this.#held.clear()
  }

  // What there is -----------------------------------------------------------------------------------------------

  parked(): readonly ParkedPartition[] {
    const found = new Map<string, { records: number; keys: number; oldestSince: number | undefined }>()
    for (const { partition, records } of this.keys.values()) {
      const name = partitionName(partition)
      const sum = found.get(name) ?? { records: 0, keys: 0, oldestSince: undefined }
      sum.records += records.length
      sum.keys++
      sum.oldestSince = Math.min(sum.oldestSince ?? Number.POSITIVE_INFINITY, records[0]?.since ?? Date.now())
      found.set(name, sum)
    }
    return [...this.#progress].map(([name, { partition }]) => ({
      ...partition,
      ...(found.get(name) ?? { records: 0, keys: 0, oldestSince: undefined }),
      backPressure: this.#held.has(name),
    }))
  }

  lagOf(lag: PartitionLag): PartitionLag {
    const progress = this.#progress.get(partitionName(lag))
    if (!progress) return lag
    return {
      ...lag,
      position: progress.oldest ?? lag.position,
      lag: lag.lag === undefined ? undefined : lag.lag + BigInt(progress.waiting),
    }
  }

  #progressOf(partition: TopicPartition, taken: readonly ListenerRecord[]): PartitionProgress {
    const name = partitionName(partition)
    let progress = this.#progress.get(name)
    if (!progress) {
      const first = taken.find((record) => partitionName(record) === name) as ListenerRecord
      progress = new PartitionProgress(this.#serving.startOf(partition) ?? first)
      this.#progress.set(name, progress)
    }
    return progress
  }

  #keepBounds(): void {
    if (this.keys.size === 0 && this.#held.size === 0) return
    const { maxParkedRecords, maxDistance } = this.#bounds
    const { size } = this.keys
    for (const [name, progress] of this.#progress) {
      const { waiting, distance, partition } = progress
      const held = this.#held.has(name)
      if (!held && waiting > 0 && (size >= maxParkedRecords || distance >= maxDistance)) {
        const detail = size >= maxParkedRecords ? `${size} records are parked` : `${distance} records beyond its oldest`
        this.#held.set(name, { name, since: Date.now(), why: 'held back', detail })
        this.#serving.hold(partition)
        this.#blockedChanged()
      } else if (
        held &&
        (waiting === 0 || (size <= maxParkedRecords * GOES_ON_AT && distance <= maxDistance * GOES_ON_AT))
      ) {
        this.#held.delete(name)
        this.#serving.release(partition)
        this.#serving.wake()
        this.#blockedChanged()
      }
    }
  }
}
