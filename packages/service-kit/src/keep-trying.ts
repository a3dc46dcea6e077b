import { setTimeout as sleep } from 'node:timers/promises'
import { ServiceKitError } from './errors.ts'
import type { Logger } from './logging/create-logger.ts'

export interface KeepTryingOptions {
  /** What is waited for, as in "waiting for the database shop at 127.0.0.1:5432". */
  readonly what: string
  readonly logger: Logger
  /** Ends the waiting: the promise rejects with STOPPED. */
  readonly signal?: AbortSignal
  /** Errors that no waiting cures are thrown at once. Default: every error is waited out. */
  readonly retryable?: (error: unknown) => boolean
  readonly backOff?: Partial<BackOff>
}

export interface BackOff {
  /** Pause after the first failure. Milliseconds, default 100. */
  readonly initialDelayMs: number
  /** Longest pause. Milliseconds, default 2,000. */
  readonly maxDelayMs: number
  /** Default 1.6. */
  readonly multiplier: number
  /** A wait that goes on is logged again after this time. Milliseconds, default 10,000. */
  readonly remindEveryMs: number
  /** A wait shorter than this is not logged. Milliseconds, default 0. */
  readonly sayAfterMs: number
}

export const BACK_OFF: BackOff = {
  initialDelayMs: 100,
  maxDelayMs: 2_000,
  multiplier: 1.6,
  remindEveryMs: 10_000,
  sayAfterMs: 0,
}

/** Repeats `attempt` with growing pauses until it succeeds; says what it waits for, reminds of it, and says when it is there. */
export async function keepTrying<T>(attempt: () => Promise<T>, options: KeepTryingOptions): Promise<T> {
  const { what, logger, signal } = options
  const backOff = { ...BACK_OFF, ...options.backOff }
  const started = performance.now()
  let delayMs = backOff.initialDelayMs
  let saidAt: number | undefined
  for (let attempts = 1; ; attempts += 1) {
    if (signal?.aborted) throw stopped(what)
    try {
      const result = await attempt()
      if (saidAt !== undefined) logger.info({ what, attempts, seconds: elapsedSeconds(started) }, `${what} is there`)
      return result
    } catch (error) {
      if (options.retryable?.(error) === false) throw error
      const now = performance.now()
      const due = saidAt === undefined ? started + backOff.sayAfterMs : saidAt + backOff.remindEveryMs
      if (now >= due) {
        saidAt = now
        logger.warn(
          { what, attempts, seconds: elapsedSeconds(started), reason: reasonOf(error) },
          `waiting for ${what}`,
        )
      }
    }
    await sleep(delayMs, undefined, signal === undefined ? undefined : { signal }).catch(() => {
      throw stopped(what)
    })
    delayMs = Math.min(delayMs * backOff.multiplier, backOff.maxDelayMs)
  }
}

/** One line about an error: its message, or that of its first cause that has one (Node's connection errors are empty aggregates). */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(reasonOf).join('; ')
  const own = error.message || ('code' in error ? String(error.code) : error.name)
  return error.cause instanceof Error ? `${own}: ${reasonOf(error.cause)}` : own
}

function stopped(what: string): ServiceKitError {
  return new ServiceKitError('STOPPED', `Stopped while waiting for ${what}.`)
}

function elapsedSeconds(started: number): number {
  return Math.round((performance.now() - started) / 100) / 10
}
