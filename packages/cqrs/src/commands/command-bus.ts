import type { AnyAggregate, CommandOf, RejectionOf, StateOf } from '../aggregates/aggregate.ts'
import type { Rejection } from '../aggregates/rejection.ts'
import type { NewEvent } from '../store/event.ts'
import type { EventStore } from '../store/event-store.ts'
import type { UnitOfWork, WorkContext } from '../store/unit-of-work.ts'
import type { CommandMeta } from './command-meta.ts'
import type { DispatchInterceptor, HandlerInterceptor } from './interceptors.ts'

export interface AcceptedCommand<S = unknown> {
  readonly status: 'accepted'
  /** Of the aggregate; when replayed, of the aggregate of the first time. */
  readonly id: string
  /** Empty when there was nothing to do. */
  readonly events: readonly NewEvent[]
  /** Of the stream, after the command. */
  readonly version: number
  /** After the command. */
  readonly state: S
  /** True when this is the first result again, because the idempotency key was used before. */
  readonly replayed: boolean
  /**
   * Opaque. Who passes it to `reached` of a tracking processor reads what the command wrote. Where there was nothing to do it stands for the newest
   * write of this process.
   */
  readonly token: string
}

export interface RejectedCommand<R extends Rejection = Rejection> {
  readonly status: 'rejected'
  readonly rejection: R
}

export type CommandResult<S = unknown, R extends Rejection = Rejection> = AcceptedCommand<S> | RejectedCommand<R>

/** The result of any command of an aggregate: `switch (result.rejection.rejected)` knows all codes. */
export type ResultOf<A extends AnyAggregate> = CommandResult<StateOf<A>, RejectionOf<A>>

/** `Code`: of the rejections that come from interceptors. */
export interface CommandBusOptions<Code extends string = never> {
  readonly store: EventStore
  /** On the sender's side, in this order. Default: none. */
  readonly dispatch?: readonly DispatchInterceptor<Code>[]
  /** Around each command of `execute` in its transaction, the first one outermost. Default: none. */
  readonly handle?: readonly HandlerInterceptor<Code>[]
  /** Commands in one transaction at most. Default 500. */
  readonly maxGroup?: number
}

export interface CommandBus<Code extends string = never> {
  /** Throws CqrsError when the command could not be decided or stored; a business "no" is a result. */
  execute<A extends AnyAggregate>(
    aggregate: A,
    id: string,
    command: CommandOf<A>,
    meta: CommandMeta,
  ): Promise<CommandResult<StateOf<A>, RejectionOf<A> | Rejection<Code>>>
  /** A handler over several streams, grouped with the other commands. */
  run<T>(work: (unit: UnitOfWork) => T, context: WorkContext): Promise<T>
  /** Takes no more, waits for what it has. */
  close(): Promise<void>
}
