import type { AnyAggregate, CommandOf } from '../aggregates/aggregate.ts'
import { CqrsError } from '../errors.ts'
import type { AnySaga, DeadlinesOf } from '../sagas/saga.ts'

/** When a deadline is due: at an instant (ISO 8601), or so many milliseconds after the `now` of the transaction. */
export type DeadlineTime = { readonly at: string } | { readonly afterMs: number }

/** An instance of a saga, or an aggregate. Deadlines belong to it: a name is scheduled once per scope. */
export type DeadlineScope<A extends AnyAggregate = AnyAggregate, S extends AnySaga = AnySaga> =
  | { readonly aggregate: A; readonly id: string }
  | { readonly saga: S; readonly id: string }

/** What is due: of a saga one of its `deadlines`, of an aggregate a command of that name. */
export type DeadlineNames<T> = T extends { readonly saga: infer S extends AnySaga }
  ? keyof DeadlinesOf<S> & string
  : T extends { readonly aggregate: infer A extends AnyAggregate }
    ? CommandOf<A>['type']
    : never

/** What is handed to the saga's handler, or the command's data. */
export type DeadlinePayload<T, N extends string> = T extends { readonly saga: infer S extends AnySaga }
  ? N extends keyof DeadlinesOf<S>
    ? DeadlinesOf<S>[N]
    : never
  : T extends { readonly aggregate: infer A extends AnyAggregate }
    ? Extract<CommandOf<A>, { readonly type: N }>['data']
    : never

/** `{ at | afterMs, payload }`; a payload without required fields may be left out, and is `{}` then. */
export type Scheduled<P> = DeadlineTime & (object extends P ? { readonly payload?: P } : { readonly payload: P })

/** As the table names it. */
export const scopeName = (
  scope: { readonly saga: { readonly name: string } } | { readonly aggregate: { readonly name: string } },
): string => ('saga' in scope ? `saga:${scope.saga.name}` : `aggregate:${scope.aggregate.name}`)

/** ISO 8601, UTC. */
export function dueAt(time: DeadlineTime, now: Date, what: string): string {
  const due = 'at' in time ? Date.parse(time.at) : now.getTime() + time.afterMs
  const usable = 'at' in time || (Number.isFinite(time.afterMs) && time.afterMs >= 0)
  if (usable && Math.abs(due) <= MAX_TIME) return new Date(due).toISOString()
  throw new CqrsError(
    'INVALID_ARGUMENT',
    `Deadline ${what} cannot be scheduled for ${JSON.stringify(time)}: 'at' is an instant in ISO 8601, 'afterMs' a number from 0 on.`,
  )
}

/** Of JavaScript's dates. */
const MAX_TIME = 8.64e15
