import { isDeepStrictEqual } from 'node:util'
import type { NamedEvent } from '../aggregates/aggregate.ts'
import { deepFreeze } from '../aggregates/definition.ts'
import type { Rejection } from '../aggregates/rejection.ts'
import type { AddressedCommand } from '../commands/addressed-command.ts'
import type { Scheduled } from '../deadlines/deadline.ts'
import { dueAt } from '../deadlines/deadline.ts'
import type { AnySaga, DeadlinesOf, EventContext, SagaStateOf } from '../sagas/saga.ts'
import { instantOf, START, same } from './expectations.ts'
import type { SagaWorld } from './saga-world.ts'
import { advanced, emptyWorld, forgetful, published } from './saga-world.ts'

/** `{ type, data }` of every event that a saga waits for. */
export type SagaEventOf<S extends AnySaga> = {
  readonly [K in keyof S['on'] & string]: { readonly type: K; readonly data: Parameters<S['on'][K]['handle']>[1] }
}[keyof S['on'] & string]

type DeadlineName<S extends AnySaga> = keyof DeadlinesOf<S> & string

/** The past of the sagas under test. */
export interface GivenSaga<S extends AnySaga> {
  /** An event that happened. `about`: what else is known of it, e.g. the `key` of a message. */
  givenAPublished(event: SagaEventOf<S>, about?: Partial<EventContext>): GivenSaga<S>
  /** An active instance without its history. `associations`: property → value. */
  givenState(id: string, state: SagaStateOf<S>, associations?: Readonly<Record<string, string>>): GivenSaga<S>
  /** From now on aggregates reject commands of this type; null: they accept them again, as they do all others. */
  givenRejection(commandType: string, rejection: Rejection | null): GivenSaga<S>
  /** It is this instant now (ISO 8601), and nothing was due. Default: 2026-01-01T00:00:00.000Z. */
  at(instant: string): GivenSaga<S>
  /** Time goes on, and deadlines are due on the way. */
  andThenTimeElapses(milliseconds: number): GivenSaga<S>
  andThenTimeAdvancesTo(instant: string): GivenSaga<S>
  whenPublishing(event: SagaEventOf<S>, about?: Partial<EventContext>): ThenSaga<S>
  whenTimeElapses(milliseconds: number): ThenSaga<S>
  whenTimeAdvancesTo(instant: string): ThenSaga<S>
}

/** What came of it. Each expectation throws an AssertionError that shows the difference; they can be chained. */
export interface ThenSaga<S extends AnySaga> {
  /** Exactly these, in this order, the rejected ones among them. Built with `send`. */
  expectCommands(expected: readonly AddressedCommand[]): ThenSaga<S>
  expectNoCommands(): ThenSaga<S>
  /** The whole state of an instance, or a check of it. */
  expectState(id: string, expected: SagaStateOf<S> | ((state: SagaStateOf<S>) => void)): ThenSaga<S>
  /** Instances that have begun and not ended. */
  expectActiveSagas(count: number): ThenSaga<S>
  expectEnded(id: string): ThenSaga<S>
  /** Some instance is found by it; with `id`: this one. */
  expectAssociatedWith(property: string, value: string, id?: string): ThenSaga<S>
  expectNoAssociationWith(property: string, value: string): ThenSaga<S>
  /** Some instance waits for it, due at that instant or so long after now, with that payload ({} unless it is given); with `id`: this one. */
  expectScheduledDeadline<N extends DeadlineName<S>>(
    name: N,
    scheduled: Scheduled<DeadlinesOf<S>[N]>,
    id?: string,
  ): ThenSaga<S>
  expectNoScheduledDeadlines(): ThenSaga<S>
  /** Exactly these were due, in this order. */
  expectTriggeredDeadlines(names: readonly DeadlineName<S>[]): ThenSaga<S>
  /** Goes on from here. */
  andThen(): GivenSaga<S>
}

/**
 * Tests a saga without a database, in a time that only the test moves: `sagaFixture(transfer).givenAPublished(requested).whenPublishing(arrived).expectCommands([…])`.
 * Commands are recorded, not executed: say with `givenRejection` which are refused, and publish what the others lead to.
 *
 * It also holds the saga to its promises: what handlers are given is frozen, so mutating it throws; they are called twice and must answer
 * the same; states and payloads must survive JSON, because that is how they are stored.
 */
export function sagaFixture<S extends AnySaga>(saga: S): GivenSaga<S> {
  return givenOf(saga, emptyWorld(new Date(START)))
}

