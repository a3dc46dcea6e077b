import { setTimeout as delay } from 'node:timers/promises'
import type { AnyAggregate } from './aggregate.ts'
import { streamName } from './aggregate.ts'
import type { Wanted } from './attempt.ts'
import { Attempt } from './attempt.ts'
import { CqrsError } from './errors.ts'
import type { NewEvent } from './event.ts'
import { fold } from './fold.ts'
import type { Gate, GateRow } from './gate.ts'
import { UNIQUE_VIOLATION } from './gate.ts'
import type { Logger } from './logger.ts'
import { Newcomers, starterOf } from './newcomers.ts'
import type { Connections } from './postgres/connections.ts'
import { insertEvents } from './postgres/event-rows.ts'
import { kindOfFailure, toCqrsError } from './postgres/failure.ts'
import type { Row } from './postgres/pipeline.ts'
import type { HistoryEntry, SnapshotRow } from './postgres/stream-rows.ts'
import {
  assertVersions,
  decodeHistory,
  historyStatements,
  snapshotRevision,
  upsertSnapshots,
  VERSION_HAS_MOVED_ON,
} from './postgres/stream-rows.ts'
import type { InlineProjection, StreamChange } from './projection.ts'
import type { RowWriter, SqlStatement } from './sql-statement.ts'
import type { StateCache, VersionedState } from './state-cache.ts'
import type { WorkItem, WorkOutcome } from './work.ts'

/** After so many lost races a batch is split, and a single item is given up. */
const MAX_TRIES = 8
/** How often the handlers of a batch may ask for further streams. */
const MAX_PASSES = 20

/** A statement of the write transaction, and the SQLSTATEs of it that mean "somebody was faster". */
interface Step {
  readonly statement: SqlStatement
  readonly conflictsOn: readonly string[]
}

