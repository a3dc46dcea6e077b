import { KafkaConfigError } from '../errors.ts'
import type { Waiting } from './delivery.ts'
import { PartitionQueue } from './partition-queue.ts'
import { KeylessSpread, partitionForKey } from './partitioner.ts'

/** Which queue a record belongs to; aside go those whose topic is not known yet. */
export class RecordRouting {
  readonly #partitionCount: (topic: string) => number | undefined
  readonly #spread: KeylessSpread
  readonly #queues = new Map<string, PartitionQueue[]>()
  readonly #aside = new Map<string, Waiting[]>()

  constructor(partitionCount: (topic: string) => number | undefined, stickyBytes: number) {
    this.#partitionCount = partitionCount
    this.#spread = new KeylessSpread(stickyBytes)
  }

  /** Topics that wait to be known. */
  get unknownTopics(): readonly string[] {
    return [...this.#aside.keys()]
  }

  get anyAside(): boolean {
    return this.#aside.size > 0
  }

  /** When the oldest record that waits for its topic came; undefined: none does. */
  get oldestAside(): number | undefined {
    let oldest: number | undefined
    for (const [first] of this.#aside.values()) {
      if (first && (oldest === undefined || first.delivery.enqueuedAt < oldest)) oldest = first.delivery.enqueuedAt
    }
    return oldest
  }

  /** Every topic that was ever sent to. */
  get topics(): readonly string[] {
    return [...new Set([...this.#aside.keys(), ...this.#queues.keys()])]
  }

  /** The queue that has it now; undefined when it went aside. @throws KafkaConfigError INVALID_PARTITION */
  route(entry: Waiting): PartitionQueue | undefined {
    const { topic, key, partition: wanted } = entry.record
    const partitions = this.#partitionCount(topic)
    const aside = this.#aside.get(topic)
    if (partitions === undefined || aside) {
      // Once one is aside all later ones are, for the order's sake.
      if (aside) aside.push(entry)
      else this.#aside.set(topic, [entry])
      return undefined
    }
    if (wanted !== undefined && (wanted < 0 || wanted >= partitions || !Number.isInteger(wanted))) {
      throw new KafkaConfigError(
        'INVALID_PARTITION',
        `Topic ${topic} has the partitions 0 to ${partitions - 1}, not ${wanted}`,
      )
    }
    const keyless = key === null || key === undefined
    const partition =
      wanted ?? (keyless ? this.#spread.next(topic, entry.bytes, partitions) : partitionForKey(key, partitions))
    const queue = this.#queueOf(topic, partition)
    queue.waiting.push(entry)
    return queue
  }

  /** Those that waited for the topic; it is no longer aside. */
  release(topic: string): readonly Waiting[] {
    const entries = this.#aside.get(topic) ?? []
    this.#aside.delete(topic)
    return entries
  }

  /** Takes the records out that have waited for their topic since before `limit`. */
  expire(limit: number): ReadonlyMap<string, readonly Waiting[]> {
    const expired = new Map<string, readonly Waiting[]>()
    for (const [topic, entries] of [...this.#aside]) {
      const kept = entries.filter((entry) => entry.delivery.enqueuedAt > limit)
      if (kept.length === entries.length) continue
      if (kept.length === 0) this.#aside.delete(topic)
      else this.#aside.set(topic, kept)
      expired.set(topic, entries.slice(0, entries.length - kept.length))
    }
    return expired
  }

  #queueOf(topic: string, partition: number): PartitionQueue {
    let queues = this.#queues.get(topic)
    if (!queues) {
      queues = []
      this.#queues.set(topic, queues)
    }
    let queue = queues[partition]
    if (!queue) {
      queue = new PartitionQueue(topic, partition)
      queues[partition] = queue
    }
    return queue
  }
}
