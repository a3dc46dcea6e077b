import { reason } from '../client/failure.ts'
import { KafkaConfigError } from '../errors.ts'
import type { ListenerRecord } from '../listener/listener-types.ts'
import { recordName } from '../listener/listener-types.ts'
import { failedIndex, failureOf } from './batch-listener-failed-error.ts'

export interface RecordFailure {
  readonly record: ListenerRecord
  readonly error: unknown
}

/**
 * Says of a whole batch which records a listener could not handle, each with its own error, and which ones it did not try because an earlier one of
 * their key failed. All others were handled. Meant for `orderedRetry`; without it the batch counts as failed as a whole.
 */
export class RecordsFailedError extends KafkaConfigError {
  readonly failures: readonly RecordFailure[]
  readonly held: readonly ListenerRecord[]

  constructor(failures: readonly RecordFailure[], held: readonly ListenerRecord[] = []) {
    const [first] = failures
    const which = first ? ` First: ${recordName(first.record)}: ${reason(first.error)}` : ''
    super(
      'LISTENER_FAILED',
      `The listener failed at ${failures.length} records, and ${held.length} wait behind them.${which}`,
      first && { cause: first.error },
    )
    this.failures = failures
    this.held = held
  }
}

/** What a listener's answer says of each record of its batch. */
export interface BatchOutcome {
  readonly handled: readonly ListenerRecord[]
  readonly failures: readonly RecordFailure[]
  /** Not handled, and no failure of their own. */
  readonly untouched: readonly ListenerRecord[]
  /** Nobody says which record failed: any of `untouched`. */
  readonly unknown: boolean
}

/** `failure`: undefined when the listener resolved. */
export function outcomeOf(
  records: readonly ListenerRecord[],
  failure: { readonly error: unknown } | undefined,
): BatchOutcome {
  if (!failure) return { handled: records, failures: [], untouched: [], unknown: false }
  const { error } = failure
  if (error instanceof RecordsFailedError) {
    const named = namedOutcome(records, error)
    if (named.failures.length > 0) return named
  }
  const index = records.length === 1 ? 0 : failedIndex(error, records)
  if (index === undefined) return { handled: [], failures: [], untouched: records, unknown: true }
  return {
    handled: records.slice(0, index),
    failures: [{ record: records[index] as ListenerRecord, error: failureOf(error) }],
    untouched: records.slice(index + 1),
    unknown: false,
  }
}

function namedOutcome(records: readonly ListenerRecord[], error: RecordsFailedError): BatchOutcome {
  const known = sortBy(records, error, (record) => record)
  // What the listener saw may be a copy (see deliveryAttemptHeader); names for all of them cost more than the rest.
  const found = known.failures.length + known.untouched.length
  return found === error.failures.length + error.held.length ? known : sortBy(records, error, recordName)
}

function sortBy(
  records: readonly ListenerRecord[],
  { failures, held }: RecordsFailedError,
  nameOf: (record: ListenerRecord) => unknown,
): BatchOutcome {
  const errors = new Map(failures.map(({ record, error }) => [nameOf(record), error]))
  const waiting = new Set(held.map(nameOf))
  const handled: ListenerRecord[] = []
  const failed: RecordFailure[] = []
  const untouched: ListenerRecord[] = []
  for (const record of records) {
    const name = nameOf(record)
    if (errors.has(name)) failed.push({ record, error: failureOf(errors.get(name)) })
    else if (waiting.has(name)) untouched.push(record)
    else handled.push(record)
  }
  return { handled, failures: failed, untouched, unknown: false }
}

/** The errors in a listener's answer, for who asks of which kind they are. */
export function errorsIn(error: unknown): readonly unknown[] {
  return error instanceof RecordsFailedError ? error.failures.map((each) => each.error) : [failureOf(error)]
}
