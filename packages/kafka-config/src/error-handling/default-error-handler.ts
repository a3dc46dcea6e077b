import { reason } from '../client/failure.ts'
import type { Logger } from '../client/logger.ts'
import { backOffDelay } from '../client/wait.ts'
import { KafkaConfigError } from '../errors.ts'
import type { FailingRecord, ListenerRecord, RecordPlace } from '../listener/listener-types.ts'
import { partitionName, recordName } from '../listener/listener-types.ts'
import type { RetryBackOff } from './back-off.ts'
import { checkedBackOff } from './back-off.ts'
import { failureOf } from './batch-listener-failed-error.ts'
import type { ErrorHandlerOptions } from './error-handler-options.ts'
import { ERROR_HANDLER_DEFAULTS } from './error-handler-options.ts'
import { ExceptionClassifier } from './exception-classifier.ts'
import { FailedRecordTracker } from './failed-record-tracker.ts'
import type { RetryListener } from './recoverer.ts'

/** What is to become of a record that failed. */
export type Verdict =
  | { readonly kind: 'retry'; readonly attempt: number; readonly delayMs: number }
  | { readonly kind: 'recover'; readonly attempt: number; readonly fatal: boolean }

/** Whose failures are counted together: only the record at which a partition stands can have failed, or each record counts for itself. */
export type CountedBy = 'partition' | 'record'

/** A recovery that fails is tried again after a growing wait, also where the record's own back-off has none. */
const AFTER_FAILED_RECOVERY = { initialMs: 500, maxMs: 30_000, multiplier: 2 }

/** Spring's DefaultErrorHandler without its loop: it decides and recovers; waiting and handing out again is the container's. */
export class DefaultErrorHandler {
  readonly deliveryAttemptHeader: boolean
  readonly #options: ErrorHandlerOptions
  readonly #groupId: string
  readonly #logger: Logger
  readonly #classifier: ExceptionClassifier
  readonly #tracker: FailedRecordTracker
  readonly #nameOf: (place: RecordPlace) => string
  readonly #backOff: RetryBackOff
  /** Recoveries of a record that failed one after the other. */
  readonly #failedRecoveries = new Map<string, number>()

