import { AssertionError } from 'node:assert/strict'
import type { NamedEvent } from '../aggregates/aggregate.ts'
import { deepFreeze } from '../aggregates/definition.ts'
import type { Rejection } from '../aggregates/rejection.ts'
import type { AddressedCommand } from '../commands/addressed-command.ts'
import { dueAt } from '../deadlines/deadline.ts'
import type { AnySaga, EventContext } from '../sagas/saga.ts'
import type { SagaEffects, SagaInstance } from '../sagas/saga-reaction.ts'
import { addressOf, react, reactToDeadline } from '../sagas/saga-reaction.ts'
import { dueFirst, same, survivesJson } from './expectations.ts'

/** More deadlines than this one after the other are taken for a saga that schedules for ever. */
const MAX_FIRED = 1_000

export interface PendingDeadline {
  readonly id: string
  readonly name: string
  /** ISO 8601, UTC. */
  readonly dueAt: string
  readonly payload: object
}

interface Association {
  readonly id: string
  readonly property: string
  readonly value: string
}

/** All that a saga can know or bring about, without a database. Never changed: each step answers the next one. */
export interface SagaWorld {
  readonly now: Date
  readonly instances: ReadonlyMap<string, SagaInstance>
  readonly associations: readonly Association[]
  readonly deadlines: readonly PendingDeadline[]
  /** Type of command → how aggregates answer it. */
  readonly rejections: ReadonlyMap<string, Rejection>
  /** Since the last `forgetful`. */
  readonly commands: readonly AddressedCommand[]
  /** Names of the deadlines that were due, since the last `forgetful`. */
  readonly triggered: readonly string[]
  readonly events: number
}

export const emptyWorld = (now: Date): SagaWorld => ({
  now,
  instances: new Map(),
  associations: [],
  deadlines: [],
  rejections: new Map(),
  commands: [],
  triggered: [],
  events: 0,
})

/** The same world, as if nothing had been sent yet. */
export const forgetful = (world: SagaWorld): SagaWorld => ({ ...world, commands: [], triggered: [] })

/** An event reaches the instances that it concerns. */
export function published(
  saga: AnySaga,
  world: SagaWorld,
  { type, data }: NamedEvent,
  about: Partial<EventContext> = {},
): SagaWorld {
  if (!Object.hasOwn(saga.on, type)) {
    throw new AssertionError({
      message: `${saga.name} waits for no event '${type}'; it waits for: ${Object.keys(saga.on).join(', ')}`,
    })
  }
  const context = { ...contextOf(world, `event-${world.events + 1}`), ...about }
  const event = { type, data: deepFreeze(data), context }
  const address = addressOf(saga, event)
  let reached: SagaWorld = { ...world, events: world.events + 1 }
  if (address === undefined) return reached
  const starts = 'id' in address && address.starts
  for (const id of 'id' in address ? [address.id] : instancesWith(world, address.association)) {
    const instance = reached.instances.get(id) ?? (starts ? { id, state: saga.initial, ended: false } : undefined)
    if (instance === undefined) continue
    reached = step(saga, reached, id, (effects) => react(saga, instance, event, effects))
  }
  return reached
}

/** Time goes on to an instant; what is due on the way is due at its own instant, in order. */
export function advanced(saga: AnySaga, world: SagaWorld, to: Date): SagaWorld {
  let reached = world
  for (let fired = 0; ; fired += 1) {
    const due = dueFirst(reached.deadlines, to)
    if (due === undefined) return { ...reached, now: to > reached.now ? to : reached.now }
    if (fired === MAX_FIRED) {
      throw new AssertionError({
        message: `${saga.name} schedules '${due.name}' again and again: ${MAX_FIRED} were due`,
      })
    }
    reached = fire(saga, reached, due)
  }
}

