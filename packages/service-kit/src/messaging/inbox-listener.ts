import type { Inbox, InboxMessage, InboxReport } from '@stocker/cqrs'
import type { BatchListener, ListenerRecord, RecordFailure } from '@stocker/kafka-config'
import { RecordsFailedError } from '@stocker/kafka-config'
import { ServiceKitError } from '../errors.ts'
import { reasonOf } from '../keep-trying.ts'
import type { Logger } from '../logging/create-logger.ts'
import type { ConsumerMetrics } from '../metrics/create-metrics.ts'
import { traceBatch } from '../tracing/trace-batch.ts'
import type { Tracing } from '../tracing/tracing.ts'
import type { AttemptLog } from './attempt-log.ts'
import type { DecodedBatch, DecodeRecord } from './decoded-batch.ts'
import { decodeBatch } from './decoded-batch.ts'
import { eventsByTopic } from './event-log.ts'
import type { UndecodableRecord } from './quarantine.ts'
import { quarantine } from './quarantine.ts'

export interface InboxListenerParts {
  readonly inbox: Inbox
  readonly decode: DecodeRecord
  readonly consumer: string
  readonly attempts: AttemptLog
  readonly metrics: ConsumerMetrics
  /** undefined: no spans. */
  readonly tracing: Tracing | undefined
  readonly logger: Logger
}

/**
 * A batch of records in one transaction, together with the quarantine rows of those that cannot be decoded. What the inbox reports as failed, and what
 * cannot be decoded, has failed; what it holds back waits behind.
 */
export function inboxListener({
  inbox,
  decode,
  consumer,
  attempts,
  metrics,
  tracing,
  logger,
}: InboxListenerParts): BatchListener {
  return async (records, { attempt, attemptOf }) => {
    const started = performance.now()
    const seconds = () => (performance.now() - started) / 1000
    const decoded = decodeBatch(records, decode)
    const traced = tracing && traceBatch(tracing, decoded.records, consumer, performance.timeOrigin + started)
    const batch = traced === undefined ? decoded : { ...decoded, records: traced.records }
    const { undecodable } = batch
    if (attempt > 1) countRetries(records, attemptOf, metrics)
    let report: InboxReport
    try {
      report = await inbox.handle(
        [...batch.records.keys()],
        undecodable.length > 0 ? [quarantine(consumer, undecodable)] : [],
      )
    } catch (error) {
      const errorType = codeOf(error)
      traced?.failed(errorType, reasonOf(error))
      metrics.processed(seconds(), errorType)
      for (const [topic, ofTopic] of byTopic(records)) metrics.failed(topic, ofTopic.length, errorType)
      throw error
    }
    traced?.handled(report)
    metrics.processed(seconds())
    sayQuarantined(
      undecodable.filter(({ record }) => attemptOf(record) === 1),
      consumer,
      metrics,
      logger,
    )
    sayConsumed(batch, report, { consumer, attempt, ms: Math.round(seconds() * 1000) }, metrics, logger)
    if (report.duplicates.length > 0)
      attempts.ignored(report.duplicates, (message) => attemptOf(recordOf(batch, message)))
    const failures = failuresOf(batch, report)
    for (const { record, error } of failures) metrics.failed(record.topic, 1, codeOf(error))
    if (failures.length > 0)
      throw new RecordsFailedError(failures, [...report.held.map((message) => recordOf(batch, message)), ...batch.held])
  }
}

function failuresOf(batch: DecodedBatch, { failed }: InboxReport): readonly RecordFailure[] {
  return [
    ...failed.map(({ message, error }) => ({ record: recordOf(batch, message), error })),
    ...batch.undecodable.map(({ record, code, message }) => ({
      record,
      error: new ServiceKitError('UNDECODABLE', `${code}: ${message}`, { cause: record.failure }),
    })),
  ]
}

function recordOf(batch: DecodedBatch, message: InboxMessage): ListenerRecord {
  return batch.records.get(message) as ListenerRecord
}

function byTopic(records: readonly ListenerRecord[]): ReadonlyMap<string, readonly ListenerRecord[]> {
  return Map.groupBy(records, ({ topic }) => topic)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}

function countRetries(
  records: readonly ListenerRecord[],
  attemptOf: (record: ListenerRecord) => number,
  metrics: ConsumerMetrics,
): void {
  const again = records.filter((record) => attemptOf(record) > 1)
  for (const [topic, ofTopic] of byTopic(again)) metrics.retried(topic, ofTopic.length)
}

function sayConsumed(
  batch: DecodedBatch,
  { failed, held, duplicates }: InboxReport,
  { consumer, attempt, ms }: { readonly consumer: string; readonly attempt: number; readonly ms: number },
  metrics: ConsumerMetrics,
  logger: Logger,
): void {
  const without = new Set([...failed.map(({ message }) => message), ...held])
  const messages = [...batch.records.keys()]
  const handled = without.size === 0 ? messages : messages.filter((message) => !without.has(message))
  // What is worth a word because it is not the usual.
  const noted = {
    ...(duplicates.length > 0 && { batchDuplicates: duplicates.length }),
    ...(attempt > 1 && { attempt }),
  }
  for (const [topic, logged] of eventsByTopic(handled.map(({ source, key, type }) => ({ ...source, key, type })))) {
    metrics.consumed(topic, logged.length)
    logger.info({ topic, consumer, ms, ...noted, events: logged }, 'consumed')
  }
}

/** An id, as the platform's keys are. */
const PLAIN_KEY = /^[\w.:-]{0,200}$/

function sayQuarantined(
  undecodable: readonly UndecodableRecord[],
  consumer: string,
  metrics: ConsumerMetrics,
  logger: Logger,
): void {
  for (const { record, code, message } of undecodable) {
    const { topic, partition, offset, key } = record
    metrics.quarantined(topic, 1)
    // What nobody can read may have anything as its key.
    const shownKey = key === null || PLAIN_KEY.test(key) ? key : '[masked]'
    logger.error(
      { consumer, topic, partition, offset: String(offset), key: shownKey, code, reason: message },
      'record cannot be decoded; it is kept in undecodable_records and had no effect',
    )
  }
}
