import { aggregateOf } from '../aggregates/aggregate.ts'
import { CqrsError } from '../errors.ts'
import type { InboxMessage } from '../messaging/inbox-message.ts'
import type { ClaimedDeadline } from '../postgres/deadline-rows.ts'
import type { SagaKey, SagaWrite } from '../postgres/saga-rows.ts'
import type { NewEvent } from '../store/event.ts'
import type { UnitOfWork, WorkUnit } from '../store/unit-of-work.ts'
import type { AnySaga, EventContext } from './saga.ts'
import { SagaAssociations } from './saga-associations.ts'
import type { SagaEffects, SagaEvent, SagaInstance } from './saga-reaction.ts'
import { addressOf, react, reactToDeadline } from './saga-reaction.ts'
import type { SagaRegistry } from './saga-registry.ts'
import { stageOf, stateRevision } from './saga-registry.ts'

/** An instance that must be loaded. `starter`: the event that would begin it, see Newcomers. */
export interface WantedSaga {
  readonly saga: AnySaga
  readonly id: string
  readonly starter?: string | undefined
}

/** An instance as memory or the database have it; null: there is none. */
export interface FoundSaga {
  readonly version: number
  readonly instance: SagaInstance | null
  readonly cached: boolean
}

export interface SagaSources {
  readonly registry: SagaRegistry
  /** undefined: must be loaded. */
  find(key: string): FoundSaga | undefined
  /** Ids of the instances that the database has for an association, undefined if nobody looked. */
  associated(key: string): readonly string[] | undefined
  expectsNew(starter: string): boolean
}

interface SagaSlot extends WantedSaga {
  readonly key: string
  readonly foundVersion: number
  readonly cached: boolean
  readonly guessed: boolean
  version: number
  instance: SagaInstance | null
}

/** How an event came about: the saga's reaction behind it, and the one behind that. */
interface Link {
  readonly saga: string
  readonly type: string
  readonly depth: number
  readonly cause: Link | undefined
}

/** So many reactions may follow from each other, and so many events from one message or command; more is taken for a loop. */
const MAX_DEPTH = 50
const MAX_CAUSED = 20_000

/** The sagas' part of an attempt: every event of an item reaches them before the next item runs. */
export class SagaAttempt {
  readonly slots = new Map<string, SagaSlot>()
  readonly missing = new Map<string, WantedSaga>()
  readonly associations: SagaAssociations
  readonly #sources: SagaSources
  readonly #now: string
  readonly #links = new Map<NewEvent, Link>()
  #undo: (() => void)[] = []

  constructor(sources: SagaSources, now: string) {
    this.#sources = sources
    this.#now = now
    this.associations = new SagaAssociations({
      look: (key) => sources.associated(key),
      undo: (step) => this.#undo.push(step),
    })
  }

  get complete(): boolean {
    return this.missing.size === 0 && this.associations.missing.size === 0
  }

