import type { FailedRecords } from './failed-records.ts'
import { failedBatch } from './failed-records.ts'
import type { HeldRecords } from './held-partitions.ts'
import type { ListenerRecord, PartitionLag, RetryNow } from './listener-types.ts'
import { partitionName } from './listener-types.ts'
import type { Batch, BlockedPartition, ListenerFailure, RetryHost, RetryStrategy } from './retry-strategy.ts'
import type { SessionService } from './session-service.ts'

export interface BlockingRetryOptions {
  readonly maxPollRecords: number
  /** When a record may be handed out at the earliest, in milliseconds since 1970. Its partition waits for it. */
  readonly notBefore: ((record: ListenerRecord) => number) | undefined
}

/**
 * Spring's blocking retries: what has failed, or is not due yet, is given back, and its partition is held until it is due; every other partition
 * goes on.
 */
export class BlockingRetry implements RetryStrategy {
  readonly #options: BlockingRetryOptions
  readonly #failed: FailedRecords
  readonly #host: RetryHost
  #heldFirst = true

  constructor(options: BlockingRetryOptions, failed: FailedRecords, host: RetryHost) {
    this.#options = options
    this.#failed = failed
    this.#host = host
  }

  get blocked(): BlockedPartition | undefined {
    return this.#failed.failing
  }

  get lastError(): string | undefined {
    return this.#failed.lastError
  }

  /** Held records that are due and fresh ones in turn, so that neither waits for the end of the other. */
  next(serving: SessionService): Batch | undefined {
    this.#heldFirst = !this.#heldFirst
    return this.#heldFirst
      ? (this.#nextHeld(serving) ?? this.#nextFresh(serving))
      : (this.#nextFresh(serving) ?? this.#nextHeld(serving))
  }

  lagOf(serving: SessionService, lag: PartitionLag): PartitionLag {
    const position = serving.held.waitingFrom(lag)
    if (position === undefined) return lag
    return { ...lag, position, lag: lag.endOffset === undefined ? undefined : lag.endOffset - position }
  }

  parked(): readonly [] {
    return []
  }

  /** Whole partitions wait here, not keys. */
  retryNow(): RetryNow {
    return 'unknown'
  }

  sessionEnded(): void {
    this.#failed.sessionEnded()
  }

  #nextFresh(serving: SessionService): Batch | undefined {
    for (;;) {
      const taken = serving.take(this.#options.maxPollRecords)
      if (taken.length === 0) return undefined
      const records = this.#due(serving, taken)
      if (records.length > 0) return this.#batch(serving, records)
      // Nothing of these partitions is due: they are held now, and others come to their turn.
    }
  }

  #nextHeld(serving: SessionService): Batch | undefined {
    const from = serving.held.takeDue(Date.now(), (partition) => !this.#host.isPaused(partition))
    if (!from) return undefined
    const records = this.#due(serving, from.records)
    if (records.length === 0) return undefined
    if (!from.singly) return this.#batch(serving, records, from)
    serving.giveBack(records.slice(1), from.dueAt, true)
    return this.#batch(serving, records.slice(0, 1), from)
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

  /** `from`: the records had been given back. */
  #batch(serving: SessionService, records: readonly ListenerRecord[], from?: HeldRecords): Batch {
    // A record that failed in an earlier session is remembered, so none counts as fresh.
    return { records, fresh: false, settle: (failure) => this.#settle(serving, records, from, failure) }
  }

  #settle(
    serving: SessionService,
    records: readonly ListenerRecord[],
    from: HeldRecords | undefined,
    failure: ListenerFailure | undefined,
  ): Batch | undefined {
    if (!failure) {
      this.#succeeded(serving, records)
      if (from) serving.releaseUnlessHeld(from)
      return undefined
    }
    const batch = failedBatch(records, failure.error)
    this.#succeeded(serving, batch.handled)
    if (this.#host.isAway(failure.error)) {
      serving.giveBackAll([...batch.failed, ...batch.unaffected], Date.now(), from?.singly)
      return undefined
    }
    const goOn = this.#failed.see(serving, batch, failure.error, from?.singly ?? false)
    if (serving.session.leaving.aborted) return undefined
    const next = [...goOn, ...batch.unaffected]
    if (next.length > 0 && this.#host.mayHandOut(serving)) return this.#batch(serving, next, from)
    serving.giveBackAll(next, Date.now())
    if (from) serving.releaseUnlessHeld(from)
    return undefined
  }

  #succeeded(serving: SessionService, records: readonly ListenerRecord[]): void {
    if (records.length === 0) return
    this.#failed.succeeded(serving.done(records))
    this.#host.progressed()
  }
}
