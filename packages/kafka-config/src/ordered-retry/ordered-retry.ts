import { reason } from '../client/failure.ts'
import type { Logger } from '../client/logger.ts'
import type { DefaultErrorHandler, Verdict } from '../error-handling/default-error-handler.ts'
import type { RecordFailure } from '../error-handling/records-failed-error.ts'
import { outcomeOf } from '../error-handling/records-failed-error.ts'
import type { ListenerRecord, ParkedPartition, PartitionLag, RetryNow } from '../listener/listener-types.ts'
import { partitionName, recordName } from '../listener/listener-types.ts'
import type { Batch, BlockedPartition, ListenerFailure, RetryHost, RetryStrategy } from '../listener/retry-strategy.ts'
import type { SessionService } from '../listener/session-service.ts'
import type { Deserializer } from '../serialization/serializer.ts'
import type { OrderedRetryBounds } from './ordered-retry-options.ts'
import type { ParkedKey } from './parked-keys.ts'
import { keyName } from './parked-keys.ts'
import { SessionRecords } from './session-records.ts'

export interface OrderedRetryParts {
  readonly groupId: string
  readonly maxPollRecords: number
  readonly bounds: OrderedRetryBounds
  readonly deserializer: Deserializer
  readonly errorHandler: DefaultErrorHandler
  readonly host: RetryHost
  readonly logger: Logger
}

interface FreshRecords {
  readonly taken: readonly ListenerRecord[]
  /** Those that were handed out. */
  readonly records: readonly ListenerRecord[]
  /** Of keys with parked records. */
  readonly behind: readonly ListenerRecord[]
  /** They had been handed out and put back untouched. */
  readonly again: boolean
}

/**
 * Retries that hold up nobody but their key. A record that failed is parked, the later records of its key queue up behind it without being handed out,
 * and all other keys go on, also those of the same partition. When its back-off is over the failed record goes out without the others; when it was
 * handled, or its recoverer has it, the next one of its key follows.
 *
 * Nothing is committed past the oldest parked record, so whoever has the partition next begins there (see PartitionProgress). What is parked dies with
 * the session: it is read again, and its attempts are counted anew.
 */
export class OrderedRetry implements RetryStrategy {
  readonly #parts: OrderedRetryParts
  #session: { readonly serving: SessionService; readonly records: SessionRecords } | undefined
  #parkedFirst = true
  /** Records, in all sessions. */
  #handled = 0
  /** Records that failed in a doubtful way, and were given back once to be handled or to fail like this again. */
  readonly #doubted = new Set<string>()
  #lastError: string | undefined

  constructor(parts: OrderedRetryParts) {
    this.#parts = parts
  }

  get blocked(): BlockedPartition | undefined {
    return this.#session?.records.blocked
  }

  get lastError(): string | undefined {
    return this.#lastError
  }

  parked(): readonly ParkedPartition[] {
    return this.#session?.records.parked() ?? []
  }

  retryNow(key: string, topic: string | undefined): RetryNow {
    return this.#session?.records.retryNow(key, topic) ?? 'unknown'
  }

  lagOf(serving: SessionService, lag: PartitionLag): PartitionLag {
    const records = this.#session?.serving === serving ? this.#session.records : undefined
    return records ? records.lagOf(lag) : lag
  }

  sessionEnded(): void {
    this.#session?.records.clear()
    this.#session = undefined
    this.#doubted.clear()
    this.#parts.errorHandler.forgetAll()
  }

