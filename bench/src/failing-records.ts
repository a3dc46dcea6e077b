import { setTimeout as delay } from 'node:timers/promises'
import type { KafkaConfig, KafkaSender, ListenerContainer, ListenerContainerOptions } from '@stocker/kafka-config'
import { KafkaConsumerConfig } from '@stocker/kafka-config'

/** One record of so many fails, where failures are measured. */
export const FAILING = 100
export const PARTITIONS = 6
/** How long the processor is kept by a record with some work to do. */
export const WORK_MS = 0.1
export const WORK_RECORDS = 20_000
const LIST = 1000
const NOTE = 'x'.repeat(450)

export interface NumberedValue {
  readonly index: number
  /** Whether it is one of those that fail. */
  readonly fails: boolean
}

/** Records of about 500 bytes. */
export async function sendNumbered(sender: KafkaSender, topic: string, count: number, keys: number): Promise<void> {
  for (let i = 0; i < count; i += LIST) {
    const list = Array.from({ length: Math.min(LIST, count - i) }, (_, n) => i + n)
    await sender.sendAll(
      list.map((index) => ({
        topic,
        key: `order-${index % keys}`,
        value: JSON.stringify({ index, fails: index % FAILING === 0, note: NOTE }),
      })),
    )
  }
}

export interface Reading {
  readonly count: number
  /** Whether those that fail do. */
  readonly fail: boolean
  /** How long each record keeps the processor. Milliseconds. */
  readonly workMs: number
}

export interface ReadingSpeed {
  /** Records/s of those that do not fail. */
  readonly rate: number
  readonly cpuMs: number
}

/** From the first record to the last one that does not fail. */
export class ReadingClock {
  readonly #end = Promise.withResolvers<ReadingSpeed>()
  readonly #healthy: number
  readonly #workMs: number
  #seen = 0
  #began = 0
  #cpuBegan = process.cpuUsage()

  constructor({ count, fail, workMs }: Reading) {
    this.#healthy = fail ? count - Math.ceil(count / FAILING) : count
    this.#workMs = workMs
  }

  get end(): Promise<ReadingSpeed> {
    return this.#end.promise
  }

  /** Something came. */
  begin(): void {
    if (this.#began !== 0) return
    this.#began = performance.now()
    this.#cpuBegan = process.cpuUsage()
  }

  work(): void {
    if (this.#workMs > 0) for (const until = performance.now() + this.#workMs; performance.now() < until; );
  }

  handled(records: number): void {
    this.#seen += records
    if (this.#seen < this.#healthy) return
    const { user, system } = process.cpuUsage(this.#cpuBegan)
    this.#end.resolve({
      rate: (this.#healthy / (performance.now() - this.#began)) * 1000,
      cpuMs: (user + system) / 1000,
    })
  }
}

/** A member that has its partitions and is paused: joining is no part of what is measured. */
export async function joined(
  config: KafkaConfig,
  options: ListenerContainerOptions,
  partitions: number,
): Promise<ListenerContainer> {
  const container = new KafkaConsumerConfig(config).createListenerContainer(options)
  container.pause()
  await container.start()
  while (container.assignments.length < partitions) await delay(20)
  return container
}
