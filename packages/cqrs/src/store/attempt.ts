import type { AnyAggregate } from '../aggregates/aggregate.ts'
import { streamName } from '../aggregates/aggregate.ts'
import { evolve } from '../aggregates/fold.ts'
import { revisionOf } from '../aggregates/form-of-today.ts'
import type { DeadlineScope } from '../deadlines/deadline.ts'
import { scopeName } from '../deadlines/deadline.ts'
import type { DeadlineChange } from '../deadlines/deadline-changes.ts'
import { DeadlineLedger } from '../deadlines/deadline-changes.ts'
import { deadlineDifference } from '../deadlines/declared-deadlines.ts'
import { CqrsError } from '../errors.ts'
import type { DeadlineKey } from '../postgres/deadline-rows.ts'
import type { StreamChange } from '../read-models/projection.ts'
import type { SagaSources } from '../sagas/saga-attempt.ts'
import { SagaAttempt } from '../sagas/saga-attempt.ts'
import type { RowWriter, SqlStatement } from '../sql-statement.ts'
import type { EventMetadata, NewEvent } from './event.ts'
import type { Gate, GateRow } from './gate.ts'
import { ItemUnit } from './item-unit.ts'
import { starterOf } from './newcomers.ts'
import type { VersionedState } from './state-cache.ts'
import type { Wanted, Wants } from './wants.ts'
import type { WorkItem, WorkOutcome } from './work.ts'
import { NO_EFFECT } from './work.ts'

/** A stream as the attempt sees it. */
interface Slot extends Wanted {
  readonly id: string
  readonly stream: string
  /** From the process's memory rather than from the database. */
  readonly cached: boolean
  /** Taken for new without looking. */
  readonly guessed: boolean
  readonly before: unknown
  version: number
  state: unknown
  readonly events: NewEvent[]
}

interface UndoStep {
  readonly slot: Slot
  readonly version: number
  readonly state: unknown
}

export interface AttemptSources {
  readonly now: Date
  newId(): string
  /** undefined when the store has no sagas. */
  readonly sagas: SagaSources | undefined
  /** Throws when the store was not made with the aggregate or saga. */
  requireKnown(scope: DeadlineScope): void
  /** undefined: not in memory, must be loaded. */
  find(aggregate: AnyAggregate, stream: string): (VersionedState & { readonly cached: boolean }) | undefined
  /** Whether a stream that is not in memory may be taken for new when this command meets it. */
  expectsNew(starter: string): boolean
  /** The row of a key that went through before, null if it did not, undefined if nobody looked. */
  passed(gate: Gate, key: string): GateRow | null | undefined
}

const NONE: ReadonlyMap<string, never> = new Map<string, never>()

/**
 * One run of all handlers of a batch, in memory. If `missing` is not empty at the end, some handlers saw a guess (the initial
 * state) and nothing of the attempt may be used except the list of what to load.
 */
export class Attempt {
  readonly #sources: AttemptSources
  readonly slots = new Map<string, Slot>()
  readonly missing = new Map<string, Wanted>()
  /** Keys that must be looked up, because nothing else would show that they went through before. */
  readonly unseen = new Map<Gate, Set<string>>()
  readonly passing = new Map<Gate, Map<string, GateRow>>()
  readonly statements: SqlStatement[] = []
  readonly rows = new Map<RowWriter<never>, unknown[]>()
  readonly sagas: SagaAttempt | undefined
  readonly now: Date
  readonly occurredAt: string
  readonly #deadlines = new DeadlineLedger()
  #undo: UndoStep[] = []

  constructor(sources: AttemptSources) {
    this.#sources = sources
    this.now = sources.now
    this.occurredAt = sources.now.toISOString()
    this.sagas = sources.sagas && new SagaAttempt(sources.sagas, this.occurredAt)
  }

  newId(): string {
    return this.#sources.newId()
  }

  requireKnown(scope: DeadlineScope): void {
    this.#sources.requireKnown(scope)
  }

  /** `blocked`: sequences of which an item failed before; grows by those that fail here. */
  run(items: readonly WorkItem[], blocked: Set<string>): WorkOutcome[] {
    const outcomes = items.map((item): WorkOutcome => {
      if (item.sequence !== undefined && blocked.has(item.sequence)) return { status: 'held' }
      const outcome = this.#runOne(item)
      if (outcome.status === 'failed' && item.sequence !== undefined) blocked.add(item.sequence)
      return outcome
    })
    for (const slot of this.slots.values()) {
      // Without an event of its own nothing would show that the guess was wrong.
      if (slot.guessed && slot.events.length === 0) this.missing.set(slot.stream, slot)
    }
    this.sagas?.finish()
    return outcomes
  }

  get complete(): boolean {
    return this.missing.size === 0 && this.unseen.size === 0 && this.sagas?.complete !== false
  }

  /** What must be loaded before the next attempt. */
  wants(): Wants {
    const { sagas } = this
    return {
      streams: this.missing,
      keys: this.unseen,
      sagas: sagas?.missing ?? NONE,
      associations: sagas?.associations.missing ?? NONE,
    }
  }

  /** Everything that decisions rest on, to be read afresh after a conflict. */
  touched(): Pick<Wants, 'streams' | 'sagas'> {
    return { streams: this.slots, sagas: this.sagas?.slots ?? NONE }
  }

