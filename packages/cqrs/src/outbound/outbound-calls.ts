import type { Pool } from 'pg'
import type { RetryOptions } from '../back-off.ts'
import type { AddressedCommand } from '../commands/addressed-command.ts'
import type { CommandBus } from '../commands/command-bus.ts'
import type { Logger } from '../logger.ts'
import type { NewEvent } from '../store/event.ts'
import type { EventStore } from '../store/event-store.ts'
import type { UnitOfWork } from '../store/unit-of-work.ts'

export interface OutboundCall<R> {
  /** Idempotency key: the same for every attempt, whichever process makes it. */
  readonly key: string
  readonly request: R
  /** From 1. */
  readonly attempt: number
  /** W3C trace context of the event that caused it. */
  readonly traceparent?: string
  /** Aborted when the attempt is given up. */
  readonly signal: AbortSignal
}

export interface OutboundCallsOptions<R> {
  readonly store: EventStore
  readonly bus: CommandBus<string>
  /** Not used beyond the store's. Accepted so that wiring reads the same everywhere. */
  readonly pool?: Pool
  /** E.g. `payment-gateway`. */
  readonly name: string
  /** Event type → the call that it causes, null for none. The row is stored in the transaction of the event. */
  readonly intents: Readonly<Record<string, (event: NewEvent) => { readonly key: string; readonly request: R } | null>>
  /**
   * Makes the call. Throwing means: try again later with the same key, for ever. A business "no" is a result, so it resolves to a
   * command too (see `send`).
   */
  readonly perform: (call: OutboundCall<R>) => Promise<AddressedCommand>
  /** Calls at the same time at most. Default 64. */
  readonly concurrency?: number
  /** An attempt is given up after this time, and repeated. Default 10,000. */
  readonly timeoutMs?: number
  /** When a call that failed is made again. Default: 200 ms × 2 up to 30,000 ms. */
  readonly retry?: RetryOptions
  /** After this time without a sign of life another process takes over the calls of this one. Default 4,000. */
  readonly leaseMs?: number
  /** Default: the store's. */
  readonly logger?: Logger
}

export interface OpenCalls {
  /** Calls without a stored result, of all processes; counted up to 100,000. */
  readonly calls: number
  /** Age of the oldest of them in seconds; 0 when there is none. */
  readonly oldestSeconds: number
}

/**
 * - started: it waited for another attempt, which is made at once; by another process that holds it within a second
 * - under-way: it is being made, or about to be
 * - unknown: there is no such call, or it is answered
 */
export type CallRun =
  | { readonly status: 'started' | 'under-way'; readonly attempt: number }
  | { readonly status: 'unknown' }

export interface OutboundCalls {
  readonly name: string
  start(): Promise<void>
  /** Lets the calls under way finish for up to `timeoutMs`; the rest is left for the next process. */
  stop(): Promise<void>
  /** Calls without a stored result, of all processes. */
  pending(): Promise<number>
  open(): Promise<OpenCalls>
  /**
   * Ends the call of this key with the transaction of the unit, because its result came another way: by a webhook, or by hand. An attempt that is under
   * way may still be answered, which counts no more; no further one is made. Nothing happens when the call is over.
   */
  settle(unit: UnitOfWork, key: string): void
  /** Makes a call that waits for another attempt at once, whichever process holds it: the same call, with the same key. */
  runNow(key: string): Promise<CallRun>
  /** Called for each attempt of this process that fails. */
  onFailed(listener: () => void): void
}
