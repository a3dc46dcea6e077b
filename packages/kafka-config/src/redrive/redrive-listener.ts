import { BatchListenerFailedError } from '../error-handling/batch-listener-failed-error.ts'
import { outcomeOf, RecordsFailedError } from '../error-handling/records-failed-error.ts'
import type { Recoverer, RetryListener } from '../error-handling/recoverer.ts'
import type { BatchListener, ListenerRecord } from '../listener/listener-types.ts'
import { redriveOf } from './redrive-headers.ts'
import type { RedrivenRecords } from './redriven-records.ts'

/**
 * Hands dead letters that were sent again to the same listener as the record that failed, as that record, and confirms those that it handled. The
 * confirmation goes out before the offsets: who dies in between hands the record out again, and confirms again.
 */
export function redriveListener(listener: BatchListener, redriven: RedrivenRecords): BatchListener {
  return async (records, context) => {
    if (!records.some(({ raw }) => redriveOf(raw.headers))) return listener(records, context)
    const originals = records.map((record) => redriven.asOriginal(record))
    const handedOut = new Map(originals.map((original, index) => [original, records[index] ?? original]))
    try {
      await listener(originals, {
        ...context,
        attemptOf: (original) => context.attemptOf(handedOut.get(original) ?? original),
      })
    } catch (error) {
      const { handled, failures, untouched, unknown } = outcomeOf(originals, { error })
      if (unknown) throw error
      const inBatch = (original: ListenerRecord): ListenerRecord => handedOut.get(original) ?? original
      await redriven.confirm(handled.map(inBatch))
      throw error instanceof RecordsFailedError
        ? new RecordsFailedError(
            failures.map((failure) => ({ ...failure, record: inBatch(failure.record) })),
            untouched.map(inBatch),
          )
        : new BatchListenerFailedError(handled.length, { cause: failures[0]?.error })
    }
    await redriven.confirm(records)
  }
}

/** A dead letter that fails again goes where its original would go. */
export function redriveRecoverer(recoverer: Recoverer, redriven: RedrivenRecords): Recoverer {
  return { recover: (record, error, context) => recoverer.recover(redriven.asOriginal(record), error, context) }
}

/** Whoever hears of failures hears of the original, too. */
export function redriveRetryListener(listener: RetryListener, redriven: RedrivenRecords): RetryListener {
  return {
    failedDelivery: (record, ...said) => listener.failedDelivery?.(redriven.asOriginal(record), ...said),
    recovered: (record, ...said) => listener.recovered?.(redriven.asOriginal(record), ...said),
    recoveryFailed: (record, ...said) => listener.recoveryFailed?.(redriven.asOriginal(record), ...said),
  }
}