  /** @throws KafkaConfigError INVALID_VALUE for a back-off that is none, MISSING_VALUE for one that ends without a recoverer */
  constructor(
    groupId: string,
    options: ErrorHandlerOptions,
    logger: Logger,
    countedBy: CountedBy = 'partition',
    random: () => number = Math.random,
  ) {
    const {
      backOffFunction,
      resetStateOnExceptionChange = ERROR_HANDLER_DEFAULTS.resetStateOnExceptionChange,
      deliveryAttemptHeader = ERROR_HANDLER_DEFAULTS.deliveryAttemptHeader,
    } = options
    const completed = (backOff: Partial<RetryBackOff> | undefined) =>
      checkedBackOff({
        ...ERROR_HANDLER_DEFAULTS.backOff,
        maxRetries: ERROR_HANDLER_DEFAULTS.maxRetriesWithRecoverer,
        ...backOff,
        // There would be nowhere for the record to go.
        ...(options.recoverer === undefined && { maxRetries: Number.POSITIVE_INFINITY }),
      })
    if (options.recoverer === undefined && Number.isFinite(options.backOff?.maxRetries)) {
      throw new KafkaConfigError(
        'MISSING_VALUE',
        `A back-off with maxRetries needs a recoverer: group ${groupId} would have nowhere to put the record`,
      )
    }
    const backOff = completed(options.backOff)
    this.deliveryAttemptHeader = deliveryAttemptHeader
    this.#backOff = backOff
    this.#options = options
    this.#groupId = groupId
    this.#logger = logger
    this.#classifier = options.classifier ?? new ExceptionClassifier()
    this.#nameOf = countedBy === 'partition' ? partitionName : recordName
    this.#tracker = new FailedRecordTracker(
      (record, error) => {
        try {
          const own = backOffFunction?.(record, error)
          return own ? completed({ ...options.backOff, ...own }) : backOff
        } catch (broken) {
          this.#logger.error({ groupId, err: broken }, `backOffFunction gives no back-off: ${reason(broken)}`)
          return backOff
        }
      },
      resetStateOnExceptionChange,
      random,
      this.#nameOf,
    )
  }

  /** Notes the failure and decides. `lastChance`: the record has used up its retries already, together with its batch. */
  failed(record: ListenerRecord, error: unknown, lastChance = false): Verdict {
    const failure = failureOf(error)
    const { attempt, delayMs } = this.#tracker.failed(record, failure)
    const fatal = !this.#classifier.isRetryable(failure)
    const recovers = this.#options.recoverer !== undefined && (fatal || lastChance || delayMs === undefined)
    this.#tell((listener) => listener.failedDelivery?.(record, failure, attempt, recovers ? undefined : delayMs))
    // Only a recoverer brings an end to the back-off.
    return recovers ? { kind: 'recover', attempt, fatal } : { kind: 'retry', attempt, delayMs: delayMs as number }
  }

  /** Hands the record to the recoverer. undefined: recovered; otherwise how many milliseconds later it is to come again. Never rejects. */
  async recover(
    record: ListenerRecord,
    error: unknown,
    { attempt, fatal }: { readonly attempt: number; readonly fatal: boolean },
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const failure = failureOf(error)
    const place = { groupId: this.#groupId, partition: partitionName(record), offset: String(record.offset), attempt }
    try {
      await this.#options.recoverer?.recover(record, failure, { groupId: this.#groupId, attempt, fatal, signal })
    } catch (notRecovered) {
      const { resetStateOnRecoveryFailure = ERROR_HANDLER_DEFAULTS.resetStateOnRecoveryFailure } = this.#options
      if (resetStateOnRecoveryFailure) this.#tracker.forget(record, record.offset)
      const failures = (this.#failedRecoveries.get(this.#nameOf(record)) ?? 0) + 1
      this.#failedRecoveries.set(this.#nameOf(record), failures)
      const retryInMs = backOffDelay(AFTER_FAILED_RECOVERY, failures)
      this.#logger.error(
        { ...place, retryInMs, err: notRecovered },
        `a failed record could not be recovered and comes again: ${reason(notRecovered)}`,
      )
      this.#tell((listener) => listener.recoveryFailed?.(record, failure, notRecovered))
      return retryInMs
    }
    this.#tracker.forget(record, record.offset)
    this.#failedRecoveries.delete(this.#nameOf(record))
    this.#logger.warn({ ...place, err: failure }, `a failed record was recovered: ${reason(failure)}`)
    this.#tell((listener) => listener.recovered?.(record, failure, attempt))
    return undefined
  }

  /** How long a record waits that has failed so often, where that is not counted. Milliseconds. */
  waitAfter(failures: number): number {
    return backOffDelay(this.#backOff, failures)
  }

  /** See Recoverer. */
  get recoversInOrder(): boolean {
    return this.#options.recoverer?.keepsOrder ?? true
  }

  /** Whether some record has failed and was not handled since. */
  get anyFailed(): boolean {
    return this.#tracker.size > 0
  }

  failing(): readonly FailingRecord[] {
    return this.#tracker.failing()
  }

  /** Which delivery of the record the next one is, from 1. */
  attemptOf(record: ListenerRecord): number {
    return this.#tracker.attemptOf(record)
  }

  /** The record was handled; or, where a partition stands at its failed record, has got on to here. */
  forget(place: RecordPlace): void {
    this.#tracker.forget(place)
    if (this.#failedRecoveries.size > 0) this.#failedRecoveries.delete(this.#nameOf(place))
  }

  /** Whatever failed is another's now, or begins anew. */
  forgetAll(): void {
    this.#tracker.forgetAll()
    this.#failedRecoveries.clear()
  }

  #tell(what: (listener: RetryListener) => void): void {
    for (const listener of this.#options.retryListeners ?? []) {
      try {
        what(listener)
      } catch (error) {
        this.#logger.error({ groupId: this.#groupId, err: error }, `a retry listener threw: ${reason(error)}`)
      }
    }
  }
}