export interface AppendedBatch {
  readonly tx: bigint
  readonly events: readonly NewEvent[]
}

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
  readonly clock: () => Date
  readonly logger: Logger
  readonly #ids: () => string
  readonly #cache: StateCache
  readonly #newcomers = new Newcomers()
  readonly #aggregates: ReadonlyMap<string, AnyAggregate>
  readonly #projections: InlineProjection[] = []
  readonly #committedListeners = new Set<(changes: readonly StreamChange[]) => void>()
  readonly #appendedListeners = new Set<(batch: AppendedBatch) => void>()

  constructor(parts: EngineParts) {
    this.connections = parts.connections
    this.clock = parts.clock
    this.logger = parts.logger
    this.#ids = parts.ids
    this.#cache = parts.cache
    // The server that answers next may be one that was promoted or restored and lacks the newest commits. Deciding on states that it
    // does not have would leave gaps in streams.
    this.connections.onLost(() => this.#cache.clear())
    this.#aggregates = new Map(parts.aggregates.map((aggregate) => [aggregate.name, aggregate]))
    if (this.#aggregates.size < parts.aggregates.length) {
      throw new CqrsError('INVALID_DEFINITION', 'Two aggregates have the same name; their streams would mix.')
    }
  }

  addProjection(projection: InlineProjection): void {
    if (this.#projections.some(({ name }) => name === projection.name)) {
      throw new CqrsError('INVALID_DEFINITION', `There is already a projection '${projection.name}'.`)
    }
    this.#projections.push(projection)
  }

  onCommitted(listener: (changes: readonly StreamChange[]) => void): () => void {
    this.#committedListeners.add(listener)
    return () => this.#committedListeners.delete(listener)
  }

  /** Like `onCommitted`, with the transaction's id; for those who follow the feed. */
  onAppended(listener: (batch: AppendedBatch) => void): () => void {
    this.#appendedListeners.add(listener)
    return () => this.#appendedListeners.delete(listener)
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

  async load(aggregate: AnyAggregate, id: string): Promise<VersionedState> {
    const stream = streamName(aggregate, id)
    const loaded = await this.loadStreams(new Map([[stream, { aggregate }]]))
    return loaded.get(stream) ?? { version: 0, state: aggregate.initial }
  }

  /** Fresh from the database, in one round trip. */
  async loadStreams(streams: ReadonlyMap<string, Wanted>): Promise<Map<string, VersionedState>> {
    return this.#foldAll(streams, await this.connections.read('loading streams', ...historyStatements(streams)))
  }

  async #runTogether(items: readonly WorkItem[], blocked: Set<string>): Promise<WorkOutcome[]> {
    let touched: ReadonlyMap<string, Wanted> = new Map()
    for (let tries = 1; ; tries += 1) {
      const { attempt, outcomes, nowBlocked } = await this.#decide(items, blocked, tries === 1 ? null : touched)
      const changes = attempt.changes()
      const steps = this.#steps(attempt, changes)
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
        now: this.clock(),
        newId: this.#ids,
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
    for (const [stream, versioned] of this.#foldAll(streams, results.slice(0, histories.length))) {
      known.set(stream, versioned)
      const starter = streams.get(stream)?.starter
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

  #foldAll(streams: ReadonlyMap<string, Wanted>, results: readonly (readonly Row[])[]): Map<string, VersionedState> {
    const histories = new Map<string, HistoryEntry[]>()
    for (const rows of results) {
      for (const row of rows) {
        const entry = decodeHistory(row)
        const history = histories.get(entry.stream)
        if (history === undefined) histories.set(entry.stream, [entry])
        else history.push(entry)
      }
    }
    const folded = new Map<string, VersionedState>()
    for (const [stream, { aggregate }] of streams) folded.set(stream, fold(aggregate, histories.get(stream) ?? []))
    return folded
  }

  /** Cheap refusals first: what fails early costs the server least. */
  #steps(attempt: Attempt, changes: readonly StreamChange[]): Step[] {
    const steps: Step[] = []
    const add = (statement: SqlStatement, ...conflictsOn: readonly string[]) => steps.push({ statement, conflictsOn })
    const { streams, versions } = attempt.unguarded()
    if (streams.length > 0) add(assertVersions(streams, versions), VERSION_HAS_MOVED_ON)
    for (const [gate, rows] of attempt.passing) add(gate.write([...rows.values()]), gate.conflictsOn)
    if (attempt.events.length > 0) {
      add(insertEvents(attempt.events, attempt.occurredAt), UNIQUE_VIOLATION)
      const snapshots = this.#dueSnapshots(changes)
      if (snapshots.length > 0) add(upsertSnapshots(snapshots))
      for (const projection of this.#projections) {
        const { aggregates } = projection
        const relevant =
          aggregates === undefined ? changes : changes.filter(({ aggregate }) => aggregates.includes(aggregate))
        if (relevant.length > 0) for (const statement of projection.project(relevant)) add(statement)
      }
    }
    for (const statement of attempt.statements) add(statement)
    for (const [writer, rows] of attempt.rows as Map<RowWriter<unknown>, unknown[]>) {
      for (const statement of writer.statements(rows)) add(statement)
    }
    return steps
  }

  #dueSnapshots(changes: readonly StreamChange[]): SnapshotRow[] {
    const due: SnapshotRow[] = []
    for (const { aggregate: name, stream, version, state, events } of changes) {
      const aggregate = this.#aggregates.get(name)
      const every = aggregate?.snapshotEvery
      if (aggregate === undefined || every === undefined) continue
      if (Math.floor(version / every) === Math.floor((version - events.length) / every)) continue
      due.push({ stream, version, revision: snapshotRevision(aggregate), state })
    }
    return due
  }

  async #commit(steps: readonly Step[], attempt: Attempt, changes: readonly StreamChange[]): Promise<void> {
    const statements = steps.map(({ statement }) => statement)
    const wantsTx = attempt.events.length > 0 && this.#appendedListeners.size > 0
    if (wantsTx) statements.push(CURRENT_TX)
    const results = await this.connections.transact(statements)
    for (const { stream, version, state } of changes) this.#cache.put(stream, version, state)
    const tx = wantsTx ? results.at(-1)?.[0]?.[0] : undefined
    if (typeof tx === 'string') this.#tell(this.#appendedListeners, { tx: BigInt(tx), events: attempt.events })
    if (changes.length > 0) this.#tell(this.#committedListeners, changes)
  }

  #tell<T>(listeners: ReadonlySet<(news: T) => void>, news: T): void {
    for (const listener of listeners) {
      try {
        listener(news)
      } catch (error) {
        // The transaction is committed: nothing that a listener does can make it fail any more.
        this.logger.error({ error }, 'A listener for committed changes threw')
      }
    }
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
