import type { AnyAggregate, CommandOf, NamedEvent, RejectionOf, StateOf } from '../aggregates/aggregate.ts'
import type { CommandConditions } from '../aggregates/decide.ts'
import { decide } from '../aggregates/decide.ts'
import { isRejection } from '../aggregates/rejection.ts'
import type { DeadlineScope } from '../deadlines/deadline.ts'
import { dueAt, scopeName } from '../deadlines/deadline.ts'
import type { DeadlineChange } from '../deadlines/deadline-changes.ts'
import { requireCommand } from '../deadlines/declared-deadlines.ts'
import type { DeadlineKey } from '../postgres/deadline-rows.ts'
import { requireDeadline } from '../sagas/saga-reaction.ts'
import type { RowWriter, SqlStatement } from '../sql-statement.ts'
import type { Attempt } from './attempt.ts'
import type { EventMetadata, NewEvent } from './event.ts'
import type { CommandOutcome, UnitOfWork, WorkContext, WorkUnit } from './unit-of-work.ts'

/** What an item writes besides events; kept apart until its handlers are through. */
export interface ItemWrites {
  readonly statements: SqlStatement[]
  readonly rows: [RowWriter<never>, unknown][]
  readonly deadlines: DeadlineChange[]
}

const NOTHING_TO_DO: CommandOutcome<never> = Object.freeze({ events: Object.freeze([]) })

/** The unit of one item of an attempt. */
export class ItemUnit implements WorkUnit {
  readonly now: Date
  readonly writes: ItemWrites
  readonly #attempt: Attempt
  readonly #metadata: EventMetadata

  constructor(
    attempt: Attempt,
    { correlationId, causationId = null, traceparent }: WorkContext,
    writes: ItemWrites = { statements: [], rows: [], deadlines: [] },
  ) {
    this.#attempt = attempt
    this.#metadata =
      traceparent === undefined ? { correlationId, causationId } : { correlationId, causationId, traceparent }
    this.now = attempt.now
    this.writes = writes
  }

  causedBy({ id, metadata }: NewEvent): UnitOfWork {
    return new ItemUnit(this.#attempt, { ...metadata, causationId: id }, this.writes)
  }

  supersedes(deadline: DeadlineKey, aggregate?: AnyAggregate): boolean {
    return this.#attempt.supersedes(deadline, aggregate)
  }

  state<A extends AnyAggregate>(aggregate: A, id: string): StateOf<A> {
    return this.#attempt.slot(aggregate, id).state
  }

  version(aggregate: AnyAggregate, id: string): number {
    return this.#attempt.slot(aggregate, id).version
  }

  execute<A extends AnyAggregate>(
    aggregate: A,
    id: string,
    command: CommandOf<A>,
    conditions?: CommandConditions,
  ): CommandOutcome<RejectionOf<A>> {
    const named = command as NamedEvent
    const slot = this.#attempt.slot(aggregate, id, named.type)
    const decision = decide(aggregate, slot, named, conditions)
    if (isRejection(decision)) return { events: NOTHING_TO_DO.events, rejection: decision as RejectionOf<A> }
    if (decision.length === 0) return NOTHING_TO_DO
    return { events: this.#attempt.append(slot, decision, this.#metadata) }
  }

  schedule(scope: DeadlineScope, name: string, when: { at: string } | { afterMs: number }): void {
    this.#requireName(scope, name)
    const { payload = {} } = when as { payload?: object }
    const { id } = scope
    const row = {
      scope: scopeName(scope),
      id,
      name,
      token: this.#attempt.newId(),
      dueAt: dueAt(when, this.now, `${name} of ${scopeName(scope)} '${id}'`),
      payload,
      metadata: this.#metadata,
    }
    this.writes.deadlines.push({ kind: 'schedule', row })
  }

  cancelDeadline(scope: DeadlineScope, name: string): void {
    this.#requireName(scope, name)
    this.writes.deadlines.push({ kind: 'cancel', scope: scopeName(scope), id: scope.id, name })
  }

  cancelDeadlines(scope: DeadlineScope): void {
    this.#attempt.requireKnown(scope)
    this.writes.deadlines.push({ kind: 'cancelAll', scope: scopeName(scope), id: scope.id })
  }

  write(statement: SqlStatement): void {
    this.writes.statements.push(statement)
  }

  add<R>(writer: RowWriter<R>, row: R): void {
    this.writes.rows.push([writer, row])
  }

  #requireName(scope: DeadlineScope, name: string): void {
    this.#attempt.requireKnown(scope)
    if ('saga' in scope) requireDeadline(scope.saga, name)
    else requireCommand(scope.aggregate, name)
  }
}
