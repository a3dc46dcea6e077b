import type { Pool } from 'pg'
import type { AnyAggregate, CommandOf } from './aggregate.ts'
import type { CommandBus } from './command-bus.ts'
import { CqrsError } from './errors.ts'
import type { NewEvent } from './event.ts'
import type { EventStore } from './event-store.ts'
import type { Logger } from './logger.ts'

/** The command that stores the result of a call. Build it with `resultCommand`, which checks the types. */
export interface ResultCommand {
  readonly aggregate: AnyAggregate
  readonly id: string
  readonly command: { readonly type: string; readonly data: object }
}

export function resultCommand<A extends AnyAggregate>(aggregate: A, id: string, command: CommandOf<A>): ResultCommand {
  return { aggregate, id, command: command as ResultCommand['command'] }
}

export interface OutboundCall<R> {
  /** Idempotency key: the same for every attempt, whichever process makes it. */
  readonly key: string
  readonly request: R
  /** From 1. */
  readonly attempt: number
  /** Aborted when the time-out is over or the process stops at once. */
  readonly signal: AbortSignal
}

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
  readonly bus: CommandBus
  readonly pool: Pool
  /** E.g. `payment-gateway`. */
  readonly name: string
  /** Event type → the call that it causes. The row is stored in the transaction of the event. */
  readonly intents: Readonly<Record<string, (event: NewEvent) => { readonly key: string; readonly request: R } | null>>
  /** Makes the call. Throwing means: try again later with the same key. A business "no" is a result, so it returns a command too. */
  readonly perform: (call: OutboundCall<R>) => Promise<ResultCommand>
  /** Calls at the same time at most. Default 64. */
  readonly concurrency?: number
  /** An attempt is given up after this time, and repeated. Default 10,000. */
  readonly timeoutMs?: number
  readonly retry?: RetryOptions
  /** After this time without a sign of life, another process takes over the calls of this one. Default 4,000. */
  readonly leaseMs?: number
  readonly logger?: Logger
}

export interface OutboundCalls {
  start(): void
  /** Lets the calls under way finish for up to `timeoutMs`; the rest is left for the next process. */
  stop(): Promise<void>
  /** Calls without a stored result, of all processes. */
  pending(): Promise<number>
}

/** Registers itself with the store; start it after the migrations. */
export function createOutboundCalls<R>(_options: OutboundCallsOptions<R>): OutboundCalls {
  throw new CqrsError('CLOSED', 'under construction')
}