  /** Parked records that are due and fresh ones in turn, so that neither waits for the end of the other. */
  next(serving: SessionService): Batch | undefined {
    const records = this.#recordsOf(serving)
    this.#parkedFirst = !this.#parkedFirst
    return this.#parkedFirst
      ? (this.#nextParked(serving, records) ?? this.#nextFresh(serving, records))
      : (this.#nextFresh(serving, records) ?? this.#nextParked(serving, records))
  }

  #recordsOf(serving: SessionService): SessionRecords {
    if (this.#session?.serving !== serving) {
      this.#session?.records.clear()
      const { bounds, host } = this.#parts
      this.#session = { serving, records: new SessionRecords(serving, bounds, () => host.blockedChanged()) }
    }
    return this.#session.records
  }

  // Fresh records -----------------------------------------------------------------------------------------------

  #nextFresh(serving: SessionService, session: SessionRecords): Batch | undefined {
    for (;;) {
      const returned = session.takeReturned()
      const taken = returned ?? serving.take(session.roomFor(this.#parts.maxPollRecords))
      if (taken.length === 0) return undefined
      const { records, behind } = session.sort(taken)
      if (records.length > 0) {
        return {
          records,
          fresh: returned === undefined,
          settle: (failure) =>
            this.#settleFresh(serving, session, { taken, records, behind, again: returned !== undefined }, failure),
        }
      }
      for (const record of behind) session.park(record)
      session.reached(taken)
    }
  }

  #settleFresh(
    serving: SessionService,
    session: SessionRecords,
    { taken, records, behind, again }: FreshRecords,
    failure: ListenerFailure | undefined,
  ): undefined {
    const { host } = this.#parts
    if (!failure && behind.length === 0) {
      this.#works(records)
      session.reached(taken, again ? records : [])
      host.progressed()
      return undefined
    }
    const { handled, failures, untouched, unknown } = outcomeOf(records, failure)
    const away = failure !== undefined && unknown && host.isAway(failure.error)
    this.#works(handled)
    const { counted = [], away: notCounted = [] } = Object.groupBy(failures, ({ record, error }) =>
      host.isAway(error) || this.#firstDoubt(record, error) ? 'away' : 'counted',
    )
    const failedKeys = new Set(counted.map(({ record }) => keyName(record)))
    const waiting = [...untouched, ...notCounted.map(({ record }) => record)]
    const { parked = [], returned = [] } = Object.groupBy(waiting, (record) =>
      failedKeys.has(keyName(record)) ? 'parked' : 'returned',
    )
    for (const record of inOrder([...counted.map(({ record }) => record), ...parked, ...behind])) session.park(record)
    session.putBack(inOrder(returned), unknown && !away)
    this.#seeTo(serving, session, counted)
    session.reached(taken, again ? handled : [])
    if (handled.length > 0) host.progressed()
    session.arm()
    return undefined
  }

  // Parked records ----------------------------------------------------------------------------------------------

  #nextParked(serving: SessionService, session: SessionRecords): Batch | undefined {
    if (session.keys.size === 0) return undefined
    const { maxPollRecords, host, deserializer } = this.#parts
    const due = session.keys.takeDue(Date.now(), maxPollRecords, (partition) => !host.isPaused(partition))
    if (due.size === 0) return undefined
    const handedOut = new Map<ListenerRecord, ParkedKey>()
    for (const [key, count] of due) {
      for (const parked of key.records.slice(0, count)) handedOut.set(parked.record(deserializer), key)
    }
    const records = inOrder([...handedOut.keys()])
    return {
      records,
      fresh: false,
      settle: (failure) => this.#settleParked(serving, session, records, handedOut, failure),
    }
  }

