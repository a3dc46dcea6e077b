import { BatchListenerFailedError } from '../error-handling/batch-listener-failed-error.ts'
import type { BatchListener, ListenerRecord } from './listener-types.ts'

export interface RecordContext {
  /** Which delivery of this record it is, from 1. */
  readonly attempt: number
  /** Aborts when the record is no longer ours: the membership was lost, or the time for handing over is up. */
  readonly signal: AbortSignal
}

export type RecordListener = (record: ListenerRecord, context: RecordContext) => Promise<void> | void

/**
 * A listener of single records, one after the other (Spring's MessageListener). A record that cannot be read never reaches it: as behind an
 * ErrorHandlingDeserializer it has failed already.
 */
export function eachRecord(listener: RecordListener): BatchListener {
  return async (records, { attemptOf, signal }) => {
    for (let i = 0; i < records.length; i++) {
      const record = records[i] as ListenerRecord
      try {
        signal.throwIfAborted()
        if (record.failure) throw record.failure
        await listener(record, { attempt: attemptOf(record), signal })
      } catch (cause) {
        throw new BatchListenerFailedError(i, { cause })
      }
    }
  }
}
