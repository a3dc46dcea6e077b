import { AssertionError, deepStrictEqual } from 'node:assert/strict'
import type { AnyAggregate, CommandOf, EventOf, NamedEvent, StateOf } from '../aggregate.ts'
import { decide } from '../decide.ts'
import { evolve } from '../fold.ts'
import type { Rejection } from '../rejection.ts'
import { isRejection } from '../rejection.ts'

const START = '2026-01-01T00:00:00.000Z'
/** Of the aggregate under test, in the details of the kernel's rejections. */
const ID = 'under-test'

/** The past of the aggregate under test. */
export interface Given<A extends AnyAggregate> {
  /** Events that happened, or commands that were accepted, in order. A name that is both an event and a command counts as the event. */
  given(...history: readonly (EventOf<A> | CommandOf<A>)[]): Given<A>
  /** Commands that were accepted. */
  givenCommands(...commands: readonly CommandOf<A>[]): Given<A>
  /** A state without its history. */
  givenState(state: StateOf<A>): Given<A>
  /** What follows happens at this instant (ISO 8601). Default: 2026-01-01T00:00:00.000Z. */
  at(instant: string): Given<A>
  /** Moves the clock on. */
  elapses(milliseconds: number): Given<A>
  when(command: CommandOf<A>): Then<A>
}

/** What the command led to. Each expectation throws an AssertionError that shows the difference; they can be chained. */
export interface Then<A extends AnyAggregate> {
  /** Exactly these, in this order. */
  expectEvents(expected: readonly EventOf<A>[]): Then<A>
  /** Accepted, and nothing to do. */
  expectNothing(): Then<A>
  expectRejection(code: string, details?: Readonly<Record<string, unknown>>): Then<A>
  /** The whole state after the command, or a check of it. */
  expectState(expected: StateOf<A> | ((state: StateOf<A>) => void)): Then<A>
  /** Goes on from here: the events of the command are the past now. */
  andThen(): Given<A>
}

interface Past {
  readonly state: unknown
  readonly version: number
  readonly now: Date
}

/**
 * Tests an aggregate without a database: `fixture(order).given(placed).when(pay).expectEvents([paid])`.
 *
 * It also holds the aggregate to its promises: what `decide` and `evolve` are given is frozen, so mutating it throws; what they
 * return must survive JSON, because that is how it is stored.
 */
export function fixture<A extends AnyAggregate>(aggregate: A): Given<A> {
  return givenOf(aggregate, { state: frozen(aggregate.initial), version: 0, now: new Date(START) })
}

function givenOf<A extends AnyAggregate>(aggregate: A, past: Past): Given<A> {
  const next = (change: Partial<Past>): Given<A> => givenOf(aggregate, { ...past, ...change })
  return {
    given(...history) {
      let reached = past
      for (const entry of history as readonly NamedEvent[]) {
        reached = Object.hasOwn(aggregate.evolve, entry.type)
          ? apply(aggregate, reached, [entry])
          : accept(aggregate, reached, entry)
      }
      return next(reached)
    },
    givenCommands(...commands) {
      return next(
        (commands as readonly NamedEvent[]).reduce((reached, command) => accept(aggregate, reached, command), past),
      )
    },
    givenState: (state) => next({ state: frozen(state), version: Math.max(1, past.version) }),
    at: (instant) => next({ now: instantOf(instant) }),
    elapses: (milliseconds) => next({ now: new Date(past.now.getTime() + milliseconds) }),
    when: (command) => thenOf(aggregate, past, command as NamedEvent),
  }
}

function thenOf<A extends AnyAggregate>(aggregate: A, past: Past, command: NamedEvent): Then<A> {
  const decision = decided(aggregate, past, command)
  const rejection = isRejection(decision) ? decision : undefined
  const events = isRejection(decision) ? [] : decision
  const reached = apply(aggregate, past, events)
  const described = `${aggregate.name}: ${command.type}`
  const then: Then<A> = {
    expectEvents(expected) {
      refuseRejection(rejection, `${described} should give events`, expected)
      same(events, expected, `${described} gave other events`)
      return then
    },
    expectNothing() {
      refuseRejection(rejection, `${described} should be accepted`, [])
      same(events, [], `${described} should do nothing`)
      return then
    },
    expectRejection(code, details) {
      if (rejection === undefined) {
        same(events, { rejected: code }, `${described} should be rejected as ${code}, but it was accepted`)
      }
      same(rejection?.rejected, code, `${described} was rejected for another reason (${rejection?.message})`)
      if (details !== undefined) same(rejection?.details, details, `${described} was rejected with other details`)
      return then
    },
    expectState(expected) {
      if (typeof expected === 'function') (expected as (state: unknown) => void)(reached.state)
      else same(reached.state, expected, `${described} led to another state`)
      return then
    },
    andThen: () => givenOf(aggregate, reached),
  }
  return then
}

function decided(aggregate: AnyAggregate, past: Past, { type, data }: NamedEvent): readonly NamedEvent[] | Rejection {
  if (!Object.hasOwn(aggregate.decide, type)) {
    throw new AssertionError({
      message: `${aggregate.name} has no command '${type}'; it has: ${names(aggregate.decide)}`,
    })
  }
  const decision = decide(aggregate, { id: ID, ...past }, { type, data: frozen(data) })
  for (const event of isRejection(decision) ? [] : decision) {
    survivesJson(event.data, `the data of ${aggregate.name}'s event ${event.type}`)
  }
  return decision
}

function accept(aggregate: AnyAggregate, past: Past, command: NamedEvent): Past {
  const decision = decided(aggregate, past, command)
  if (isRejection(decision)) {
    throw new AssertionError({
      message: `given ${aggregate.name}: ${command.type} was rejected: ${decision.rejected}, ${decision.message}`,
    })
  }
  return apply(aggregate, past, decision)
}

function apply(aggregate: AnyAggregate, past: Past, events: readonly NamedEvent[]): Past {
  let { state, version } = past
  for (const { type, data } of events) {
    version += 1
    state = frozen(evolve(aggregate, state, { type, data: frozen(data), version, occurredAt: past.now.toISOString() }))
    if (aggregate.snapshotEvery !== undefined)
      survivesJson(state, `the state of ${aggregate.name}, which has snapshots,`)
  }
  return { ...past, state, version }
}

function refuseRejection(rejection: Rejection | undefined, what: string, expected: unknown): void {
  if (rejection === undefined) return
  throw new AssertionError({
    message: `${what}, but it was rejected: ${rejection.rejected}, ${rejection.message}`,
    actual: rejection,
    expected,
    operator: 'deepStrictEqual',
  })
}

function same(actual: unknown, expected: unknown, message: string): void {
  try {
    deepStrictEqual(actual, expected)
  } catch (error) {
    const difference = error instanceof Error ? error.message : String(error)
    throw new AssertionError({ message: `${message}\n${difference}`, actual, expected, operator: 'deepStrictEqual' })
  }
}

function survivesJson(value: unknown, what: string): void {
  const text = JSON.stringify(value)
  same(
    text === undefined ? undefined : JSON.parse(text),
    value,
    `${what} does not survive JSON, which is how it is stored`,
  )
}

function instantOf(text: string): Date {
  const instant = new Date(text)
  if (Number.isNaN(instant.getTime())) throw new AssertionError({ message: `'${text}' is not an ISO 8601 instant` })
  return instant
}

const names = (table: object): string => Object.keys(table).join(', ')

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const part of Object.values(value)) frozen(part)
  return value
}
