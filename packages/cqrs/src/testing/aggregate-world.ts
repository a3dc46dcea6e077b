import { AssertionError } from 'node:assert/strict'
import type { AnyAggregate, NamedEvent } from '../aggregates/aggregate.ts'
import { decide } from '../aggregates/decide.ts'
import { deepFreeze } from '../aggregates/definition.ts'
import { evolve } from '../aggregates/fold.ts'
import type { Rejection } from '../aggregates/rejection.ts'
import { isRejection } from '../aggregates/rejection.ts'
import type { EventPlace } from '../aggregates/upcaster.ts'
import type { DeclaredDeadline } from '../deadlines/declared-deadlines.ts'
import { deadlineDifference, declaredDeadlines } from '../deadlines/declared-deadlines.ts'
import { dueFirst, names, same, survivesJson } from './expectations.ts'

/** Of the aggregate under test, in the details of the kernel's rejections. */
const ID = 'under-test'

/** More deadlines than this one after the other are taken for an aggregate that moves them for ever. */
const MAX_FIRED = 1_000

/** One aggregate and its time, without a database. Never changed: each step answers the next one. */
export interface AggregateWorld {
  readonly now: Date
  readonly version: number
  readonly state: unknown
  readonly deadlines: readonly DeclaredDeadline[]
  /** From where the state can be had again. */
  readonly source: { readonly version: number; readonly state: unknown }
  readonly history: readonly (NamedEvent & EventPlace)[]
}

/** What a command, or time, led to. */
export interface Outcome {
  readonly world: AggregateWorld
  readonly events: readonly NamedEvent[]
  readonly rejections: readonly Rejection[]
  /** Names of the deadlines that were due. */
  readonly triggered: readonly string[]
}

export function worldOf(aggregate: AnyAggregate, now: Date, state: unknown, version: number): AggregateWorld {
  deepFreeze(state)
  const deadlines = version === 0 ? [] : declaredDeadlines(aggregate, ID, state)
  return { now, version, state, deadlines, source: { version, state }, history: [] }
}

export function happened(
  aggregate: AnyAggregate,
  world: AggregateWorld,
  events: readonly NamedEvent[],
): AggregateWorld {
  let { state, version } = world
  const history = [...world.history]
  for (const { type, data } of events) {
    version += 1
    const event = { type, data: deepFreeze(data), version, occurredAt: world.now.toISOString() }
    state = deepFreeze(evolve(aggregate, state, event, event))
    history.push(event)
    if (aggregate.snapshotEvery !== undefined)
      survivesJson(state, `the state of ${aggregate.name}, which has snapshots,`)
  }
  const { scheduled, cancelled } = deadlineDifference(aggregate, ID, world.state, state)
  const over = new Set([...cancelled, ...scheduled.map(({ name }) => name)])
  const deadlines = [...world.deadlines.filter(({ name }) => !over.has(name)), ...scheduled]
  return { ...world, state, version, history, deadlines }
}

/** Lets the aggregate decide, twice: a handler may run several times, so it must answer the same each time. */
export function executed(aggregate: AnyAggregate, world: AggregateWorld, { type, data }: NamedEvent): Outcome {
  const { name } = aggregate
  if (!Object.hasOwn(aggregate.decide, type)) {
    throw new AssertionError({ message: `${name} has no command '${type}'; it has: ${names(aggregate.decide)}` })
  }
  const command = { type, data: deepFreeze(data) }
  const decideNow = () => decide(aggregate, { id: ID, ...world }, command)
  const decision = decideNow()
  same(decideNow(), decision, `${name} decided ${type} differently the second time; its functions must be pure`)
  if (isRejection(decision)) return { world, events: [], rejections: [decision], triggered: [] }
  for (const event of decision) survivesJson(event.data, `the data of ${name}'s event ${event.type}`)
  return { world: happened(aggregate, world, decision), events: decision, rejections: [], triggered: [] }
}

/** Time goes on to an instant; what is due on the way is due at its own instant, in order. A rejected command is done with, too. */
export function advanced(aggregate: AnyAggregate, from: AggregateWorld, to: Date): Outcome {
  let world = from
  const events: NamedEvent[] = []
  const rejections: Rejection[] = []
  const triggered: string[] = []
  for (;;) {
    const due = dueFirst(world.deadlines, to)
    if (due === undefined) break
    const { name, data, dueAt } = due
    if (triggered.length === MAX_FIRED) {
      throw new AssertionError({
        message: `${aggregate.name} moves its deadline ${name} for ever: ${MAX_FIRED} were due`,
      })
    }
    triggered.push(name)
    const now = new Date(Math.max(world.now.getTime(), Date.parse(dueAt)))
    const waiting = { ...world, now, deadlines: world.deadlines.filter((deadline) => deadline !== due) }
    const outcome = executed(aggregate, waiting, { type: name, data })
    world = outcome.world
    events.push(...outcome.events)
    rejections.push(...outcome.rejections)
  }
  return { world: { ...world, now: to > world.now ? to : world.now }, events, rejections, triggered }
}

/** The state must follow from the events alone: folding them again, as they were stored, must lead to the same one. */
export function isSourced(aggregate: AnyAggregate, { source, history, state }: AggregateWorld): void {
  let again = source.state
  for (const event of history) {
    const stored = { type: event.type, data: JSON.parse(JSON.stringify(event.data)) }
    again = deepFreeze(evolve(aggregate, again, stored, event))
  }
  same(again, state, `the state of ${aggregate.name} does not follow from its events; its functions must be pure`)
}
