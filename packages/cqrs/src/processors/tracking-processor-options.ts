import type { RetryOptions } from '../back-off.ts'
import type { Logger } from '../logger.ts'
import type { FeedStart } from '../messaging/feed-start.ts'
import type { SqlStatement } from '../sql-statement.ts'
import type { StoredEvent } from '../store/event.ts'
import type { EventStore } from '../store/event-store.ts'

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
