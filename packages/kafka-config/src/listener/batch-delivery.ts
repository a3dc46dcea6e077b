import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Logger } from '../client/logger.ts'
import { Gate, pause } from '../client/wait.ts'
import type { DefaultErrorHandler } from '../error-handling/default-error-handler.ts'
import { spanOf } from './batch-offsets.ts'
import type { Pacing } from './container-options.ts'
import { withDeliveryAttempt } from './delivery-attempt.ts'
import type { FailedRecords } from './failed-records.ts'
import { failedBatch } from './failed-records.ts'
import type { HeldRecords } from './held-partitions.ts'
import type { BatchListener, ListenerRecord, TopicPartition } from './listener-types.ts'
import { partitionName } from './listener-types.ts'
import type { SessionService } from './session-service.ts'

export interface BatchDeliveryOptions {
  readonly groupId: string
  readonly listener: BatchListener
  readonly maxPollRecords: number
  readonly maxPollIntervalMs: number
  readonly idleBetweenPollsMs: number
  readonly pacing: Pacing | undefined
  /** When a record may be handed out at the earliest, in milliseconds since 1970. Its partition waits for it. */
  readonly notBefore: ((record: ListenerRecord) => number) | undefined
}

/** What the delivery needs to know of its container. */
export interface DeliveryHost {
  serving(): SessionService | undefined
  mayHandOut(serving: SessionService): boolean
  isPaused(partition: TopicPartition): boolean
  /** A batch has been in hand for max.poll.interval.ms. */
  overdue(): void
}

export interface InHand {
  readonly since: number
  readonly settled: Promise<void>
  readonly records: readonly ListenerRecord[]
}

interface Batch {
  readonly records: readonly ListenerRecord[]
  /** The records had been given back. */
  readonly from?: HeldRecords
}

/**
 * Hands records to the listener, one batch at a time. Nobody waits in the loop: what has failed, or is not due yet, is given back, and its partition
 * is held until it is due; every other partition goes on.
 */
export class BatchDelivery {
  readonly #options: BatchDeliveryOptions
  readonly #errorHandler: DefaultErrorHandler
  readonly #host: DeliveryHost
  readonly #logger: Logger
  readonly #wake = new Gate()
  readonly #failed: FailedRecords
  #inHand: InHand | undefined
  #heldFirst = true
  #lastProgressAt: number | undefined

  constructor(
    options: BatchDeliveryOptions,
    errorHandler: DefaultErrorHandler,
    failed: FailedRecords,
    host: DeliveryHost,
    logger: Logger,
  ) {
    this.#options = options
    this.#errorHandler = errorHandler
    this.#failed = failed
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
      const batch = serving && this.#host.mayHandOut(serving) ? this.#next(serving) : undefined
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

  // What to hand out --------------------------------------------------------------------------------------------

  /** Held records that are due and fresh ones in turn, so that neither waits for the end of the other. */
  #next(serving: SessionService): Batch | undefined {
    this.#heldFirst = !this.#heldFirst
    return this.#heldFirst
      ? (this.#nextHeld(serving) ?? this.#nextFresh(serving))
      : (this.#nextFresh(serving) ?? this.#nextHeld(serving))
  }

  #nextFresh(serving: SessionService): Batch | undefined {
    const taken = serving.take(this.#options.maxPollRecords)
    const records = this.#options.notBefore ? this.#due(serving, taken) : taken
    return records.length > 0 ? { records } : undefined
  }

  #nextHeld(serving: SessionService): Batch | undefined {
    const from = serving.held.takeDue(Date.now(), (partition) => !this.#host.isPaused(partition))
    if (!from) return undefined
    if (from.singly) {
      const [first, ...later] = from.records as readonly [ListenerRecord, ...ListenerRecord[]]
      serving.giveBack(later, from.dueAt, true)
      return { records: [first], from }
    }
    const records = this.#due(serving, from.records)
    return records.length > 0 ? { records, from } : undefined
  }

  /** Of each partition the records before the first that is not due yet; from there on they are given back. */
  #due(serving: SessionService, records: readonly ListenerRecord[]): readonly ListenerRecord[] {
    const { notBefore } = this.#options
    if (!notBefore) return records
    const now = Date.now()
    return [...Map.groupBy(records, partitionName).values()].flatMap((ofPartition) => {
      const early = ofPartition.findIndex((record) => notBefore(record) > now)
      if (early < 0) return ofPartition
      serving.giveBack(ofPartition.slice(early), notBefore(ofPartition[early] as ListenerRecord))
      return ofPartition.slice(0, early)
    })
  }

  // Handing out -------------------------------------------------------------------------------------------------

  /** Until every record was handled, given back or is another's. */
  async #handle(serving: SessionService, { records, from }: Batch): Promise<void> {
    let pending = records
    while (pending.length > 0) {
      const failure = await this.#call(serving, pending)
      if (serving.over) {
        this.#logger.warn(
          { groupId: this.#options.groupId, ...spanOf(pending) },
          'a batch ended after its partitions were given up: its records are handled again',
        )
        return
      }
      if (!failure) {
        this.#succeeded(serving, pending)
        break
      }
      const batch = failedBatch(pending, failure.error)
      this.#succeeded(serving, batch.handled)
      const goOn = this.#failed.see(serving, batch, failure.error, from?.singly ?? false)
      if (serving.session.leaving.aborted) return
      pending = [...goOn, ...batch.unaffected]
      if (!this.#host.mayHandOut(serving)) {
        serving.giveBackAll(pending, Date.now())
        pending = []
      }
    }
    if (from) serving.releaseUnlessHeld(from)
  }

  async #call(
    serving: SessionService,
    records: readonly ListenerRecord[],
  ): Promise<{ readonly error: unknown } | undefined> {
    const handler = this.#errorHandler
    const attemptOf = (record: ListenerRecord) => handler.attemptOf(record)
    const attempt = handler.anyFailed ? records.reduce((most, record) => Math.max(most, attemptOf(record)), 1) : 1
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

  #succeeded(serving: SessionService, records: readonly ListenerRecord[]): void {
    if (records.length === 0) return
    this.#failed.succeeded(serving.done(records))
    this.progress()
  }
}
