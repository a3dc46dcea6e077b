import type { AnyAggregate, CommandOf, RejectionOf, StateOf } from '../aggregates/aggregate.ts'
import type { CommandConditions } from '../aggregates/decide.ts'
import type { Rejection } from '../aggregates/rejection.ts'
import type { DeadlineNames, DeadlinePayload, DeadlineScope, Scheduled } from '../deadlines/deadline.ts'
import type { DeadlineKey } from '../postgres/deadline-rows.ts'
import type { RowWriter, SqlStatement } from '../sql-statement.ts'
import type { NewEvent } from './event.ts'

export interface CommandOutcome<R extends Rejection = Rejection> {
  /** Empty when rejected, or when there was nothing to do. */
  readonly events: readonly NewEvent[]
  readonly rejection?: R
}

/**
 * One transaction over many streams, seen by one handler.
 *
 * A handler is synchronous and pure apart from the unit. A stream that is not in memory answers with its initial state
 * for the moment and is noted; once all handlers of the batch have been tried, everything that was noted is loaded by one query and all
 * handlers run again from the start, until nothing is missing. So a handler may run several times, and only its last run
 * counts: it must not keep anything outside of the unit.
 */
export interface UnitOfWork {
  /** One instant for the whole transaction; the `occurredAt` of its events. */
  readonly now: Date
  /** State including what was executed before in this unit. */
  state<A extends AnyAggregate>(aggregate: A, id: string): StateOf<A>
  /** Number of events in the stream, including those of this unit; 0 for a stream that does not exist. */
  version(aggregate: AnyAggregate, id: string): number
  /** Decides on the state as it is now in the unit; the events are visible to later reads of the same unit. */
  execute<A extends AnyAggregate>(
    aggregate: A,
    id: string,
    command: CommandOf<A>,
    conditions?: CommandConditions,
  ): CommandOutcome<RejectionOf<A>>
  /**
   * Makes something happen later: a deadline of a saga's instance, or a command to an aggregate. A name that is scheduled already for
   * the same scope is moved.
   */
  schedule<T extends DeadlineScope, N extends DeadlineNames<T>>(
    scope: T,
    name: N,
    when: Scheduled<DeadlinePayload<T, N>>,
  ): void
  /** Nothing happens when there is none. */
  cancelDeadline<T extends DeadlineScope>(scope: T, name: DeadlineNames<T>): void
  /** All of the scope. */
  cancelDeadlines(scope: DeadlineScope): void
  /** An extra statement of the same transaction. */
  write(statement: SqlStatement): void
  /** An extra row of the same transaction, written together with the rows of the other handlers of the batch. */
  add<R>(writer: RowWriter<R>, row: R): void
}

/** The unit of one item of a batch. */
export interface WorkUnit extends UnitOfWork {
  /** The same unit for what an event of it causes. */
  causedBy(event: NewEvent): UnitOfWork
  /** Whether an earlier item of the batch has moved or cancelled this deadline, of an aggregate by what that declares, too. */
  supersedes(deadline: DeadlineKey, aggregate?: AnyAggregate): boolean
}

/** Where the events of a handler come from. */
export interface WorkContext {
  readonly correlationId: string
  readonly causationId?: string | null
  readonly traceparent?: string
}
