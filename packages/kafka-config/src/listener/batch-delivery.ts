import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Logger } from '../client/logger.ts'
import { Gate, pause } from '../client/wait.ts'
import type { DefaultErrorHandler } from '../error-handling/default-error-handler.ts'
import { spanOf } from './batch-offsets.ts'
import type { Pacing } from './container-options.ts'
import { withDeliveryAttempt } from './delivery-attempt.ts'
import type { BatchListener, ListenerRecord } from './listener-types.ts'
import type { Batch, ListenerFailure, RetryStrategy } from './retry-strategy.ts'
import type { SessionService } from './session-service.ts'

export interface BatchDeliveryOptions {
  readonly groupId: string
  readonly listener: BatchListener
  readonly maxPollRecords: number
  readonly maxPollIntervalMs: number
  readonly idleBetweenPollsMs: number
  readonly pacing: Pacing | undefined
}

/** What the delivery needs to know of its container, and tells it. */
export interface DeliveryHost {
  serving(): SessionService | undefined
  mayHandOut(serving: SessionService): boolean
  /** A batch has been in hand for max.poll.interval.ms. */
  overdue(): void
  /** A batch has ended, and what it left behind has been seen to. */
  settled(failure: ListenerFailure | undefined): void
}

export interface InHand {
  readonly since: number
  readonly settled: Promise<void>
  readonly records: readonly ListenerRecord[]
}

/** Hands records to the listener, one batch at a time. Nobody waits in the loop: what failed or is not due yet is the retry strategy's. */
export class BatchDelivery {
  readonly #options: BatchDeliveryOptions
  readonly #errorHandler: DefaultErrorHandler
  readonly #strategy: RetryStrategy
  readonly #host: DeliveryHost
  readonly #logger: Logger
  readonly #wake = new Gate()
  #inHand: InHand | undefined
  #lastProgressAt: number | undefined

  constructor(
    options: BatchDeliveryOptions,
    errorHandler: DefaultErrorHandler,
    strategy: RetryStrategy,
    host: DeliveryHost,
    logger: Logger,
  ) {
    this.#options = options
    this.#errorHandler = errorHandler
    this.#strategy = strategy
    this.#host = host
    this.#logger = logger
  }

  get inHand(): InHand | undefined {
    return this.#inHand
  }

  get lastProgressAt(): number | undefined {
    return this.#lastProgressAt
  }

  /** There may be something to hand out. */
  wake(): void {
    this.#wake.open()
  }

  /** Something was handled or recovered, or there is nothing to hand out: that is progress too. */
  progress(): void {
    this.#lastProgressAt = Date.now()
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const serving = this.#host.serving()
      const batch = serving && this.#host.mayHandOut(serving) ? this.#strategy.next(serving) : undefined
      if (!serving || !batch) {
        await this.#wake.wait()
        continue
      }
      const startedAt = performance.now()
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#inHand = { since: Date.now(), settled: promise, records: batch.records }
      try {
        await this.#handle(serving, batch)
      } finally {
        this.#inHand = undefined
        resolve()
      }
      // A listener that never waits would keep the event loop from those that do.
      if (serving.anyRecovering) await nextTurn()
      const idleMs = Math.max(this.#options.idleBetweenPollsMs, this.#pacingMs(batch.records.length, startedAt))
      if (idleMs > 0) await pause(idleMs, signal)
    }
  }

  #pacingMs(records: number, startedAt: number): number {
    const { pacing, maxPollRecords } = this.#options
    if (pacing === undefined || records < pacing.fromRecords || records >= maxPollRecords) return 0
    return pacing.intervalMs - (performance.now() - startedAt)
  }

  /** Until every record was handled, seen to by the strategy, or is another's. */
  async #handle(serving: SessionService, first: Batch): Promise<void> {
    for (let batch: Batch | undefined = first; batch; ) {
      const failure = await this.#call(serving, batch)
      if (serving.over) {
        this.#logger.warn(
          { groupId: this.#options.groupId, ...spanOf(batch.records) },
          'a batch ended after its partitions were given up: its records are handled again',
        )
        return
      }
      batch = batch.settle(failure)
      this.#host.settled(failure)
    }
  }

  async #call(serving: SessionService, { records, fresh }: Batch): Promise<ListenerFailure | undefined> {
    const handler = this.#errorHandler
    const attemptOf = (record: ListenerRecord) => handler.attemptOf(record)
    const attempt =
      !fresh && handler.anyFailed ? records.reduce((most, record) => Math.max(most, attemptOf(record)), 1) : 1
    const handed = handler.deliveryAttemptHeader ? withDeliveryAttempt(records, attemptOf) : records
    const overdue = setTimeout(() => this.#host.overdue(), this.#options.maxPollIntervalMs)
    try {
      await this.#options.listener(handed, { attempt, attemptOf, signal: serving.cancel.signal })
      return undefined
    } catch (error) {
      return { error }
    } finally {
      clearTimeout(overdue)
    }
  }
}
