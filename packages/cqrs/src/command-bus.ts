import type { AnyAggregate, CommandOf, StateOf } from './aggregate.ts'
import { CqrsError } from './errors.ts'
import type { NewEvent } from './event.ts'
import type { EventStore } from './event-store.ts'
import type { Rejection } from './rejection.ts'
import type { UnitOfWork, WorkContext } from './unit-of-work.ts'

export interface CommandMeta extends WorkContext {
  /** Makes the command take effect once, however often it is sent. */
  readonly idempotency?: {
    readonly key: string
    /** Stands for the content (e.g. a hash of the body): the same key with another fingerprint is rejected as IDEMPOTENCY_KEY_REUSED. */
    readonly fingerprint: string
  }
}

export interface AcceptedCommand<S = unknown> {
  readonly status: 'accepted'
  /** Empty when there was nothing to do. */
  readonly events: readonly NewEvent[]
  /** Of the stream, after the command. */
  readonly version: number
  readonly state: S
  /** True when this is the first result again, because the idempotency key was used before. */
  readonly replayed: boolean
}

export interface RejectedCommand {
  readonly status: 'rejected'
  readonly rejection: Rejection
}

export type CommandResult<S = unknown> = AcceptedCommand<S> | RejectedCommand

export interface CommandBusOptions {
  readonly store: EventStore
  /** Commands in one transaction at most. Default 500. */
  readonly maxGroup?: number
}

export interface CommandBus {
  /** Throws CqrsError when the command could not be decided or stored; a business "no" is a result. */
  execute<A extends AnyAggregate>(
    aggregate: A,
    id: string,
    command: CommandOf<A>,
    meta: CommandMeta,
  ): Promise<CommandResult<StateOf<A>>>
  /** A handler over several streams, grouped with the other commands. */
  run<T>(work: (unit: UnitOfWork) => T, context: WorkContext): Promise<T>
  /** Takes no more, waits for what it has. */
  close(): Promise<void>
}

export function createCommandBus(_options: CommandBusOptions): CommandBus {
  throw new CqrsError('CLOSED', 'under construction')
}
