import { setTimeout as delay } from 'node:timers/promises'
import type { AnyAggregate } from './aggregate.ts'
import { aggregateOf, streamName } from './aggregate.ts'
import type { Wanted } from './attempt.ts'
import { Attempt } from './attempt.ts'
import { CommitListeners } from './commit-listeners.ts'
import { CqrsError } from './errors.ts'
import type { StoredEvent } from './event.ts'
import { fold } from './fold.ts'
import type { Gate, GateRow } from './gate.ts'
import type { Logger } from './logger.ts'
import { Newcomers, starterOf } from './newcomers.ts'
import type { Connections } from './postgres/connections.ts'
import { decodeEvent } from './postgres/event-rows.ts'
import { kindOfFailure, toCqrsError } from './postgres/failure.ts'
import type { Row } from './postgres/pipeline.ts'
import type { HistoryEntry } from './postgres/stream-rows.ts'
import { decodeHistory, historyStatements } from './postgres/stream-rows.ts'
import type { InlineProjection, StreamChange } from './projection.ts'
import type { SqlStatement } from './sql-statement.ts'
import type { StateCache, VersionedState } from './state-cache.ts'
import { changesForm, storedInFormOfToday } from './upcasters.ts'
import type { WorkItem, WorkOutcome } from './work.ts'
import type { WriteStep } from './write-steps.ts'
import { writeSteps } from './write-steps.ts'

/** After so many lost races a batch is split, and a single item is given up. */
const MAX_TRIES = 8
/** How often the handlers of a batch may ask for further streams. */
const MAX_PASSES = 20

export interface EngineParts {
  readonly connections: Connections
  readonly aggregates: readonly AnyAggregate[]
  readonly cache: StateCache
  readonly clock: () => Date
  readonly ids: () => string
  readonly logger: Logger
}

/**
 * Takes batches of work through their transaction: run the handlers in memory, load what they miss in one query, run them
 * again; write everything in one round trip. Reads come before the transaction's first write, so that the order of transaction ids follows the
 * order of versions within a stream, on which the feed relies.
 *
 * Two rules decide conflicts, both enforced by the database: a stream has each version once, and a gate lets each key through once. A stream
 * that was only read, and from memory, is checked for being current in the same round trip. On a conflict everything is read afresh and decided again.
 *
 * A failure that is neither a conflict nor the connection's halves the batch until it is with the one item that causes it.
 */
export class Engine {
  readonly connections: Connections
  readonly logger: Logger
  readonly listeners: CommitListeners
  readonly #clock: () => Date
  readonly newId: () => string
  readonly #cache: StateCache
  readonly #newcomers = new Newcomers()
  readonly #aggregates: ReadonlyMap<string, AnyAggregate>
  readonly #projections: InlineProjection[] = []
  /** Without upcasters nobody looks for the aggregate of an event that is only read. */
  readonly #formsChange: boolean

