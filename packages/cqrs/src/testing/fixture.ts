import { AssertionError } from 'node:assert/strict'
import type { AnyAggregate, CommandOf, EventOf, NamedEvent, StateOf } from '../aggregates/aggregate.ts'
import type { AggregateWorld, Outcome } from './aggregate-world.ts'
import { advanced, executed, happened, isSourced, worldOf } from './aggregate-world.ts'
import { instantOf, START, same } from './expectations.ts'

/** The past of the aggregate under test. */
export interface Given<A extends AnyAggregate> {
  /** Events that happened, or commands that were accepted, in order. A name that is both an event and a command counts as the event. */
  given(...history: readonly (EventOf<A> | CommandOf<A>)[]): Given<A>
  /** Commands that were accepted. */
  givenCommands(...commands: readonly CommandOf<A>[]): Given<A>
  /** Nothing has happened yet; how every fixture begins. */
  givenNoPriorActivity(): Given<A>
  /** A state without its history. Its deadlines are scheduled. */
  givenState(state: StateOf<A>): Given<A>
  /** What follows happens at this instant (ISO 8601). Default: 2026-01-01T00:00:00.000Z. Deadlines stay as they are. */
  at(instant: string): Given<A>
  /** Moves the clock on. Deadlines stay as they are; `whenTimeElapses(…).andThen()` lets them be due. */
  elapses(milliseconds: number): Given<A>
  when(command: CommandOf<A>): Then<A>
  /** Time goes on; each of the aggregate's `deadlines` on the way is due at its own instant. */
  whenTimeElapses(milliseconds: number): Then<A>
  whenTimeAdvancesTo(instant: string): Then<A>
}

/** What the command, or the time, led to. Each expectation throws an AssertionError that shows the difference; they can be chained. */
export interface Then<A extends AnyAggregate> {
  /** Exactly these, in this order, or a check of them. */
  expectEvents(expected: readonly EventOf<A>[] | ((events: readonly EventOf<A>[]) => void)): Then<A>
  /** Accepted, and nothing to do; or nothing was due. */
  expectNothing(): Then<A>
  /** Of the command, or of one that was due. */
  expectRejection(code: string, details?: Readonly<Record<string, unknown>>): Then<A>
  /** The whole state after that, or a check of it. */
  expectState(expected: StateOf<A> | ((state: StateOf<A>) => void)): Then<A>
  /** The aggregate's `ended` says that its life is over. */
  expectDeleted(): Then<A>
  /** This command is scheduled for that instant (ISO 8601), with this data where it is given. */
  expectDeadline<N extends CommandOf<A>['type']>(
    command: N,
    at: string,
    data?: Extract<CommandOf<A>, { readonly type: N }>['data'],
  ): Then<A>
  expectNoDeadlines(): Then<A>
  /** Exactly these were due, in this order. */
  expectTriggeredDeadlines(commands: readonly CommandOf<A>['type'][]): Then<A>
  /** Goes on from here: what happened is the past now. */
  andThen(): Given<A>
}

/**
 * Tests an aggregate without a database: `fixture(order).given(placed).when(pay).expectEvents([paid])`.
 *
 * It also holds the aggregate to its promises: what `decide` and `evolve` are given is frozen, so mutating it throws; `decide` is asked twice
 * and must answer the same; the events, folded again as they were stored, must lead to the same state; and what is stored must survive JSON.
 */
export function fixture<A extends AnyAggregate>(aggregate: A): Given<A> {
  return givenOf(aggregate, worldOf(aggregate, new Date(START), aggregate.initial, 0))
}

