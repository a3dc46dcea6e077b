import { setTimeout as delay } from 'node:timers/promises'
import type { AnyAggregate } from '../aggregates/aggregate.ts'
import { aggregateOf, streamName } from '../aggregates/aggregate.ts'
import { isOfToday, storedInFormOfToday } from '../aggregates/form-of-today.ts'
import type { DeadlineScope } from '../deadlines/deadline.ts'
import { CqrsError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { Connections } from '../postgres/connections.ts'
import { decodeEvent } from '../postgres/event-rows.ts'
import { kindOfFailure, toCqrsError } from '../postgres/failure.ts'
import type { Row } from '../postgres/pipeline.ts'
import type { HistoryEntry } from '../postgres/stream-rows.ts'
import { historyStatements } from '../postgres/stream-rows.ts'
import type { InlineProjection, StreamChange } from '../read-models/projection.ts'
import type { AnySaga } from '../sagas/saga.ts'
import { SagaRegistry } from '../sagas/saga-registry.ts'
import type { SqlStatement } from '../sql-statement.ts'
import { Attempt } from './attempt.ts'
import { BatchReads, collectHistories } from './batch-reads.ts'
import { CommitListeners } from './commit-listeners.ts'
import type { StoredEvent } from './event.ts'
import type { Gate } from './gate.ts'
import { Newcomers, starterOf } from './newcomers.ts'
import type { StateCache } from './state-cache.ts'
import type { Wanted, Wants } from './wants.ts'
import type { WorkItem, WorkOutcome } from './work.ts'
import type { WriteStep } from './write-steps.ts'
import { writeSteps } from './write-steps.ts'

/** After so many lost races a batch is split, and a single item is given up when the time is over, too. */
const MAX_TRIES = 8
/**
 * Who lost reads again before it decides, who won need not: under steady load the same instance may lose nine races of ten, so only many short
 * tries bring it in. So long all items of one run together may go on: whoever comes after them waits as long.
 */
const CONFLICT_PATIENCE_MS = 4_000
const MAX_DELAY_MS = 32
/** So many items of a batch may run alone into a lock or out of time; then it is taken for everybody's trouble. */
const MAX_GIVEN_UP = 2
/** How often the handlers of a batch may ask for further streams. */
const MAX_PASSES = 20

export interface EngineParts {
  readonly connections: Connections
  readonly aggregates: readonly AnyAggregate[]
  readonly sagas: readonly AnySaga[]
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
 * A failure that is neither a conflict nor the connection's halves the batch until it is with the one item that causes it. After one that took its time
 * (a lock, the time-out of the transaction) the items go one by one: halves that fail, too, would each take that time again.
 */
export class Engine {
  readonly connections: Connections
  readonly logger: Logger
  readonly listeners: CommitListeners
  readonly clock: () => Date
  readonly newId: () => string
  readonly #cache: StateCache
  readonly #newcomers = new Newcomers()
  readonly aggregates: ReadonlyMap<string, AnyAggregate>
  readonly sagas: SagaRegistry
  readonly #projections: InlineProjection[] = []
  #newestTx = 0n

  constructor(parts: EngineParts) {
    this.connections = parts.connections
    this.logger = parts.logger
    this.listeners = new CommitListeners(parts.logger)
    this.clock = parts.clock
    this.newId = parts.ids
    this.sagas = new SagaRegistry(parts.sagas)
    this.#cache = parts.cache
    // The server that answers next may be one that was promoted or restored and lacks the newest commits. Deciding on states that it
    // does not have would leave gaps in streams.
    this.connections.onLost(() => this.#cache.clear())
    this.aggregates = new Map(parts.aggregates.map((aggregate) => [aggregate.name, aggregate]))
    if (this.aggregates.size < parts.aggregates.length) {
      throw new CqrsError('INVALID_DEFINITION', 'Two aggregates have the same name; their streams would mix.')
    }
  }

  /** The newest transaction of this process that added events; 0 before the first one. */
  get newestTx(): bigint {
    return this.#newestTx
  }

  /** Rows of the statements that read whole events, as the events of today. Those of aggregates that are not known here stay as they are. */
  decodeEvents(rows: readonly Row[]): readonly StoredEvent[] {
    return rows.flatMap((row) => {
      const event = decodeEvent(row)
      const aggregate = this.aggregates.get(aggregateOf(event.stream))
      return aggregate === undefined || isOfToday(aggregate, event) ? event : storedInFormOfToday(aggregate, event)
    })
  }

  /** The types under which events of these types may be stored: their own, and whatever upcasters read. */
  storedTypes(types: readonly string[]): readonly string[] {
    const old = [...this.aggregates.values()].flatMap(({ upcasters = [] }) => upcasters.map(({ type }) => type))
    return [...new Set([...types, ...old])]
  }

  addProjection(projection: InlineProjection): void {
    if (this.#projections.some(({ name }) => name === projection.name)) {
      throw new CqrsError('INVALID_DEFINITION', `There is already a projection '${projection.name}'.`)
    }
    this.#projections.push(projection)
  }

  /** Outcomes in the order of the items. Never rejects: what befalls an item is in its outcome. */
  run(items: readonly WorkItem[]): Promise<WorkOutcome[]> {
    return this.#run(items, new Set(), performance.now() + CONFLICT_PATIENCE_MS)
  }

  async #run(items: readonly WorkItem[], blocked: Set<string>, patientUntil: number): Promise<WorkOutcome[]> {
    try {
      return await this.#runTogether(items, blocked, patientUntil)
    } catch (failure) {
      const error = toCqrsError(failure, 'writing a transaction')
      if (items.length > 1 && tookItsTime(error)) return this.#runEach(items, blocked, patientUntil)
      if (items.length > 1 && error.code !== 'DATABASE_UNAVAILABLE') {
        const half = items.length >>> 1
        const first = await this.#run(items.slice(0, half), blocked, patientUntil)
        return [...first, ...(await this.#run(items.slice(half), blocked, patientUntil))]
      }
      for (const { sequence } of items) if (sequence !== undefined) blocked.add(sequence)
      return items.map(() => ({ status: 'failed', error }))
    }
  }

  async #runEach(items: readonly WorkItem[], blocked: Set<string>, patientUntil: number): Promise<WorkOutcome[]> {
    const outcomes: WorkOutcome[] = []
    const givenUp: CqrsError[] = []
    for (const item of items) {
      const [error] = givenUp
      if (error !== undefined && givenUp.length === MAX_GIVEN_UP) {
        outcomes.push({ status: 'failed', error, untried: true })
        continue
      }
      const [outcome] = (await this.#run([item], blocked, patientUntil)) as [WorkOutcome]
      outcomes.push(outcome)
      if (outcome.status === 'failed' && tookItsTime(outcome.error)) givenUp.push(outcome.error)
    }
    return outcomes
  }

  /** Fresh from the database, in one round trip. */
  async readHistories(streams: ReadonlyMap<string, Wanted>): Promise<ReadonlyMap<string, readonly HistoryEntry[]>> {
    const histories = new Map<string, HistoryEntry[]>()
    const results = await this.connections.read('loading streams', ...historyStatements(streams))
    for (const rows of results) collectHistories(rows, histories)
    return histories
  }

  async #runTogether(items: readonly WorkItem[], blocked: Set<string>, patientUntil: number): Promise<WorkOutcome[]> {
    let touched: Touched = { streams: new Map(), sagas: new Map() }
    for (let tries = 1; ; tries += 1) {
      const { attempt, outcomes, nowBlocked } = await this.#decide(items, blocked, tries === 1 ? null : touched)
      const changes = attempt.changes()
      const deadlines = attempt.deadlines()
      const steps = writeSteps(attempt, changes, deadlines, this.aggregates, this.#projections)
      try {
        if (steps.length > 0) await this.#commit(steps, attempt, changes)
        this.listeners.tellScheduled(deadlines)
        for (const sequence of nowBlocked) blocked.add(sequence)
        return outcomes
      } catch (error) {
        touched = attempt.touched()
        const keys = [...touched.streams.keys(), ...touched.sagas.keys()]
        for (const key of keys) this.#cache.drop(key)
        if (kindOfFailure(error, (index) => steps[index]?.conflictsOn ?? []) !== 'conflict') throw error
        if (tries >= MAX_TRIES && (items.length > 1 || performance.now() >= patientUntil)) {
          throw new CqrsError(
            'CONFLICT',
            `Other writers were faster ${tries} times with the streams ${keys.slice(0, 5).join(', ')}; nothing was stored.`,
            { cause: error },
          )
        }
        if (tries > 2) await delay(Math.random() * Math.min(2 ** tries, MAX_DELAY_MS))
      }
    }
  }

  /** `afresh`: null to trust the memory; else nothing is taken from it, and all this is loaded at once. */
  async #decide(items: readonly WorkItem[], blocked: ReadonlySet<string>, afresh: Touched | null) {
    const [cache, newcomers, sagas] = [this.#cache, this.#newcomers, this.sagas]
    const memory = afresh === null ? cache : null
    const reads = new BatchReads({ connections: this.connections, sagas, memory, cache, newcomers })
    const first = afresh ?? { streams: this.#notInMemory(items), sagas: new Map() }
    const keys = afresh === null ? new Map() : keysOf(items)
    await reads.load({ ...first, keys, associations: new Map() })
    for (let pass = 1; ; pass += 1) {
      const attempt = new Attempt({
        now: this.clock(),
        newId: this.newId,
        sagas: sagas.empty ? undefined : { registry: sagas, ...sagaSources(reads) },
        requireKnown: (scope) => this.requireKnown(scope),
        find: (aggregate, stream) => {
          this.#requireAggregate(aggregate)
          return reads.stream(stream)
        },
        expectsNew: (starter) => reads.expectsNew(starter),
        passed: (gate, key) => reads.passed(gate, key),
      })
      const nowBlocked = new Set(blocked)
      const outcomes = attempt.run(items, nowBlocked)
      if (attempt.complete) return { attempt, outcomes, nowBlocked }
      const wants = attempt.wants()
      if (pass === MAX_PASSES) {
        const asked = [...wants.streams.keys(), ...wants.sagas.keys()].slice(0, 5).join(', ')
        throw new CqrsError('HANDLER_FAILED', `Handlers asked for further streams ${pass} times, at last ${asked}.`)
      }
      await reads.load(wants)
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

  async #commit(steps: readonly WriteStep[], attempt: Attempt, changes: readonly StreamChange[]): Promise<void> {
    const statements = steps.map(({ statement }) => statement)
    const appends = attempt.events.length > 0
    if (appends) statements.push(CURRENT_TX)
    const results = await this.connections.transact(statements)
    for (const { stream, version, state } of changes) this.#cache.put(stream, version, state)
    for (const { key, version, instance } of attempt.sagas?.slots.values() ?? []) {
      if (instance !== null) this.#cache.put(key, version, instance)
    }
    if (appends) {
      const tx = BigInt(results.at(-1)?.[0]?.[0] as string)
      if (tx > this.#newestTx) this.#newestTx = tx
      this.listeners.tellAppended({ tx, events: attempt.events })
    }
    this.listeners.tellCommitted(changes)
    if (attempt.sagas !== undefined) this.listeners.tellSagasMoved(attempt.sagas.slots.values())
  }

  /** Throws when the store was not made with the aggregate or saga. */
  requireKnown(scope: DeadlineScope): void {
    if ('saga' in scope) this.sagas.require(scope.saga)
    else this.#requireAggregate(scope.aggregate)
  }

  #requireAggregate(aggregate: AnyAggregate): void {
    if (this.aggregates.get(aggregate.name) === aggregate) return
    throw new CqrsError(
      'UNKNOWN_AGGREGATE',
      `The store was not made with the aggregate '${aggregate.name}'; add it to its 'aggregates'.`,
    )
  }
}

const tookItsTime = ({ code }: CqrsError): boolean => code === 'DATABASE_LOCKED' || code === 'TRANSACTION_TIMEOUT'

type Touched = Pick<Wants, 'streams' | 'sagas'>

const sagaSources = (reads: BatchReads) => ({
  find: (key: string) => reads.saga(key),
  associated: (key: string) => reads.associated(key),
  expectsNew: (starter: string) => reads.expectsNew(starter),
})

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
