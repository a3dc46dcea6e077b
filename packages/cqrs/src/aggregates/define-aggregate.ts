import type { Aggregate, Payloads } from './aggregate.ts'
import { checkAggregate } from './check-aggregate.ts'
import { deepFreeze } from './definition.ts'

/**
 * Checks a definition and freezes it, its initial state included, so that an `evolve` that mutates fails at once.
 * Write the types out: `defineAggregate<State, Commands, Events>({ ... })`, or with the codes of its rejections as a fourth,
 * so that callers can switch over them and the compiler knows whether a case is missing.
 */
export function defineAggregate<S, C extends Payloads<C>, E extends Payloads<E>, R extends string = string>(
  definition: Aggregate<S, C, E, R>,
): Aggregate<S, C, E, R> {
  checkAggregate(definition)
  return Object.freeze({ ...definition, initial: deepFreeze(definition.initial) })
}