function givenOf<A extends AnyAggregate>(aggregate: A, world: AggregateWorld): Given<A> {
  const past = (history: readonly NamedEvent[], isEvent: (entry: NamedEvent) => boolean): Given<A> =>
    givenOf(
      aggregate,
      history.reduce(
        (reached, entry) =>
          isEvent(entry) ? happened(aggregate, reached, [entry]) : accepted(aggregate, reached, entry),
        world,
      ),
    )
  const later = (milliseconds: number): Date => new Date(world.now.getTime() + milliseconds)
  const timeGoesOn = (to: Date): Then<A> =>
    thenOf(aggregate, advanced(aggregate, world, to), `${aggregate.name} until ${to.toISOString()}`)
  return {
    given: (...history) => past(history as readonly NamedEvent[], ({ type }) => Object.hasOwn(aggregate.evolve, type)),
    givenCommands: (...commands) => past(commands as readonly NamedEvent[], () => false),
    givenNoPriorActivity: () => givenOf(aggregate, worldOf(aggregate, world.now, aggregate.initial, 0)),
    givenState: (state) => givenOf(aggregate, worldOf(aggregate, world.now, state, Math.max(1, world.version))),
    at: (instant) => givenOf(aggregate, { ...world, now: instantOf(instant) }),
    elapses: (milliseconds) => givenOf(aggregate, { ...world, now: later(milliseconds) }),
    when(command) {
      const named = command as NamedEvent
      const described = `${aggregate.name}: ${named.type}`
      const outcome = executed(aggregate, world, named)
      return thenOf(aggregate, outcome, described, outcome.rejections.length > 0)
    },
    whenTimeElapses: (milliseconds) => timeGoesOn(later(milliseconds)),
    whenTimeAdvancesTo: (instant) => timeGoesOn(instantOf(instant)),
  }
}

/** `refused`: it was a command, and it was rejected, so no events can be expected of it. */
function thenOf<A extends AnyAggregate>(
  aggregate: A,
  { world, events, rejections, triggered }: Outcome,
  described: string,
  refused = false,
): Then<A> {
  isSourced(aggregate, world)
  const accepts = (expected: unknown): void => {
    const [rejection] = rejections
    if (!refused || rejection === undefined) return
    throw new AssertionError({
      message: `${described} should be accepted, but it was rejected: ${rejection.rejected}, ${rejection.message}`,
      actual: rejection,
      expected,
      operator: 'deepStrictEqual',
    })
  }
  const then: Then<A> = {
    expectEvents(expected) {
      accepts(expected)
      if (typeof expected === 'function') expected(events as readonly EventOf<A>[])
      else same(events, expected, `${described} gave other events`)
      return then
    },
    expectNothing() {
      accepts([])
      same(events, [], `${described} should do nothing`)
      return then
    },
    expectRejection(code, details) {
      const rejection = rejections.find(({ rejected }) => rejected === code) ?? rejections[0]
      if (rejection === undefined) {
        same(events, { rejected: code }, `${described} should be rejected as ${code}, but it was accepted`)
      }
      same(rejection?.rejected, code, `${described} was rejected for another reason (${rejection?.message})`)
      if (details !== undefined) same(rejection?.details, details, `${described} was rejected with other details`)
      return then
    },
    expectState(expected) {
      if (typeof expected === 'function') (expected as (state: unknown) => void)(world.state)
      else same(world.state, expected, `${described} led to another state`)
      return then
    },
    expectDeleted() {
      const ended = aggregate.ended?.(world.state as never) ?? "not said: the aggregate has no 'ended'"
      same(ended, true, `${described} should end the life of ${aggregate.name}`)
      return then
    },
    expectDeadline(command, at, data) {
      const dueAt = instantOf(at).toISOString()
      const found = world.deadlines.find(({ name }) => name === command)
      const wanted = { name: command, dueAt, data: data ?? found?.data }
      const others = world.deadlines.map((one) => `${one.name} at ${one.dueAt}`).join(', ') || 'none'
      same(found, wanted, `${described} should schedule ${command}; scheduled: ${others}`)
      return then
    },
    expectNoDeadlines() {
      same(world.deadlines, [], `${described} should leave no deadline`)
      return then
    },
    expectTriggeredDeadlines(expected) {
      same(triggered, expected, `${described}: other deadlines were due`)
      return then
    },
    andThen: () => givenOf(aggregate, world),
  }
  return then
}

function accepted(aggregate: AnyAggregate, world: AggregateWorld, command: NamedEvent): AggregateWorld {
  const outcome = executed(aggregate, world, command)
  const [rejection] = outcome.rejections
  if (rejection === undefined) return outcome.world
  throw new AssertionError({
    message: `given ${aggregate.name}: ${command.type} was rejected: ${rejection.rejected}, ${rejection.message}`,
  })
}