  constructor(parts: EngineParts) {
    this.connections = parts.connections
    this.logger = parts.logger
    this.listeners = new CommitListeners(parts.logger)
    this.#clock = parts.clock
    this.newId = parts.ids
    this.#cache = parts.cache
    // The server that answers next may be one that was promoted or restored and lacks the newest commits. Deciding on states that it
    // does not have would leave gaps in streams.
    this.connections.onLost(() => this.#cache.clear())
    this.#aggregates = new Map(parts.aggregates.map((aggregate) => [aggregate.name, aggregate]))
    this.#formsChange = parts.aggregates.some(changesForm)
    if (this.#aggregates.size < parts.aggregates.length) {
      throw new CqrsError('INVALID_DEFINITION', 'Two aggregates have the same name; their streams would mix.')
    }
  }

  /** Rows of the statements that read whole events, as the events of today. */
  decodeEvents(rows: readonly Row[]): readonly StoredEvent[] {
    const events = rows.map(decodeEvent)
    if (!this.#formsChange) return events
    return events.flatMap((event) => {
      const aggregate = this.#aggregates.get(aggregateOf(event.stream))
      return aggregate === undefined ? [event] : storedInFormOfToday(aggregate, event)
    })
  }

  addProjection(projection: InlineProjection): void {
    if (this.#projections.some(({ name }) => name === projection.name)) {
      throw new CqrsError('INVALID_DEFINITION', `There is already a projection '${projection.name}'.`)
    }
    this.#projections.push(projection)
  }

  /** Outcomes in the order of the items. Never rejects: what befalls an item is in its outcome. */
  async run(items: readonly WorkItem[], blocked: Set<string> = new Set()): Promise<WorkOutcome[]> {
    try {
      return await this.#runTogether(items, blocked)
    } catch (failure) {
      const error = toCqrsError(failure, 'writing a transaction')
      const separable = error.code !== 'DATABASE_UNAVAILABLE'
      if (separable && items.length > 1) {
        const half = items.length >>> 1
        const first = await this.run(items.slice(0, half), blocked)
        return [...first, ...(await this.run(items.slice(half), blocked))]
      }
      for (const { sequence } of items) if (sequence !== undefined) blocked.add(sequence)
      return items.map(() => ({ status: 'failed', error }))
    }
  }

  /** Fresh from the database, in one round trip. */
  async readHistories(streams: ReadonlyMap<string, Wanted>): Promise<ReadonlyMap<string, readonly HistoryEntry[]>> {
    return historiesOf(await this.connections.read('loading streams', ...historyStatements(streams)))
  }

  async #runTogether(items: readonly WorkItem[], blocked: Set<string>): Promise<WorkOutcome[]> {
    let touched: ReadonlyMap<string, Wanted> = new Map()
    for (let tries = 1; ; tries += 1) {
      const { attempt, outcomes, nowBlocked } = await this.#decide(items, blocked, tries === 1 ? null : touched)
      const changes = attempt.changes()
      const steps = writeSteps(attempt, changes, this.#aggregates, this.#projections)
      try {
        if (steps.length > 0) await this.#commit(steps, attempt, changes)
        for (const sequence of nowBlocked) blocked.add(sequence)
        return outcomes
      } catch (error) {
        for (const stream of attempt.slots.keys()) this.#cache.drop(stream)
        if (kindOfFailure(error, (index) => steps[index]?.conflictsOn ?? []) !== 'conflict') throw error
        if (tries === MAX_TRIES) {
          throw new CqrsError(
            'CONFLICT',
            `Other writers were faster ${tries} times with the streams ${[...attempt.slots.keys()].slice(0, 5).join(', ')}; nothing was stored.`,
            { cause: error },
          )
        }
        touched = attempt.slots
        if (tries > 2) await delay(Math.random() * 2 ** tries)
      }
    }
  }

  /** `afresh`: null to trust the memory; else nothing is taken from it, and these streams are loaded at once. */
  async #decide(items: readonly WorkItem[], blocked: ReadonlySet<string>, afresh: ReadonlyMap<string, Wanted> | null) {
    const known = new Map<string, VersionedState>()
    const looked = new Map<Gate, Map<string, GateRow | null>>()
    if (afresh !== null) await this.#load(afresh, keysOf(items), known, looked)
    else await this.#load(this.#notInMemory(items), new Map(), known, looked)
    for (let pass = 1; ; pass += 1) {
      const attempt = new Attempt({
        now: this.#clock(),
        newId: this.newId,
        find: (aggregate, stream) => {
          this.#requireKnown(aggregate)
          const loaded = known.get(stream)
          if (loaded !== undefined) return { ...loaded, cached: false }
          const cached = afresh === null ? this.#cache.get(stream) : undefined
          return cached === undefined ? undefined : { ...cached, cached: true }
        },
        expectsNew: (starter) => afresh === null && this.#newcomers.expects(starter),
        passed: (gate, key) => looked.get(gate)?.get(key),
      })
      const nowBlocked = new Set(blocked)
      const outcomes = attempt.run(items, nowBlocked)
      if (attempt.complete) return { attempt, outcomes, nowBlocked }
      if (pass === MAX_PASSES) {
        throw new CqrsError(
          'HANDLER_FAILED',
          `Handlers asked for further streams ${pass} times, at last ${[...attempt.missing.keys()].slice(0, 5).join(', ')}.`,
        )
      }
      await this.#load(attempt.missing, attempt.unseen, known, looked)
    }
  }

  #notInMemory(items: readonly WorkItem[]): ReadonlyMap<string, Wanted> {
    const missing = new Map<string, Wanted>()
    for (const { streams = [] } of items) {
      for (const { aggregate, id, command } of streams) {
        const stream = streamName(aggregate, id)
        const starter = starterOf(aggregate, command)
        if (this.#cache.get(stream) !== undefined || this.#newcomers.expects(starter)) continue
        missing.set(stream, { aggregate, starter })
      }
    }
    return missing
  }

  async #load(
    streams: ReadonlyMap<string, Wanted>,
    keys: ReadonlyMap<Gate, ReadonlySet<string>>,
    known: Map<string, VersionedState>,
    looked: Map<Gate, Map<string, GateRow | null>>,
  ): Promise<void> {
    const histories = historyStatements(streams)
    const looks = [...keys].map(([gate, wanted]) => ({ gate, wanted: [...wanted] }))
    const statements = [...histories, ...looks.map(({ gate, wanted }) => gate.look(wanted))]
    if (statements.length === 0) return
    const results = await this.connections.read('loading streams', ...statements)
    const found = historiesOf(results.slice(0, histories.length))
    for (const [stream, { aggregate, starter }] of streams) {
      const versioned = fold(aggregate, found.get(stream) ?? [])
      known.set(stream, versioned)
      if (starter !== undefined) this.#newcomers.learn(starter, versioned.version === 0)
      if (versioned.version > 0) this.#cache.put(stream, versioned.version, versioned.state)
    }
    looks.forEach(({ gate, wanted }, n) => {
      const passed = gate.passed(wanted, results[histories.length + n] ?? [])
      const rows = looked.get(gate) ?? new Map<string, GateRow | null>()
      for (const key of wanted) rows.set(key, passed.get(key) ?? null)
      looked.set(gate, rows)
    })
  }