  /** A message, for the sagas that wait for its type. */
  message({ type, data, id, key, correlationId, occurredAt = this.#now }: InboxMessage, unit: UnitOfWork): void {
    const context = { now: this.#now, eventId: id, occurredAt, correlationId, aggregate: null, key }
    this.#deliver({ type, data, context }, unit, undefined)
  }

  /** A deadline that is due. False: it found no instance, or one that has ended, and nothing came of it. */
  deadline(saga: AnySaga, deadline: ClaimedDeadline, unit: UnitOfWork): boolean {
    const { id, name, payload, token, dueAt, metadata } = deadline
    const { correlationId } = metadata
    // One that is fired before its time is handled as if its time had come.
    const now = dueAt > this.#now ? dueAt : this.#now
    const context = { now, eventId: token, occurredAt: dueAt, correlationId, aggregate: null, key: null }
    const slot = this.#slot(saga, id)
    const instance = slot?.instance
    if (slot === undefined || instance === undefined || instance === null || instance.ended) return false
    const effects = this.#effects(slot, unit, name, undefined)
    const react = () => reactToDeadline(saga, instance, { name, payload, context }, effects)
    this.#keep(slot, naming(saga, `deadline ${name}`, token, react, id))
    return true
  }

  /** Hands over the events of an item, from this one on, and those that follow from them. */
  follow(events: readonly NewEvent[], from: number, unit: WorkUnit): void {
    for (let n = from; n < events.length; n += 1) {
      const event = events[n] as NewEvent
      if (this.#sources.registry.waitingFor(event.type) === undefined) continue
      const link = this.#links.get(event)
      if ((link?.depth ?? 0) >= MAX_DEPTH || this.#links.size > MAX_CAUSED) throw loopError(event, link)
      this.#deliver({ type: event.type, data: event.data, context: this.#contextOf(event) }, unit.causedBy(event), link)
    }
  }

  /** Before each item. */
  begin(): void {
    this.#undo = []
    this.#links.clear()
  }

  rollBack(): void {
    for (const step of this.#undo.toReversed()) step()
  }

  /** After the last item: an instance that was taken for new and not begun after all must be looked at. */
  finish(): void {
    for (const slot of this.slots.values()) {
      if (slot.guessed && slot.version === 0) this.missing.set(slot.key, slot)
    }
  }

  /** Instances that decisions rest on without changing them, as this process remembers them. */
  unguarded(): readonly (SagaKey & { readonly version: number })[] {
    return [...this.slots.values()].flatMap(({ saga, id, cached, version, foundVersion }) =>
      cached && version === foundVersion ? [{ saga: saga.name, id, version }] : [],
    )
  }

  /** In the order of their keys, so that two transactions never wait for each other's rows. */
  writes(): readonly SagaWrite[] {
    const writes: (SagaWrite & { readonly key: string })[] = []
    for (const { key, saga, version, foundVersion, instance } of this.slots.values()) {
      if (version === foundVersion || instance === null) continue
      const { id, state, ended } = instance
      const revision = stateRevision(saga)
      const stage = stageOf(saga, state)
      writes.push({ key, saga: saga.name, id, version, previousVersion: foundVersion, revision, state, stage, ended })
    }
    return writes.sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  #contextOf({ id, stream, occurredAt, metadata }: NewEvent): EventContext {
    const { correlationId } = metadata
    const aggregate = aggregateOf(stream)
    const key = stream.slice(aggregate.length + 1)
    return { now: this.#now, eventId: id, occurredAt, correlationId, aggregate, key }
  }

  #deliver(event: SagaEvent, unit: UnitOfWork, cause: Link | undefined): void {
    for (const saga of this.#sources.registry.waitingFor(event.type) ?? []) {
      const address = naming(saga, event.type, event.context.eventId, () => addressOf(saga, event))
      if (address === undefined) continue
      const starts = 'id' in address && address.starts
      const ids = 'id' in address ? [address.id] : this.associations.instancesWith(saga, address.association)
      for (const id of ids) {
        const slot = this.#slot(saga, id, starts ? `${sagaKey(saga.name, '')} ${event.type}` : undefined)
        const instance = slot?.instance ?? (starts ? { id, state: saga.initial, ended: false } : null)
        if (slot === undefined || instance === null) continue
        const effects = this.#effects(slot, unit, event.type, cause)
        const reached = naming(saga, event.type, event.context.eventId, () => react(saga, instance, event, effects), id)
        this.#keep(slot, reached)
      }
    }
  }

  #keep(slot: SagaSlot, reached: SagaInstance): void {
    const { version, instance } = slot
    if (reached === instance) return
    this.#undo.push(() => {
      slot.version = version
      slot.instance = instance
    })
    slot.version = version + 1
    slot.instance = reached
  }

  #effects(slot: SagaSlot, unit: UnitOfWork, type: string, cause: Link | undefined): SagaEffects {
    const { saga, id } = slot
    const scope = { saga, id }
    const link = { saga: saga.name, type, depth: (cause?.depth ?? 0) + 1, cause }
    const { associations } = this
    return {
      associate: (property, value) => associations.add({ saga: saga.name, property, value }, id),
      dissociate: (property, value) => associations.remove({ saga: saga.name, property, value }, id),
      schedule: (name, time, payload) => unit.schedule(scope, name, { ...time, payload } as never),
      cancel: (name) => unit.cancelDeadline(scope, name),
      cancelAll: () => unit.cancelDeadlines(scope),
      end: () => associations.removeAll(saga, id),
      execute: ({ aggregate, id: target, command }) => {
        const { events, rejection } = unit.execute(aggregate, target, command as never)
        for (const event of events) this.#links.set(event, link)
        return rejection
      },
    }
  }

  /** undefined: it must be loaded first. */
  #slot(saga: AnySaga, id: string, starter?: string): SagaSlot | undefined {
    const key = sagaKey(saga.name, id)
    const known = this.slots.get(key)
    if (known !== undefined) return known
    const found = this.#sources.find(key)
    const guessed = found === undefined && starter !== undefined && this.#sources.expectsNew(starter)
    if (found === undefined && !guessed) {
      this.missing.set(key, { saga, id, starter })
      return undefined
    }
    const { version, instance, cached } = found ?? { version: 0, instance: null, cached: false }
    const slot: SagaSlot = { saga, id, key, starter, foundVersion: version, version, instance, cached, guessed }
    this.slots.set(key, slot)
    return slot
  }
}

/** Apart from the names of streams, because names of aggregates have no colon. */
export const sagaKey = (saga: string, id: string): string => `saga:${saga}-${id}`

function naming<T>(saga: AnySaga, type: string, eventId: string, run: () => T, id?: string): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof CqrsError) throw error
    const instance = id === undefined ? '' : ` (instance '${id}')`
    const reason = error instanceof Error ? error.message : String(error)
    throw new CqrsError('HANDLER_FAILED', `Saga '${saga.name}'${instance} threw on ${type} ${eventId}: ${reason}`, {
      cause: error,
    })
  }
}

function loopError(event: NewEvent, last: Link | undefined): CqrsError {
  const steps: string[] = []
  for (let link = last; link !== undefined && steps.length < 6; link = link.cause) {
    steps.unshift(`${link.saga} on ${link.type}`)
  }
  return new CqrsError(
    'SAGA_LOOP',
    `The commands of sagas lead to events that lead to commands again, without an end: … ${steps.join(' → ')} → ${event.type} of ${event.stream}. Nothing was stored.`,
  )
}
