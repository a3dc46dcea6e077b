import type { ListenerRecord } from '../listener/listener-types.ts'

export interface RecoveryContext {
  /** Consumer group of the listener that failed. */
  readonly groupId: string
  /** Which delivery of this consumer failed last, from 1. */
  readonly attempt: number
  /** Whether no repetition can mend the error, see ExceptionClassifier. */
  readonly fatal: boolean
  /** Aborts when the record is no longer ours: another member has it. */
  readonly signal: AbortSignal
}

/**
 * Takes over a record that is not to be handed out again: Spring's ConsumerRecordRecoverer. Once it has resolved the record's offset is committed;
 * when it rejects the record is not recovered, and comes again.
 */
export interface Recoverer {
  /**
   * Whether what follows a record in its partition waits until it is recovered. Default true: should the recovery fail, the record comes before
   * them once more. false where its order is lost anyway. No offset is committed past it in either case.
   */
  readonly keepsOrder?: boolean
  recover(record: ListenerRecord, error: unknown, context: RecoveryContext): Promise<void>
}

/** Hears of what happens to failed records, for metrics and logs: Spring's RetryListener. What it throws is logged and ignored. */
export interface RetryListener {
  /** A delivery failed; `attempt` says which, from 1. `retryInMs`: until the next one; undefined: the recoverer takes the record. */
  failedDelivery?(record: ListenerRecord, error: unknown, attempt: number, retryInMs: number | undefined): void
  /** `attempt`: which delivery failed last. */
  recovered?(record: ListenerRecord, error: unknown, attempt: number): void
  /** `error` is the listener's, `failure` the recoverer's. */
  recoveryFailed?(record: ListenerRecord, error: unknown, failure: unknown): void
}
