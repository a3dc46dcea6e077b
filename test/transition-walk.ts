import type { AnyAggregate, Owners, StateOf, Transitions } from '@stocker/cqrs'
import { isRejection } from '@stocker/cqrs'

type Evolve = (state: unknown, data: unknown, at: { occurredAt: string; version: number }) => unknown
type Decide = (data: unknown, state: unknown) => readonly { readonly type: string; readonly data: object }[]

const AT = { occurredAt: '2026-03-01T12:00:00.000Z', version: 1 }

type Commands<A extends AnyAggregate> = readonly (readonly [name: keyof A['decide'] & string, data: object])[]

// Quantities and histories grow without an end; what matters here is reached long before.
const ENOUGH_STATES = 500

const statusOf = (state: unknown): string => (state as { readonly status: string }).status

/** Every change of status that some event of some command makes, as `FROM → TO`, and the states met, starting with the initial one. */
const walk = <A extends AnyAggregate>(aggregate: A, commands: Commands<A>) => {
  const arrows = new Set<string>()
  const states = new Map<string, StateOf<A>>([[JSON.stringify(aggregate.initial), aggregate.initial]])
  for (const state of states.values()) {
    for (const [name, data] of commands) {
      const decision = (aggregate.decide[name] as unknown as Decide)(data, state)
      if (isRejection(decision)) continue
      let now: unknown = state
      for (const event of decision) {
        const next = (aggregate.evolve[event.type] as unknown as Evolve)(now, event.data, AT)
        if (statusOf(next) !== statusOf(now)) arrows.add(`${statusOf(now)} → ${statusOf(next)}`)
        now = next
      }
      if (states.size < ENOUGH_STATES) states.set(JSON.stringify(now), now)
    }
  }
  return { arrows, states: [...states.values()] }
}

/** Every change of status that some event of some command makes, as `FROM → TO`, starting with the initial state. */
export const arrowsMade = <A extends AnyAggregate>(aggregate: A, commands: Commands<A>): string[] =>
  [...walk(aggregate, commands).arrows].sort()

/** The states in which a table of owners names a deadline that the aggregate does not have there; empty is right. */
export const deadlinesMissing = <A extends AnyAggregate, T extends Transitions>(
  aggregate: A,
  commands: Commands<A>,
  owners: Owners<T>,
): unknown[] =>
  walk(aggregate, commands).states.filter((state) => {
    const owner = (owners as Readonly<Record<string, { readonly deadline?: string }>>)[statusOf(state)]
    const deadlines = aggregate.deadlines?.(state as never) ?? {}
    return owner?.deadline !== undefined && deadlines[owner.deadline] === undefined
  })

/** The arrows of a transition table, in the form of {@link arrowsMade}. */
export const arrowsDrawn = (table: Readonly<Record<string, readonly string[]>>): string[] =>
  Object.entries(table)
    .flatMap(([from, targets]) => targets.map((to) => `${from} → ${to}`))
    .sort()

/** The states that can be reached from one by the arrows of a table. */
export const reachableFrom = (start: string, table: Readonly<Record<string, readonly string[]>>): string[] => {
  const reached = new Set([start])
  for (const status of reached) for (const next of table[status] ?? []) reached.add(next)
  return [...reached].sort()
}
