import type { AnyAggregate } from '../aggregates/aggregate.ts'
import { CqrsError } from '../errors.ts'
import type { SagaAttempt } from '../sagas/saga-attempt.ts'
import type { Gate, GateRow } from './gate.ts'
import type { WorkContext, WorkUnit } from './unit-of-work.ts'

export const NO_EFFECT = Symbol('no effect')

/** One message or command of a batch. */
export interface WorkItem {
  readonly context: WorkContext
  /**
   * May run several times; the last run counts. Answers the row for the gate, undefined when there was no effect to
   * remember, or NO_EFFECT when all that was done in the unit is to be undone. Afterwards the sagas get the events of the unit.
   */
  run(unit: WorkUnit, sagas: SagaAttempt | undefined): GateRow | undefined | typeof NO_EFFECT
  /** Streams that it certainly needs; the rest shows when it runs. */
  readonly streams?: readonly { readonly aggregate: AnyAggregate; readonly id: string; readonly command: string }[]
  /** Takes effect once per key. */
  readonly once?: { readonly gate: Gate; readonly key: string }
  /** Items of one sequence keep their order: when one fails, the later ones are held. */
  readonly sequence?: string
}

export type WorkOutcome =
  | { readonly status: 'done' }
  /** Its key went through the gate before; this is the row of then. */
  | { readonly status: 'passed'; readonly row: GateRow }
  /** `untried`: not its own failure, but that of items before it. */
  | { readonly status: 'failed'; readonly error: CqrsError; readonly untried?: true }
  | { readonly status: 'held' }

/** What a handler decides after an `await` would come too late for its transaction, and be lost without a word. */
export function requireSynchronous<T>(returned: T, what: string): T {
  if (typeof returned === 'object' && returned !== null && 'then' in returned) {
    // Its own failure is of no interest any more.
    if (returned instanceof Promise) returned.catch(() => {})
    throw new CqrsError(
      'INVALID_DEFINITION',
      `${what} is asynchronous; read what it needs before, or call out by an outbound call.`,
    )
  }
  return returned
}
