import { reason } from '../client/failure.ts'
import type { Logger } from '../client/logger.ts'
import { failedIndex, failureOf } from '../error-handling/batch-listener-failed-error.ts'
import type { DefaultErrorHandler, Verdict } from '../error-handling/default-error-handler.ts'
import { spanOf } from './batch-offsets.ts'
import type { ListenerRecord, RecordPlace, TopicPartition } from './listener-types.ts'
import { partitionName } from './listener-types.ts'
import type { BlockedPartition } from './retry-strategy.ts'
import type { SessionService } from './session-service.ts'

/** What a failure says of its batch. */
export interface FailedBatch {
  readonly handled: readonly ListenerRecord[]
  /** Where it is known which record failed: that one, and those that follow it in its partition. Otherwise all. */
  readonly failed: readonly ListenerRecord[]
  readonly known: boolean
  /** Of other partitions, and not handled yet. */
  readonly unaffected: readonly ListenerRecord[]
}

export function failedBatch(records: readonly ListenerRecord[], error: unknown): FailedBatch {
  const index = records.length === 1 ? 0 : failedIndex(error, records)
  if (index === undefined) return { handled: [], failed: records, known: false, unaffected: [] }
  const { topic, partition } = records[index] as ListenerRecord
  // Records are grouped by partition.
  const next = records.findIndex(
    (record, at) => at > index && (record.partition !== partition || record.topic !== topic),
  )
  const end = next < 0 ? records.length : next
  return {
    handled: records.slice(0, index),
    failed: records.slice(index, end),
    known: true,
    unaffected: records.slice(end),
  }
}

export interface FailedRecordsEvents {
  /** A partition fails that did not, or does no more. */
  failingChanged(): void
  recovered(): void
}

type ToRetry = Extract<Verdict, { readonly kind: 'retry' }>
type ToRecover = Extract<Verdict, { readonly kind: 'recover' }>

/**
 * Sees to records that failed. The partition of a failed record is held, with the record and all that follow it, until its back-off or its
 * recovery is over. What follows a record on its way to a retry topic does not wait, as its order is given up; only its offset does.
 *
 * A batch that fails without a word about which record comes again partition by partition, so that a sound partition is rid of the
 * others' failures. When its retries are used up its records go out one by one, and only those that fail alone are recovered. (Spring
 * recovers every record of such a batch.)
 */
export class FailedRecords {
  readonly #groupId: string
  readonly #errorHandler: DefaultErrorHandler
  readonly #events: FailedRecordsEvents
  readonly #logger: Logger
  readonly #failing = new Map<string, BlockedPartition>()
  #lastError: string | undefined

  constructor(groupId: string, errorHandler: DefaultErrorHandler, events: FailedRecordsEvents, logger: Logger) {
    this.#groupId = groupId
    this.#errorHandler = errorHandler
    this.#events = events
    this.#logger = logger
  }

  /** The partition that has been failing for longest. */
  get failing(): BlockedPartition | undefined {
    return this.#failing.values().next().value
  }

  get lastError(): string | undefined {
    return this.#lastError
  }

  /** Which of the records can be handed out at once. `singly`: a record of a batch whose retries are used up. */
  see(
    serving: SessionService,
    { failed, known }: FailedBatch,
    error: unknown,
    singly: boolean,
  ): readonly ListenerRecord[] {
    if (known) return this.#recordFailed(serving, failed, error, singly)
    return [...Map.groupBy(failed, partitionName).values()].flatMap((ofPartition) =>
      ofPartition.length === 1
        ? this.#recordFailed(serving, ofPartition, error, singly)
        : this.#batchFailed(serving, ofPartition, error),
    )
  }

  succeeded(partitions: readonly RecordPlace[]): void {
    if (!this.#errorHandler.anyFailed && this.#failing.size === 0) return
    for (const partition of partitions) {
      this.#errorHandler.forget(partition)
      this.#failsNoMore(partition)
    }
  }

  /** What fails comes again in the next session, or is another's. */
  sessionEnded(): void {
    this.#failing.clear()
  }

  /** The first of the records did; the others follow it. */
  #recordFailed(
    serving: SessionService,
    records: readonly ListenerRecord[],
    error: unknown,
    singly: boolean,
  ): readonly ListenerRecord[] {
    const record = records[0] as ListenerRecord
    const verdict = this.#errorHandler.failed(record, error, singly)
    if (verdict.kind === 'retry') {
      this.#retry(serving, records, error, verdict, singly)
      return []
    }
    const waits = this.#errorHandler.recoversInOrder || !serving.mayRecoverMore
    if (waits) serving.giveBack(records, Number.POSITIVE_INFINITY, singly)
    serving.commitNothingPast(record)
    serving.recovering(this.#recover(serving, record, error, verdict))
    return waits ? [] : records.slice(1)
  }

  /** One of the records did, and nobody says which. */
  #batchFailed(serving: SessionService, records: readonly ListenerRecord[], error: unknown): readonly [] {
    const verdict = this.#errorHandler.failed(records[0] as ListenerRecord, error)
    if (verdict.kind === 'retry') {
      this.#retry(serving, records, error, verdict, false)
      return []
    }
    this.#logger.warn(
      { groupId: this.#groupId, ...spanOf(records), attempt: verdict.attempt, err: error },
      `a batch failed for good without saying at which record; they are handed out one by one: ${reason(error)}`,
    )
    serving.giveBack(records, Date.now(), true)
    return []
  }

  #retry(
    serving: SessionService,
    records: readonly ListenerRecord[],
    error: unknown,
    { attempt, delayMs }: ToRetry,
    singly: boolean,
  ): void {
    const failure = failureOf(error)
    this.#logger.error(
      { groupId: this.#groupId, attempt, retryInMs: delayMs, ...spanOf(records), err: failure },
      `the listener failed: ${reason(failure)}`,
    )
    serving.giveBack(records, Date.now() + delayMs, singly)
    this.#fails(records[0] as ListenerRecord, error)
  }

  async #recover(serving: SessionService, record: ListenerRecord, error: unknown, verdict: ToRecover): Promise<void> {
    const retryInMs = await this.#errorHandler.recover(record, error, verdict, serving.cancel.signal)
    if (serving.over) return
    if (retryInMs === undefined) {
      serving.done([record])
      serving.dropHeld(record)
      this.#failsNoMore(record)
      this.#events.recovered()
    } else {
      serving.postpone(record, Date.now() + retryInMs)
      this.#fails(record, error)
    }
  }

  #fails(partition: TopicPartition, error: unknown): void {
    const name = partitionName(partition)
    this.#lastError = reason(failureOf(error))
    const since = this.#failing.get(name)?.since ?? Date.now()
    this.#failing.set(name, { name, since, why: 'failing', detail: this.#lastError })
    this.#events.failingChanged()
  }

  #failsNoMore(partition: TopicPartition): void {
    const name = partitionName(partition)
    if (!this.#failing.delete(name)) return
    this.#logger.info({ groupId: this.#groupId, partition: name }, 'the partition goes on')
    this.#events.failingChanged()
  }
}
