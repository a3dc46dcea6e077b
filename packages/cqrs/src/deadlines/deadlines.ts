import type { Rejection } from '../aggregates/rejection.ts'
import type { RetryOptions } from '../back-off.ts'
import type { CqrsError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { DeadlineKey } from '../postgres/deadline-rows.ts'
import type { EventStore } from '../store/event-store.ts'

export interface DeadlinesOptions {
  readonly store: EventStore
  /** Deadlines in one transaction at most. Default 500. */
  readonly batchSize?: number
  /** How long a deadline that another process scheduled, or left behind, may go unnoticed. Default 500. */
  readonly pollIntervalMs?: number
  /** A process that took a deadline and died holds it for so long; then another one fires it. Default 10,000. */
  readonly leaseMs?: number
  /** When a deadline whose handler failed is tried again. Default: 1,000 ms × 2 up to 300,000 ms. */
  readonly retry?: RetryOptions
  /** Default: the store's. */
  readonly logger?: Logger
}

export interface DeadlineLag {
  /** Due and not fired yet, counted up to 100,000. */
  readonly due: number
  /** How long ago the oldest of them was due, by the store's clock; 0 when there is none. */
  readonly oldestSeconds: number
  /** Those of them whose saga or aggregate this store was not made with; they wait for a process that knows it. */
  readonly unknown: number
}

/**
 * - fired: it has taken effect, as if its time had come
 * - rejected: the aggregate refused it; it stays, and fires when it is due
 * - failed: its handler failed; it is tried again as after any failure
 * - under-way: somebody fires it
 * - unknown: there is no such deadline, or it has fired
 */
export type DeadlineRun =
  | { readonly status: 'fired' | 'under-way' | 'unknown' }
  | { readonly status: 'rejected'; readonly rejection: Rejection }
  | { readonly status: 'failed'; readonly error: CqrsError }

export interface Deadlines {
  start(): void
  /** Finishes the batch in hand. */
  stop(): Promise<void>
  /** Fires all that is due by the store's clock, and answers how many took effect. Works whether started or not. */
  fireDue(): Promise<number>
  /**
   * Fires one deadline now. To its saga it is the time at which it would have been due, so that what comes of it is what would have come then.
   * Works whether started or not. Rejects while the database is away.
   */
  runNow(deadline: DeadlineKey): Promise<DeadlineRun>
  /** Scheduled deadlines, due or not, of all processes. */
  pending(): Promise<number>
  lag(): Promise<DeadlineLag>
}
