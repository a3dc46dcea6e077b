import type { AnyAggregate, NamedEvent } from '../aggregates/aggregate.ts'
import type { Rejection } from '../aggregates/rejection.ts'
import { isRejection } from '../aggregates/rejection.ts'
import type { CommandOutcome, UnitOfWork } from '../store/unit-of-work.ts'
import { requireSynchronous } from '../store/work.ts'
import type { CommandMeta } from './command-meta.ts'

/** A command on its way through the bus. */
export interface CommandMessage {
  readonly aggregate: AnyAggregate
  /** Of the aggregate. */
  readonly id: string
  readonly command: NamedEvent
  readonly meta: CommandMeta & { readonly id: string }
}

/**
 * Sees a command on the side of its sender, before it waits for its transaction (Axon's MessageDispatchInterceptor). Answers the metadata with which it
 * goes on, or a rejection; what it throws, the sender gets. Synchronous, so that commands keep the order in which they were sent.
 */
export type DispatchInterceptor<Code extends string = never> = (
  message: CommandMessage,
) => CommandMeta | Rejection<Code>

/**
 * Stands around a command in its transaction (Axon's MessageHandlerInterceptor). `proceed` goes on to the next interceptor and at last to the
 * aggregate. It may look at any state, execute further commands, add rows, and reject before or after: of a rejected command
 * nothing is stored, whatever was done in its unit. Like every handler it may run several times, and cannot await.
 */
export type HandlerInterceptor<Code extends string = never> = (
  message: CommandMessage,
  unit: UnitOfWork,
  proceed: () => CommandOutcome,
) => CommandOutcome | Rejection<Code>

/** Lets the interceptors change the metadata one after the other, until one rejects. */
export function dispatched(
  interceptors: readonly DispatchInterceptor<string>[],
  message: CommandMessage,
): CommandMessage | Rejection {
  let reached = message
  for (const intercept of interceptors) {
    const answer = requireSynchronous(intercept(reached), 'A dispatch interceptor')
    if (isRejection(answer)) return answer
    reached = { ...reached, meta: { ...answer, id: answer.id ?? reached.meta.id } }
  }
  return reached
}

/** Goes through the interceptors to `execute`, the first one outermost. */
export function handled(
  interceptors: readonly HandlerInterceptor<string>[],
  message: CommandMessage,
  unit: UnitOfWork,
  execute: () => CommandOutcome,
): CommandOutcome {
  const through = (n: number): CommandOutcome => {
    const intercept = interceptors[n]
    if (intercept === undefined) return execute()
    const answer = requireSynchronous(
      intercept(message, unit, () => through(n + 1)),
      'A handler interceptor',
    )
    return isRejection(answer) ? { events: [], rejection: answer } : answer
  }
  return through(0)
}
