import type { AnyAggregate } from '../aggregates/aggregate.ts'
import { CqrsError } from '../errors.ts'
import { dueAt } from './deadline.ts'

export interface DeclaredDeadline {
  readonly name: string
  /** ISO 8601, UTC. */
  readonly dueAt: string
  readonly data: object
}

/** What must happen to an aggregate in this state, and when: its `deadlines`, checked. */
export function declaredDeadlines(aggregate: AnyAggregate, id: string, state: unknown): readonly DeclaredDeadline[] {
  const declared = aggregate.deadlines?.(state as never) ?? {}
  return Object.entries(declared).flatMap(([name, deadline]) => {
    if (deadline === undefined) return []
    requireCommand(aggregate, name)
    const at = dueAt({ at: deadline.at }, UNUSED, `${name} of ${aggregate.name} '${id}'`)
    return [{ name, dueAt: at, data: deadline.data }]
  })
}

/** An instant says when it is; nothing is counted from now. */
const UNUSED = new Date(0)

export function requireCommand(aggregate: AnyAggregate, name: string): void {
  if (Object.hasOwn(aggregate.decide, name)) return
  throw new CqrsError(
    'UNKNOWN_DEADLINE',
    `A deadline of aggregate '${aggregate.name}' is one of its commands: ${Object.keys(aggregate.decide).join(', ')}; not '${name}'.`,
  )
}

export interface DeadlineDifference {
  readonly scheduled: readonly DeclaredDeadline[]
  /** Names. */
  readonly cancelled: readonly string[]
}

/** What new events change about the deadlines of an aggregate. One that keeps its name and instant is left alone. */
export function deadlineDifference(
  aggregate: AnyAggregate,
  id: string,
  before: unknown,
  after: unknown,
): DeadlineDifference {
  const had = new Map(declaredDeadlines(aggregate, id, before).map((deadline) => [deadline.name, deadline.dueAt]))
  const has = declaredDeadlines(aggregate, id, after)
  const scheduled = has.filter(({ name, dueAt }) => had.get(name) !== dueAt)
  for (const { name } of has) had.delete(name)
  return { scheduled, cancelled: [...had.keys()] }
}
