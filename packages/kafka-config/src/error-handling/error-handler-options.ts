import type { ListenerRecord } from '../listener/listener-types.ts'
import type { RetryBackOff } from './back-off.ts'
import type { ExceptionClassifier } from './exception-classifier.ts'
import type { Recoverer, RetryListener } from './recoverer.ts'

export interface ErrorHandlerOptions {
  /**
   * Waits between the deliveries of a record that fails; see fixedBackOff and exponentialBackOff. Default 500 ms, doubled up to 30 s; 9 retries
   * (Spring's number) with a recoverer, without end when there is none: nothing is skipped.
   */
  readonly backOff?: Partial<RetryBackOff>
  /** Another back-off for this record and error; null: `backOff`. */
  readonly backOffFunction?: (record: ListenerRecord, error: unknown) => Partial<RetryBackOff> | null
  /** Which errors go to the recoverer at once. Default: the standard fatal list. Without recoverer it has no effect. */
  readonly classifier?: ExceptionClassifier
  /** Where a record goes that is not to be handed out again. Default none: it is handed out again until it succeeds. */
  readonly recoverer?: Recoverer
  readonly retryListeners?: readonly RetryListener[]
  /** Whether another kind of error begins the back-off anew. Default true. */
  readonly resetStateOnExceptionChange?: boolean
  /** Whether a record whose recovery failed goes through the whole back-off again, or straight to the recoverer. Default true. */
  readonly resetStateOnRecoveryFailure?: boolean
  /** Adds `kafka_deliveryAttempt` (4 bytes, from 1) to what the listener sees; it never leaves the process. Default false. */
  readonly deliveryAttemptHeader?: boolean
}

/** Spring's FixedBackOff(0, 9) retries nine times within a moment; here there is time for what is away to come back. */
export const ERROR_HANDLER_DEFAULTS = {
  backOff: { initialMs: 500, maxMs: 30_000, multiplier: 2, jitterMs: 0 },
  maxRetriesWithRecoverer: 9,
  resetStateOnExceptionChange: true,
  resetStateOnRecoveryFailure: true,
  deliveryAttemptHeader: false,
} as const
