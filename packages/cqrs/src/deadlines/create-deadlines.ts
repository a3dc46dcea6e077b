import type { BackOff } from '../back-off.ts'
import { requireBackOff } from '../back-off.ts'
import { requireWholeNumber } from '../options.ts'
import { engineOf } from '../store/event-store.ts'
import { DeadlineRunner } from './deadline-runner.ts'
import type { Deadlines, DeadlinesOptions } from './deadlines.ts'

const DEFAULTS = { batchSize: 500, pollIntervalMs: 500, leaseMs: 10_000 } as const
const RETRY: BackOff = { initialDelayMs: 1_000, maxDelayMs: 300_000, multiplier: 2 }

/**
 * Fires the deadlines of the store's sagas and aggregates: each takes effect once, in the transaction that deletes its row, however
 * many processes run and whichever dies. What is due is decided by the store's clock.
 */
export function createDeadlines(options: DeadlinesOptions): Deadlines {
  const { batchSize, pollIntervalMs, leaseMs } = { ...DEFAULTS, ...options }
  const backOff = { ...RETRY, ...options.retry }
  requireWholeNumber({ batchSize, pollIntervalMs, leaseMs }, 1)
  requireBackOff(backOff)
  const engine = engineOf(options.store)
  const logger = options.logger ?? engine.logger
  return new DeadlineRunner({ engine, logger, batchSize, pollIntervalMs, leaseMs, backOff })
}
