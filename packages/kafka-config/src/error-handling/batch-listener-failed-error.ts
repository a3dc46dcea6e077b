import { chain } from '../client/failure.ts'
import { KafkaConfigError } from '../errors.ts'
import type { ListenerRecord } from '../listener/listener-types.ts'

/**
 * Says which record of its batch a listener could not handle (Spring's BatchListenerFailedException): those before it are handled and get
 * committed, it comes again after the back-off together with what follows it in its partition.
 */
export class BatchListenerFailedError extends KafkaConfigError {
  /** In the list that the listener was called with, or one of its records. */
  readonly at: number | ListenerRecord

  constructor(at: number | ListenerRecord, options?: ErrorOptions) {
    const which = typeof at === 'number' ? `${at} of the batch` : `${at.topic}-${at.partition}@${at.offset}`
    const cause = options?.cause instanceof Error ? `: ${options.cause.message}` : ''
    super('LISTENER_FAILED', `The listener failed at record ${which}${cause}`, options)
    this.at = at
  }
}

/** Index of the record that a BatchListenerFailedError in the chain of causes names; undefined when none does, or none of these. */
export function failedIndex(error: unknown, records: readonly ListenerRecord[]): number | undefined {
  for (const at of chain(error)) {
    if (!(at instanceof BatchListenerFailedError)) continue
    const place = at.at
    if (typeof place === 'number') return Number.isInteger(place) && records[place] !== undefined ? place : undefined
    const { topic, partition, offset } = place
    const index = records.findIndex((r) => r.offset === offset && r.partition === partition && r.topic === topic)
    return index < 0 ? undefined : index
  }
  return undefined
}

/** What really failed: below the error that only says at which record. */
export function failureOf(error: unknown): unknown {
  return error instanceof BatchListenerFailedError && error.cause !== undefined ? failureOf(error.cause) : error
}
