import type { FailingRecord, ListenerRecord, RecordPlace } from '../listener/listener-types.ts'
import type { RetryBackOff } from './back-off.ts'
import { retryDelay } from './back-off.ts'

export interface Attempt {
  /** Which delivery failed, from 1. */
  readonly attempt: number
  /** Wait before the next one; undefined: the back-off has no more. */
  readonly delayMs: number | undefined
}

/** Comparing so many places is cheaper than putting one name together. */
const FEW = 8

interface FailedRecord extends RecordPlace {
  readonly error: unknown
  readonly key: string | null
  readonly type: string | undefined
  readonly retryAt: number | undefined
  readonly backOff: RetryBackOff
  readonly failures: number
}

/**
 * How often the record at which a partition stands has failed: Spring's FailedRecordTracker. Another offset begins anew, and with
 * `resetOnExceptionChange` another kind of error does. A partition knows nothing of the others: what succeeds there is no reset here.
 * Where partitions go on behind failed records, each record is counted for itself.
 */
export class FailedRecordTracker {
  readonly #backOffFor: (record: ListenerRecord, error: unknown) => RetryBackOff
  readonly #resetOnExceptionChange: boolean
  readonly #random: () => number
  readonly #nameOf: (place: RecordPlace) => string
  readonly #failed = new Map<string, FailedRecord>()

  constructor(
    backOffFor: (record: ListenerRecord, error: unknown) => RetryBackOff,
    resetOnExceptionChange: boolean,
    random: () => number,
    /** What is counted together: by partition, at one record of which it stands; or by record. */
    nameOf: (place: RecordPlace) => string,
  ) {
    this.#nameOf = nameOf
    this.#backOffFor = backOffFor
    this.#resetOnExceptionChange = resetOnExceptionChange
    this.#random = random
  }

  /** Records that have failed and were not handled since. */
  get size(): number {
    return this.#failed.size
  }

  /** Notes a failure. */
  failed(record: ListenerRecord, error: unknown): Attempt {
    const name = this.#nameOf(record)
    const before = this.#failed.get(name)
    const goesOn =
      before !== undefined &&
      before.offset === record.offset &&
      !(this.#resetOnExceptionChange && !isSameKind(error, before.error))
    const failures = goesOn ? before.failures + 1 : 1
    const backOff = goesOn ? before.backOff : this.#backOffFor(record, error)
    const { topic, partition, offset, key, typeId: type } = record
    const delayMs = retryDelay(backOff, failures, this.#random)
    const retryAt = delayMs === undefined ? undefined : Date.now() + delayMs
    this.#failed.set(name, { topic, partition, offset, key, type, error, backOff, failures, retryAt })
    return { attempt: failures, delayMs }
  }

  /** The records that fail, those that have failed most often first. */
  failing(): readonly FailingRecord[] {
    return [...this.#failed.values()]
      .map(({ failures: attempts, backOff: _, ...record }) => ({ ...record, attempts }))
      .sort((a, b) => b.attempts - a.attempts)
  }

  /** Which delivery the next one is, from 1. Asked for each record: as long as few have failed, no name is put together for it. */
  attemptOf(record: ListenerRecord): number {
    const { topic, partition, offset } = record
    const candidates = this.#failed.size > FEW ? [this.#failed.get(this.#nameOf(record))] : this.#failed.values()
    for (const failed of candidates) {
      if (failed?.offset === offset && failed.partition === partition && failed.topic === topic)
        return failed.failures + 1
    }
    return 1
  }

  /** A record was handled, or has gone where failed records go; with `offset` only if it was that one that had failed last. */
  forget(place: RecordPlace, offset?: bigint): void {
    if (this.#failed.size === 0) return
    const name = this.#nameOf(place)
    if (offset === undefined || this.#failed.get(name)?.offset === offset) this.#failed.delete(name)
  }

  forgetAll(): void {
    this.#failed.clear()
  }
}

/** Spring's rule (the last error is an instance of the new one's class), and of the same code: our errors have few classes and many codes. */
function isSameKind(error: unknown, last: unknown): boolean {
  if (!(error instanceof Error) || !(last instanceof Error)) return typeof error === typeof last
  return last instanceof (error.constructor as new () => Error) && codeOf(error) === codeOf(last)
}

function codeOf(error: Error): unknown {
  return (error as { readonly code?: unknown }).code
}