  async #commit(steps: readonly WriteStep[], attempt: Attempt, changes: readonly StreamChange[]): Promise<void> {
    const statements = steps.map(({ statement }) => statement)
    const wantTx = attempt.events.length > 0 && this.listeners.wantTx
    if (wantTx) statements.push(CURRENT_TX)
    const results = await this.connections.transact(statements)
    for (const { stream, version, state } of changes) this.#cache.put(stream, version, state)
    const tx = wantTx ? results.at(-1)?.[0]?.[0] : undefined
    this.listeners.tell(changes, attempt.events, typeof tx === 'string' ? BigInt(tx) : undefined)
  }

  #requireKnown(aggregate: AnyAggregate): void {
    if (this.#aggregates.get(aggregate.name) === aggregate) return
    throw new CqrsError(
      'UNKNOWN_AGGREGATE',
      `The store was not made with the aggregate '${aggregate.name}'; add it to its 'aggregates'.`,
    )
  }
}

const CURRENT_TX: SqlStatement = Object.freeze({ text: 'select pg_current_xact_id()', values: [] })

function keysOf(items: readonly WorkItem[]): ReadonlyMap<Gate, ReadonlySet<string>> {
  const keys = new Map<Gate, Set<string>>()
  for (const { once } of items) {
    if (once === undefined) continue
    const known = keys.get(once.gate)
    if (known === undefined) keys.set(once.gate, new Set([once.key]))
    else known.add(once.key)
  }
  return keys
}

function historiesOf(results: readonly (readonly Row[])[]): ReadonlyMap<string, readonly HistoryEntry[]> {
  const histories = new Map<string, HistoryEntry[]>()
  for (const rows of results) {
    for (const row of rows) {
      const entry = decodeHistory(row)
      const history = histories.get(entry.stream)
      if (history === undefined) histories.set(entry.stream, [entry])
      else history.push(entry)
    }
  }
  return histories
}