  /** What handlers and declarations changed about deadlines, in that order. */
  deadlines(): readonly DeadlineChange[] {
    const changes = [...this.#deadlines.changes]
    for (const slot of this.slots.values()) {
      if (slot.aggregate.deadlines !== undefined) changes.push(...this.#declaredChanges(slot))
    }
    return changes
  }

  /** Whether the items so far have moved or cancelled a deadline. */
  supersedes(deadline: DeadlineKey, aggregate: AnyAggregate | undefined): boolean {
    if (this.#deadlines.concern(deadline)) return true
    const slot = aggregate && this.slots.get(streamName(aggregate, deadline.id))
    if (slot === undefined || slot.events.length === 0) return false
    const declared = new DeadlineLedger()
    declared.add(this.#declaredChanges(slot))
    return declared.concern(deadline)
  }

  #declaredChanges({ aggregate, id, before, state, events }: Slot): readonly DeadlineChange[] {
    const last = events.at(-1)
    if (last === undefined || aggregate.deadlines === undefined) return []
    const scope = scopeName({ aggregate })
    const { scheduled, cancelled } = deadlineDifference(aggregate, id, before, state)
    const metadata = { ...last.metadata, causationId: last.id }
    const rows = scheduled.map(({ name, dueAt, data }) => {
      return { scope, id, name, token: this.newId(), dueAt, payload: data, metadata }
    })
    return [
      ...rows.map((row): DeadlineChange => ({ kind: 'schedule', row })),
      ...cancelled.map((name): DeadlineChange => ({ kind: 'cancel', scope, id, name })),
    ]
  }

  /** Streams that decisions rest on without adding an event to them, as this process remembers them. */
  unguarded(): { readonly streams: string[]; readonly versions: number[] } {
    const streams: string[] = []
    const versions: number[] = []
    for (const slot of this.slots.values()) {
      if (!slot.cached || slot.events.length > 0) continue
      streams.push(slot.stream)
      versions.push(slot.version)
    }
    return { streams, versions }
  }

  changes(): StreamChange[] {
    const changes: StreamChange[] = []
    for (const { aggregate, id, stream, version, state, events } of this.slots.values()) {
      if (events.length > 0) changes.push({ aggregate: aggregate.name, id, stream, version, state, events })
    }
    return changes
  }

  /** All events in the order in which they were decided. */
  readonly events: NewEvent[] = []

  #runOne(item: WorkItem): WorkOutcome {
    const { once } = item
    let looked: GateRow | null | undefined
    if (once !== undefined) {
      looked = this.passing.get(once.gate)?.get(once.key) ?? this.#sources.passed(once.gate, once.key)
      if (looked !== null && looked !== undefined) return { status: 'passed', row: looked }
    }
    const unit = new ItemUnit(this, item.context)
    this.#undo = []
    this.sagas?.begin()
    const eventsBefore = this.events.length
    let row: GateRow | undefined | typeof NO_EFFECT
    try {
      row = item.run(unit, this.sagas)
      if (row !== NO_EFFECT) this.sagas?.follow(this.events, eventsBefore, unit)
    } catch (error) {
      this.#rollBack(eventsBefore)
      return { status: 'failed', error: handlerError(error) }
    }
    const nothing = row === NO_EFFECT
    if (nothing) this.#rollBack(eventsBefore)
    if (once !== undefined) {
      if (row !== undefined && row !== NO_EFFECT) mapOf(this.passing, once.gate).set(once.key, row)
      else if (looked === undefined) this.#mustLook(once.gate, once.key)
    }
    if (nothing) return { status: 'done' }
    const { statements, rows: added, deadlines } = unit.writes
    this.statements.push(...statements)
    this.#deadlines.add(deadlines)
    for (const [writer, value] of added) {
      const rows = this.rows.get(writer)
      if (rows === undefined) this.rows.set(writer, [value])
      else rows.push(value)
    }
    return { status: 'done' }
  }

  #mustLook(gate: Gate, key: string): void {
    const keys = this.unseen.get(gate)
    if (keys === undefined) this.unseen.set(gate, new Set([key]))
    else keys.add(key)
  }

  slot(aggregate: AnyAggregate, id: string, command?: string): Slot {
    const stream = streamName(aggregate, id)
    const known = this.slots.get(stream)
    if (known !== undefined) return known
    const found = this.#sources.find(aggregate, stream)
    const starter = found === undefined && command !== undefined ? starterOf(aggregate, command) : undefined
    const guessed = starter !== undefined && this.#sources.expectsNew(starter)
    if (found === undefined && !guessed) this.missing.set(stream, { aggregate, starter })
    const { version, state, cached } = found ?? { version: 0, state: aggregate.initial, cached: false }
    const slot: Slot = { aggregate, id, stream, version, state, before: state, cached, guessed, starter, events: [] }
    this.slots.set(stream, slot)
    return slot
  }

  append(slot: Slot, decided: readonly { readonly type: string; readonly data: object }[], metadata: EventMetadata) {
    this.#undo.push({ slot, version: slot.version, state: slot.state })
    return decided.map(({ type, data }) => {
      const event: NewEvent = {
        id: this.#sources.newId(),
        stream: slot.stream,
        version: slot.version + 1,
        type,
        revision: revisionOf(slot.aggregate, type),
        data,
        metadata,
        occurredAt: this.occurredAt,
      }
      slot.state = evolve(slot.aggregate, slot.state, event, event)
      slot.version = event.version
      slot.events.push(event)
      this.events.push(event)
      return event
    })
  }

  #rollBack(eventsBefore: number): void {
    this.sagas?.rollBack()
    for (const { slot, version, state } of this.#undo.toReversed()) {
      slot.events.length -= slot.version - version
      slot.version = version
      slot.state = state
    }
    this.events.length = eventsBefore
  }
}

function mapOf<K, L, V>(maps: Map<K, Map<L, V>>, key: K): Map<L, V> {
  const known = maps.get(key)
  if (known !== undefined) return known
  const created = new Map<L, V>()
  maps.set(key, created)
  return created
}

function handlerError(error: unknown): CqrsError {
  if (error instanceof CqrsError) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new CqrsError('HANDLER_FAILED', `A handler threw: ${reason}`, { cause: error })
}
