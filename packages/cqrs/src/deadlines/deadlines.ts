import type { Rejection } from '../aggregates/rejection.ts'
import type { BackOff } from '../back-off.ts'
import { CqrsError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { requireWholeNumber } from '../options.ts'
import type { RetryOptions } from '../outbound/outbound-calls.ts'
import type { DeadlineKey } from '../postgres/deadline-rows.ts'
import type { EventStore } from '../store/event-store.ts'
import { engineOf } from '../store/event-store.ts'
import { DeadlineRunner } from './deadline-runner.ts'

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

const DEFAULTS = { batchSize: 500, pollIntervalMs: 500, leaseMs: 10_000 } as const
const RETRY: BackOff = { initialDelayMs: 1_000, maxDelayMs: 300_000, multiplier: 2 }

/**
 * Fires the deadlines of the store's sagas and aggregates: each takes effect once, in the transaction that deletes its row, however
 * many processes run and whichever dies. What is due is decided by the store's clock.
 */
export function createDeadlines(options: DeadlinesOptions): Deadlines {
  const { batchSize, pollIntervalMs, leaseMs } = { ...DEFAULTS, ...options }
  const backOff = { ...RETRY, ...options.retry }
  const { initialDelayMs, maxDelayMs, multiplier } = backOff
  requireWholeNumber({ batchSize, pollIntervalMs, leaseMs, initialDelayMs, maxDelayMs }, 1)
  if (!(multiplier >= 1)) {
    throw new CqrsError('INVALID_DEFINITION', `Option 'retry.multiplier' is ${multiplier}: it must be 1 or more.`)
  }
  const engine = engineOf(options.store)
  const logger = options.logger ?? engine.logger
  return new DeadlineRunner({ engine, logger, batchSize, pollIntervalMs, leaseMs, backOff })
}
