import { hostname } from 'node:os'
import type { Logger } from '../logger.ts'
import type { FeedStart } from '../messaging/feed-start.ts'
import { requireWholeNumber } from '../options.ts'
import type { RetryOptions } from '../outbound/outbound-calls.ts'
import type { SqlStatement } from '../sql-statement.ts'
import type { StoredEvent } from '../store/event.ts'
import type { EventStore } from '../store/event-store.ts'
import { engineOf } from '../store/event-store.ts'
import { transactionOf } from '../store/version-token.ts'
import type { SegmentStatus } from './processor-control.ts'
import { ProcessorControl } from './processor-control.ts'
import type { ProcessorState } from './processor-loop.ts'
import { ProcessorLoop } from './processor-loop.ts'
import { ProgressWatch } from './progress-watch.ts'

/** Statements to run in the transaction that moves the token; none when the effect is elsewhere. */
export type HandlerStatements = readonly SqlStatement[] | undefined

export interface TrackingProcessorOptions {
  readonly store: EventStore
  /** The tokens are stored under this name: processors of one name, in whatever process, share its segments. Never change it. */
  readonly name: string
  /**
   * Takes events in feed order and answers the statements of their effect (see `defineTable`), which are committed together with the
   * token: exactly once. What it does elsewhere, e.g. a call, happens at least once: an attempt that fails is repeated. `replaying` tells
   * that these events were handled before the last reset.
   */
  readonly handle: (
    events: readonly StoredEvent[],
    context: { readonly replaying: boolean },
  ) => HandlerStatements | Promise<HandlerStatements>
  /** Called when the effect of events is committed and so visible to queries, e.g. to emit updates. May be missed when the process dies or loses its connection. Default: nothing. */
  readonly onHandled?: (events: readonly StoredEvent[], context: { readonly replaying: boolean }) => void
  /** Only events of these types are handed over. Default: all. */
  readonly types?: readonly string[]
  /**
   * Events of one sequence are handled in order and by one instance at a time; null: the event stands alone. Default: the event's stream (Axon's
   * SequentialPerAggregatePolicy). Must not change while there are tokens.
   */
  readonly sequence?: (event: StoredEvent) => string | null
  /** Shares of the work, when the processor is new; later `split` and `merge` change them. Default 4. */
  readonly segments?: number
  /** Where a new processor begins. Default: `start`. */
  readonly initialPosition?: FeedStart
  /** The statements that undo all effects, e.g. `truncate shelf`. Run by `reset`, in its transaction. Default: none. */
  readonly onReset?: () => readonly SqlStatement[]
  /** Events per transaction at most. Default 2,000. */
  readonly batchSize?: number
  /** How long a commit of a process without this processor may go unnoticed. Milliseconds, default 500. */
  readonly pollIntervalMs?: number
  /** After this time without a sign of life another instance takes over the segments of this one. Milliseconds, default 10,000. */
  readonly leaseMs?: number
  /** How often an instance gives a sign of life and looks for its fair share. Milliseconds, default 3,000. */
  readonly claimIntervalMs?: number
  /** After a failure; nothing is skipped. Default: from 1,000 to 60,000 ms, doubling. */
  readonly retry?: RetryOptions
  /** Default: the store's. */
  readonly logger?: Logger
}

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
