import { randomUUIDv7 } from 'node:crypto'
import type { Pool } from 'pg'
import type { BackOff } from '../back-off.ts'
import { requireBackOff } from '../back-off.ts'
import type { AddressedCommand } from '../commands/addressed-command.ts'
import { queueOf } from '../commands/bus-queue.ts'
import type { CommandBus } from '../commands/command-bus.ts'
import type { Logger } from '../logger.ts'
import { requireWholeNumber } from '../options.ts'
import { settleCall } from '../postgres/outbound-rows.ts'
import type { NewEvent } from '../store/event.ts'
import type { EventStore } from '../store/event-store.ts'
import { engineOf } from '../store/event-store.ts'
import type { UnitOfWork } from '../store/unit-of-work.ts'
import { OutboundDispatcher } from './outbound-dispatcher.ts'

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

/** The delay doubles (see `multiplier`) from attempt to attempt, less up to half of it at random. */
export interface RetryOptions {
  /** Default 200. */
  readonly initialDelayMs?: number
  /** Default 30,000. */
  readonly maxDelayMs?: number
  /** Default 2. */
  readonly multiplier?: number
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

const DEFAULTS = { concurrency: 64, timeoutMs: 10_000, leaseMs: 4_000 } as const
const RETRY: BackOff = { initialDelayMs: 200, maxDelayMs: 30_000, multiplier: 2 }

/**
 * Calls to the outside world, made after the commit of the event that causes them, at least once and always with the same key, whose
 * result is stored exactly once. Registers itself with the store: make it before the first command, start it after the migrations.
 */
export function createOutboundCalls<R>(options: OutboundCallsOptions<R>): OutboundCalls {
  const { concurrency, timeoutMs, leaseMs } = { ...DEFAULTS, ...options }
  const backOff = { ...RETRY, ...options.retry }
  requireWholeNumber({ concurrency, timeoutMs, leaseMs }, 1)
  requireBackOff(backOff)
  const engine = engineOf(options.store)
  const dispatcher = new OutboundDispatcher<R>({
    engine,
    enqueue: queueOf(options.bus),
    logger: options.logger ?? engine.logger,
    name: options.name,
    owner: randomUUIDv7(),
    intents: options.intents,
    perform: options.perform,
    concurrency,
    timeoutMs,
    leaseMs,
    backOff,
  })
  engine.addProjection({ name: `outbound calls ${options.name}`, project: dispatcher.project })
  engine.listeners.onCommitted(dispatcher.committed)
  return {
    start: () => dispatcher.start(),
    stop: () => dispatcher.stop(),
    pending: () => dispatcher.pending(),
    name: options.name,
    open: () => dispatcher.open(),
    settle: (unit, key) => unit.write(settleCall(options.name, key)),
    runNow: (key) => dispatcher.runNow(key),
    onFailed: (listener) => dispatcher.onFailed(listener),
  }
}