function givenOf<S extends AnySaga>(saga: S, world: SagaWorld): GivenSaga<S> {
  const next = (change: Partial<SagaWorld>): GivenSaga<S> => givenOf(saga, { ...world, ...change })
  const later = (milliseconds: number): Date => new Date(world.now.getTime() + milliseconds)
  const then = (reach: (from: SagaWorld) => SagaWorld): ThenSaga<S> => thenOf(saga, reach(forgetful(world)))
  const publish = (from: SagaWorld, event: SagaEventOf<S>, about?: Partial<EventContext>): SagaWorld =>
    published(saga, from, event as NamedEvent, about)
  return {
    givenAPublished: (event, about) => givenOf(saga, publish(world, event, about)),
    givenState: (id, state, associations = {}) =>
      next({
        instances: new Map(world.instances).set(id, { id, state: deepFreeze(state), ended: false }),
        associations: [
          ...world.associations,
          ...Object.entries(associations).map(([property, value]) => ({ id, property, value })),
        ],
      }),
    givenRejection(commandType, rejection) {
      const rejections = new Map(world.rejections)
      if (rejection === null) rejections.delete(commandType)
      else rejections.set(commandType, rejection)
      return next({ rejections })
    },
    at: (instant) => next({ now: instantOf(instant) }),
    andThenTimeElapses: (milliseconds) => givenOf(saga, advanced(saga, world, later(milliseconds))),
    andThenTimeAdvancesTo: (instant) => givenOf(saga, advanced(saga, world, instantOf(instant))),
    whenPublishing: (event, about) => then((from) => publish(from, event, about)),
    whenTimeElapses: (milliseconds) => then((from) => advanced(saga, from, later(milliseconds))),
    whenTimeAdvancesTo: (instant) => then((from) => advanced(saga, from, instantOf(instant))),
  }
}

function thenOf<S extends AnySaga>(saga: S, world: SagaWorld): ThenSaga<S> {
  const { name } = saga
  const instances = [...world.instances.values()]
  const holders = (property: string, value: string): readonly string[] =>
    world.associations.filter((known) => known.property === property && known.value === value).map(({ id }) => id)
  const then: ThenSaga<S> = {
    expectCommands(expected) {
      same(world.commands.map(readable), expected.map(readable), `${name} sent other commands`)
      return then
    },
    expectNoCommands: () => then.expectCommands([]),
    expectState(id, expected) {
      const instance = world.instances.get(id)
      const known = instances.map((one) => one.id)
      if (instance === undefined) same(known, [id], `${name} has no instance '${id}'`)
      if (typeof expected === 'function') (expected as (state: unknown) => void)(instance?.state)
      else same(instance?.state, expected, `${name} '${id}' is in another state`)
      return then
    },
    expectActiveSagas(count) {
      const active = instances.filter(({ ended }) => !ended).map(({ id }) => id)
      same(active.length, count, `${name} has other active instances: ${active.join(', ') || 'none'}`)
      return then
    },
    expectEnded(id) {
      const states = instances.map((one) => `${one.id}: ${one.ended ? 'ended' : 'active'}`)
      same(
        world.instances.get(id)?.ended,
        true,
        `${name} '${id}' has not ended (${states.join(', ') || 'no instances'})`,
      )
      return then
    },
    expectAssociatedWith(property, value, id) {
      const ids = holders(property, value)
      same(
        id === undefined ? ids.length > 0 : ids.includes(id),
        true,
        `no ${[name, id].join(' ').trim()} is associated with ${property} = ${value}`,
      )
      return then
    },
    expectNoAssociationWith(property, value) {
      same(holders(property, value), [], `${name} is associated with ${property} = ${value}`)
      return then
    },
    expectScheduledDeadline(deadline, { payload = {}, ...time }, id) {
      const due = dueAt(time, world.now, deadline)
      const pending = world.deadlines.filter((one) => one.name === deadline && (id === undefined || one.id === id))
      const wanted = pending.map((one) => ({ id: one.id, name: deadline, dueAt: due, payload }))
      if (pending.some((one, n) => isDeepStrictEqual(one, wanted[n]))) return then
      const others = world.deadlines.map((one) => `${one.name} of '${one.id}' at ${one.dueAt}`).join(', ') || 'none'
      same(
        pending[0],
        wanted[0] ?? { name: deadline, dueAt: due, payload },
        `${name} should wait for ${deadline}; scheduled: ${others}`,
      )
      return then
    },
    expectNoScheduledDeadlines() {
      same(world.deadlines, [], `${name} waits for deadlines`)
      return then
    },
    expectTriggeredDeadlines(expected) {
      same(world.triggered, expected, `other deadlines of ${name} were due`)
      return then
    },
    andThen: () => givenOf(saga, forgetful(world)),
  }
  return then
}

const readable = ({ aggregate, id, command }: AddressedCommand) => ({ to: `${aggregate.name} ${id}`, ...command })