function fire(saga: AnySaga, world: SagaWorld, due: PendingDeadline): SagaWorld {
  const { id, name, dueAt: occurredAt, payload } = due
  const reached: SagaWorld = {
    ...world,
    now: new Date(Math.max(world.now.getTime(), Date.parse(occurredAt))),
    deadlines: world.deadlines.filter((deadline) => deadline !== due),
    triggered: [...world.triggered, name],
    events: world.events + 1,
  }
  const instance = reached.instances.get(id)
  if (instance === undefined) return reached
  const context = { ...contextOf(reached, `event-${reached.events}`), occurredAt }
  return step(saga, reached, id, (effects) => reactToDeadline(saga, instance, { name, payload, context }, effects))
}

/** Lets one instance react, twice: a handler may run several times, so it must answer the same each time. */
function step(saga: AnySaga, world: SagaWorld, id: string, run: (effects: SagaEffects) => SagaInstance): SagaWorld {
  const reactNow = (): SagaWorld => {
    const effects = new RecordedEffects(saga, world, id)
    const instance = run(effects)
    survivesJson(instance.state, `the state of saga ${saga.name}`)
    return effects.reached(deepFreeze(instance))
  }
  const reached = reactNow()
  same(reactNow(), reached, `${saga.name} reacted differently the second time; its functions must be pure`)
  return reached
}

class RecordedEffects implements SagaEffects {
  readonly #saga: AnySaga
  readonly #id: string
  #world: SagaWorld

  constructor(saga: AnySaga, world: SagaWorld, id: string) {
    this.#saga = saga
    this.#world = world
    this.#id = id
  }

  reached(instance: SagaInstance): SagaWorld {
    return { ...this.#world, instances: new Map(this.#world.instances).set(this.#id, instance) }
  }

  associate = (property: string, value: string): void => {
    this.dissociate(property, value)
    this.#change({ associations: [...this.#world.associations, { id: this.#id, property, value }] })
  }

  dissociate = (property: string, value: string): void =>
    this.#change({
      associations: this.#world.associations.filter(
        (known) => known.id !== this.#id || known.property !== property || known.value !== value,
      ),
    })

  schedule(name: string, time: Parameters<SagaEffects['schedule']>[1], payload: object): void {
    const { now, deadlines } = this.#world
    const due = dueAt(time, now, `${name} of saga ${this.#saga.name} '${this.#id}'`)
    survivesJson(payload, `the payload of ${this.#saga.name}'s deadline ${name}`)
    const others = deadlines.filter((deadline) => deadline.id !== this.#id || deadline.name !== name)
    this.#change({ deadlines: [...others, { id: this.#id, name, dueAt: due, payload: deepFreeze(payload) }] })
  }

  cancel(name: string): void {
    const { deadlines } = this.#world
    this.#change({ deadlines: deadlines.filter((deadline) => deadline.id !== this.#id || deadline.name !== name) })
  }

  cancelAll(): void {
    this.#change({ deadlines: this.#world.deadlines.filter(({ id }) => id !== this.#id) })
  }

  execute(command: AddressedCommand): Rejection | undefined {
    this.#change({ commands: [...this.#world.commands, command] })
    return this.#world.rejections.get(command.command.type)
  }

  end(): void {
    this.#change({ associations: this.#world.associations.filter(({ id }) => id !== this.#id) })
  }

  #change(change: Partial<SagaWorld>): void {
    this.#world = { ...this.#world, ...change }
  }
}

function instancesWith(world: SagaWorld, association: Readonly<Record<string, string>>): readonly string[] {
  const wanted = Object.entries(association)
  const ids = [...new Set(world.associations.map(({ id }) => id))].toSorted()
  return ids.filter((id) =>
    wanted.every(([property, value]) =>
      world.associations.some((known) => known.id === id && known.property === property && known.value === value),
    ),
  )
}

function contextOf({ now }: SagaWorld, eventId: string): EventContext {
  const instant = now.toISOString()
  return { now: instant, eventId, occurredAt: instant, correlationId: 'under-test', aggregate: null, key: null }
}
