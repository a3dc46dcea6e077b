import type { AttemptNote, AttemptNotes, InboxMessage } from '@stocker/cqrs'
import type { ListenerRecord, RetryListener } from '@stocker/kafka-config'
import { reasonOf } from '../keep-trying.ts'
import type { DecodeRecord } from './decoded-batch.ts'
import { decodeRecord } from './decoded-batch.ts'

/** Notes what had no effect, for the timelines of business cases. Never throws, and nobody waits for it. */
export interface AttemptLog {
  /** They had taken effect before. */
  ignored(messages: readonly InboxMessage[], attemptOf: (message: InboxMessage) => number): void
  /** Of the listener's error handler. */
  readonly retryListener: RetryListener
  /** Resolves when what was noted so far is written. */
  settled(): Promise<void>
}

export function createAttemptLog(notes: AttemptNotes, consumer: string, decode: DecodeRecord): AttemptLog {
  /** A record that failed is decoded once more to see which message it is: rarer and cheaper than to keep that of every record. */
  const note = (
    record: ListenerRecord,
    {
      outcome,
      attempt,
      error,
      nextAttemptAt = null,
    }: Pick<AttemptNote, 'outcome' | 'attempt' | 'error'> & {
      readonly nextAttemptAt?: string | null
    },
  ): void => {
    const { topic, partition, offset, key, typeId = null } = record
    const decoded = decodeRecord(record, decode)
    const message = decoded === 'skip' || 'undecodable' in decoded ? undefined : decoded
    const at = new Date().toISOString()
    notes.add([
      {
        messageId: message?.id ?? `${topic}-${partition}-${offset}`,
        consumer,
        outcome: outcome === 'failed' && message === undefined ? 'undecodable' : outcome,
        type: message?.type ?? typeId,
        key,
        source: { topic, partition, offset },
        attempt,
        at,
        error,
        nextAttemptAt,
      },
    ])
  }
  return {
    ignored: (messages, attemptOf) => {
      const at = new Date().toISOString()
      notes.add(
        messages.map((message) => ({
          messageId: message.id,
          consumer,
          outcome: 'duplicate',
          type: message.type,
          key: message.key,
          source: message.source,
          attempt: attemptOf(message),
          at,
          error: null,
          nextAttemptAt: null,
        })),
      )
    },
    retryListener: {
      failedDelivery: (record, error, attempt, retryInMs) =>
        note(record, {
          outcome: 'failed',
          attempt,
          error: errorOf(error),
          nextAttemptAt: retryInMs === undefined ? null : new Date(Date.now() + retryInMs).toISOString(),
        }),
      recovered: (record, error, attempt) => note(record, { outcome: 'dead', attempt, error: errorOf(error) }),
    },
    settled: () => notes.settled(),
  }
}

const errorOf = (error: unknown): AttemptNote['error'] => ({
  code: error instanceof Error && 'code' in error ? String(error.code) : 'unknown',
  message: reasonOf(error),
})