  #settleParked(
    serving: SessionService,
    session: SessionRecords,
    records: readonly ListenerRecord[],
    handedOut: ReadonlyMap<ListenerRecord, ParkedKey>,
    failure: ListenerFailure | undefined,
  ): undefined {
    const { host, errorHandler } = this.#parts
    const { handled, failures, unknown } = outcomeOf(records, failure)
    this.#works(handled)
    const away = failure !== undefined && unknown && host.isAway(failure.error)
    const done = Map.groupBy(handled, (record) => handedOut.get(record) as ParkedKey)
    for (const key of new Set(handedOut.values())) {
      const ofKey = done.get(key) ?? []
      for (const record of ofKey) errorHandler.forget(record)
      if (ofKey.some(({ offset }) => offset === key.records[0]?.offset)) session.keys.begunAnew(key)
      key.alone = unknown && !away
      session.settle(key, ofKey, Date.now())
    }
    this.#seeTo(
      serving,
      session,
      failures.filter(({ error }) => !host.isAway(error)),
    )
    if (handled.length > 0) host.progressed()
    session.arm()
    return undefined
  }

  // Doubts ------------------------------------------------------------------------------------------------------

  #works(handled: readonly ListenerRecord[]): void {
    this.#handled += handled.length
    if (this.#doubted.size > 0) for (const record of handled) this.#doubted.delete(recordName(record))
  }

  /** Whether the record may go out again untouched, since nobody knows yet whose fault it was. */
  #firstDoubt(record: ListenerRecord, error: unknown): boolean {
    if (this.#parts.host.doubtOf(error) === undefined) return false
    const name = recordName(record)
    if (this.#doubted.delete(name)) return false
    this.#doubted.add(name)
    return true
  }

  /** Whether the error counts as the record's own. */
  #isItsOwn(key: ParkedKey, error: unknown): boolean {
    const doubt = this.#parts.host.doubtOf(error)
    if (doubt === undefined) return true
    const others = key.doubtedAt !== undefined && this.#handled > key.doubtedAt
    key.doubtedAt = this.#handled
    return doubt === 'suspects' && others
  }

  #waits(key: ParkedKey, { record, error }: RecordFailure): void {
    const { errorHandler, groupId, logger } = this.#parts
    key.failed = true
    const retryInMs = errorHandler.waitAfter(++key.doubts)
    key.dueAt = Date.now() + retryInMs
    this.#lastError = reason(error)
    logger.warn(
      { groupId, retryInMs, record: recordName(record), key: record.key, type: record.typeId },
      `the record waits, and the later ones of its key behind it; no attempt is counted: ${this.#lastError}`,
    )
  }

  // Failures ----------------------------------------------------------------------------------------------------

  /** Of each key the first: a later one that failed too has had no effect, and comes again when the first is done with. */
  #seeTo(serving: SessionService, session: SessionRecords, failures: readonly RecordFailure[]): void {
    const seen = new Set<ParkedKey>()
    for (const failure of failures) {
      const key = session.keys.get(keyName(failure.record))
      if (key && !seen.has(key)) {
        if (this.#isItsOwn(key, failure.error)) this.#failed(serving, session, key, failure)
        else this.#waits(key, failure)
      }
      if (key) seen.add(key)
    }
  }

  #failed(serving: SessionService, session: SessionRecords, key: ParkedKey, { record, error }: RecordFailure): void {
    const { errorHandler, groupId, logger } = this.#parts
    const verdict = errorHandler.failed(record, error)
    this.#lastError = reason(error)
    key.failed = true
    if (verdict.kind === 'recover') {
      key.dueAt = Number.POSITIVE_INFINITY
      serving.recovering(this.#recover(serving, session, key, { record, error }, verdict))
      return
    }
    const { attempt, delayMs } = verdict
    key.dueAt = Date.now() + delayMs
    logger.error(
      {
        groupId,
        attempt,
        retryInMs: delayMs,
        record: recordName(record),
        key: record.key,
        type: record.typeId,
        err: error,
      },
      `the listener failed; the record waits, and the later ones of its key behind it: ${this.#lastError}`,
    )
  }

  async #recover(
    serving: SessionService,
    session: SessionRecords,
    key: ParkedKey,
    { record, error }: RecordFailure,
    verdict: Extract<Verdict, { readonly kind: 'recover' }>,
  ): Promise<void> {
    const retryInMs = await this.#parts.errorHandler.recover(record, error, verdict, serving.cancel.signal)
    if (serving.over) return
    if (retryInMs === undefined) {
      session.keys.begunAnew(key)
      session.settle(key, [record], Date.now())
      this.#parts.host.progressed()
    } else key.dueAt = Date.now() + retryInMs
    session.arm()
    serving.wake()
  }
}

/** Grouped by partition, in the order of the offsets within. */
function inOrder(records: readonly ListenerRecord[]): readonly ListenerRecord[] {
  return [...Map.groupBy(records, partitionName).values()].flatMap((ofPartition) =>
    ofPartition.sort((a, b) => (a.offset < b.offset ? -1 : 1)),
  )
}
