import { hostname } from 'node:os'
import type { FeedStart } from '../messaging/feed-start.ts'
import { requireWholeNumber } from '../options.ts'
import type { SqlStatement } from '../sql-statement.ts'
import type { StoredEvent } from '../store/event.ts'
import { engineOf } from '../store/event-store.ts'
import { transactionOf } from '../store/version-token.ts'
import type { SegmentStatus } from './processor-control.ts'
import { ProcessorControl } from './processor-control.ts'
import type { ProcessorState } from './processor-loop.ts'
import { ProcessorLoop } from './processor-loop.ts'
import { ProgressWatch } from './progress-watch.ts'
import type { TrackingProcessorOptions } from './tracking-processor-options.ts'

export interface ProcessorStatus {
  readonly name: string
  /** Of this instance. */
  readonly state: ProcessorState
  /** Of this instance; undefined after a success. */
  readonly lastError: Error | undefined
  /** Of all instances. */
  readonly segments: readonly SegmentStatus[]
}

export interface TrackingProcessor {
  start(): void
  /** Finishes the batch in hand and gives the segments back. */
  stop(): Promise<void>
  readonly state: ProcessorState
  /** Why the last attempt failed; undefined after a success. */
  readonly lastError: Error | undefined
  status(): Promise<ProcessorStatus>
  /**
   * Sends all segments to a place, with the statements of `onReset`, in one transaction. Works while any number of instances run: what they
   * have in hand can no longer be committed, and they go on from the new place. (Axon wants them all stopped first.)
   */
  reset(options: { readonly to: FeedStart }): Promise<void>
  /** Makes two segments of one, while instances run. Throws UNKNOWN_SEGMENT, PROCESSOR_BUSY. */
  split(segment: number): Promise<void>
  /** Makes one segment of this one and its other half, while instances run. Throws UNKNOWN_SEGMENT, PROCESSOR_BUSY. */
  merge(segment: number): Promise<void>
  /**
   * Waits until everything up to a command's `token` has had its effect, wherever the processor runs. false: not within `timeoutMs`, or the
   * signal aborted. Throws MALFORMED_TOKEN.
   */
  reached(token: string, timeoutMs: number, signal?: AbortSignal): Promise<boolean>
}

const DEFAULTS = {
  segments: 4,
  initialPosition: 'start',
  batchSize: 2_000,
  pollIntervalMs: 500,
  leaseMs: 10_000,
  claimIntervalMs: 3_000,
} as const

/** As in Axon: 1 s, doubling up to 60 s. */
const RETRY = { initialDelayMs: 1_000, maxDelayMs: 60_000, multiplier: 2 } as const

/** A read model, or another consumer, that follows the events of its store: behind them, but never missing or repeating one in effect. */
export function createTrackingProcessor(options: TrackingProcessorOptions): TrackingProcessor {
  const engine = engineOf(options.store)
  const settings = {
    sequence: (event: StoredEvent): string | null => event.stream,
    onReset: (): readonly SqlStatement[] => [],
    onHandled: (): void => {},
    logger: engine.logger,
    ...DEFAULTS,
    ...options,
    backOff: { ...RETRY, ...options.retry },
    owner: `${hostname()}/${process.pid}/${crypto.randomUUID().slice(0, 8)}`,
  }
  const { segments, batchSize, pollIntervalMs, leaseMs, claimIntervalMs, owner } = settings
  requireWholeNumber({ segments, batchSize, pollIntervalMs, claimIntervalMs }, 1)
  requireWholeNumber({ leaseMs }, claimIntervalMs + 1)

  const control = new ProcessorControl(engine.connections, settings)
  const progress = new ProgressWatch(() => control.settled())
  const loop = new ProcessorLoop(engine, settings, () => progress.signal())
  return {
    start: () => loop.start(),
    stop: () => loop.stop(),
    get state() {
      return loop.state
    },
    get lastError() {
      return loop.lastError
    },
    status: async () => ({
      name: options.name,
      segments: await control.status(owner),
      state: loop.state,
      lastError: loop.lastError,
    }),
    reset: ({ to }) => control.reset(to),
    split: (segment) => control.split(segment),
    merge: (segment) => control.merge(segment),
    reached: async (token, timeoutMs, signal) => progress.reached(transactionOf(token), timeoutMs, signal),
  }
}
