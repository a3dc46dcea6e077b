import type { KafkaConfigError } from '../errors.ts'
import type { Waiting } from './delivery.ts'
import { Delivery } from './delivery.ts'
import type { SenderMetrics } from './sender-types.ts'

/** What was sent and has no end yet, and how what ended did. */
export class Backlog {
  /** The unsettled ones, oldest first. */
  readonly #deliveries = new Set<Delivery>()
  #records = 0
  #bytes = 0
  #acknowledged = 0
  #failed = 0
  #lastAcknowledgedAt: number | undefined

  get records(): number {
    return this.#records
  }

  get bytes(): number {
    return this.#bytes
  }

  get metrics(): Omit<SenderMetrics, 'requests' | 'repeatedBatches'> {
    return {
      acknowledgedRecords: this.#acknowledged,
      failedRecords: this.#failed,
      waitingRecords: this.#records,
      waitingBytes: this.#bytes,
      lastAcknowledgedAt: this.#lastAcknowledgedAt,
    }
  }

  /** When the oldest that is left came; undefined: none is. */
  get oldestSince(): number | undefined {
    return this.#deliveries.values().next().value?.enqueuedAt
  }

  open(records: number, bytes: number): Delivery {
    const delivery = new Delivery(records, Date.now())
    this.#deliveries.add(delivery)
    this.#records += records
    this.#bytes += bytes
    return delivery
  }

  /** A whole batch; `baseOffset` is negative where the broker did not say. */
  acknowledge(topic: string, partition: number, waiting: readonly Waiting[], baseOffset: bigint): void {
    this.#lastAcknowledgedAt = Date.now()
    for (let i = 0; i < waiting.length; i++) {
      const entry = waiting[i] as Waiting
      this.#bytes -= entry.bytes
      const place = { topic, partition, offset: baseOffset < 0n ? -1n : baseOffset + BigInt(i) }
      if (entry.delivery.acknowledge(entry.index, place)) this.#deliveries.delete(entry.delivery)
    }
    this.#records -= waiting.length
    this.#acknowledged += waiting.length
  }

  fail(entries: readonly Waiting[], error: KafkaConfigError): void {
    for (const entry of entries) {
      this.#bytes -= entry.bytes
      entry.delivery.fail(error)
      this.#deliveries.delete(entry.delivery)
    }
    this.#records -= entries.length
    this.#failed += entries.length
  }

  /** Waits until everything sent so far has ended. Never rejects. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#deliveries].map((delivery) => delivery.promise))
  }

  /** Nothing of it will be sent any more. */
  abandon(error: KafkaConfigError): void {
    for (const delivery of this.#deliveries) delivery.fail(error)
    this.#deliveries.clear()
  }
}
