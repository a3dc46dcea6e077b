import { fold } from '../aggregates/fold.ts'
import type { Connections } from '../postgres/connections.ts'
import type { Row } from '../postgres/pipeline.ts'
import { decodeAssociation, decodeSaga, findAssociated, findSagas } from '../postgres/saga-rows.ts'
import type { HistoryEntry } from '../postgres/stream-rows.ts'
import { decodeHistory, historyStatements } from '../postgres/stream-rows.ts'
import { associationKey } from '../sagas/saga-associations.ts'
import type { FoundSaga, WantedSaga } from '../sagas/saga-attempt.ts'
import { sagaKey } from '../sagas/saga-attempt.ts'
import type { SagaInstance } from '../sagas/saga-reaction.ts'
import type { SagaRegistry } from '../sagas/saga-registry.ts'
import { readInstance } from '../sagas/saga-registry.ts'
import type { SqlStatement } from '../sql-statement.ts'
import type { Gate, GateRow } from './gate.ts'
import type { Newcomers } from './newcomers.ts'
import type { StateCache, VersionedState } from './state-cache.ts'
import type { Wants } from './wants.ts'

interface BatchReadsParts {
  readonly connections: Connections
  readonly sagas: SagaRegistry
  /** null: nothing is taken from memory. */
  readonly memory: StateCache | null
  /** Learns what is read. */
  readonly cache: StateCache
  readonly newcomers: Newcomers
}

/** What the handlers of a batch see: memory, and what was read for them since they first ran. */
export class BatchReads {
  readonly #parts: BatchReadsParts
  readonly #streams = new Map<string, VersionedState>()
  readonly #gates = new Map<Gate, Map<string, GateRow | null>>()
  readonly #sagas = new Map<string, FoundSaga>()
  readonly #associations = new Map<string, string[]>()

  constructor(parts: BatchReadsParts) {
    this.#parts = parts
  }

  stream(stream: string): (VersionedState & { readonly cached: boolean }) | undefined {
    const read = this.#streams.get(stream)
    if (read !== undefined) return { ...read, cached: false }
    const cached = this.#parts.memory?.get(stream)
    return cached === undefined ? undefined : { ...cached, cached: true }
  }

  passed(gate: Gate, key: string): GateRow | null | undefined {
    return this.#gates.get(gate)?.get(key)
  }

  saga(key: string): FoundSaga | undefined {
    const read = this.#sagas.get(key)
    if (read !== undefined) return read
    const cached = this.#parts.memory?.get(key)
    return cached && { version: cached.version, instance: cached.state as SagaInstance, cached: true }
  }

  associated(key: string): readonly string[] | undefined {
    return this.#associations.get(key)
  }

  /** Whether what is not in memory may be taken for new. */
  expectsNew(starter: string): boolean {
    return this.#parts.memory !== null && this.#parts.newcomers.expects(starter)
  }

  /** Everything that is missing, in one round trip. */
  async load({ streams, keys, sagas, associations }: Wants): Promise<void> {
    const reads: { readonly statement: SqlStatement; readonly take: (rows: readonly Row[]) => void }[] = []
    const histories = new Map<string, HistoryEntry[]>()
    for (const statement of historyStatements(streams)) {
      reads.push({ statement, take: (rows) => collectHistories(rows, histories) })
    }
    for (const [gate, wanted] of keys) {
      const list = [...wanted]
      reads.push({ statement: gate.look(list), take: (rows) => this.#takeGate(gate, list, rows) })
    }
    if (sagas.size > 0) {
      const wanted = [...sagas.values()]
      const statement = findSagas(wanted.map(({ saga, id }) => ({ saga: saga.name, id })))
      reads.push({ statement, take: (rows) => this.#takeSagas(wanted, rows) })
    }
    if (associations.size > 0) {
      const wanted = [...associations.values()]
      reads.push({ statement: findAssociated(wanted), take: (rows) => this.#takeAssociated(associations.keys(), rows) })
    }
    if (reads.length === 0) return
    const results = await this.#parts.connections.read('loading streams', ...reads.map(({ statement }) => statement))
    reads.forEach(({ take }, n) => {
      take(results[n] ?? [])
    })
    this.#takeStreams(streams, histories)
  }

  #takeStreams(wanted: Wants['streams'], histories: ReadonlyMap<string, readonly HistoryEntry[]>): void {
    const { newcomers, cache } = this.#parts
    for (const [stream, { aggregate, starter }] of wanted) {
      const versioned = fold(aggregate, histories.get(stream) ?? [])
      this.#streams.set(stream, versioned)
      if (starter !== undefined) newcomers.learn(starter, versioned.version === 0)
      if (versioned.version > 0) cache.put(stream, versioned.version, versioned.state)
    }
  }

  #takeGate(gate: Gate, wanted: readonly string[], found: readonly Row[]): void {
    const passed = gate.passed(wanted, found)
    const rows = this.#gates.get(gate) ?? new Map<string, GateRow | null>()
    for (const key of wanted) rows.set(key, passed.get(key) ?? null)
    this.#gates.set(gate, rows)
  }

  #takeSagas(wanted: readonly WantedSaga[], rows: readonly Row[]): void {
    for (const row of rows) this.#takeSaga(row)
    for (const { saga, id, starter } of wanted) {
      const key = sagaKey(saga.name, id)
      const isNew = !this.#sagas.has(key)
      if (isNew) this.#sagas.set(key, { version: 0, instance: null, cached: false })
      if (starter !== undefined) this.#parts.newcomers.learn(starter, isNew)
    }
  }

  #takeAssociated(wanted: Iterable<string>, rows: readonly Row[]): void {
    for (const key of wanted) this.#associations.set(key, [])
    for (const row of rows) {
      this.#associations.get(associationKey(decodeAssociation(row)))?.push(this.#takeSaga(row))
    }
  }

  #takeSaga(row: Row): string {
    const stored = decodeSaga(row)
    const saga = this.#parts.sagas.get(stored.saga)
    if (saga !== undefined) {
      const key = sagaKey(stored.saga, stored.id)
      const instance = readInstance(saga, stored)
      this.#sagas.set(key, { version: stored.version, instance, cached: false })
      this.#parts.cache.put(key, stored.version, instance)
    }
    return stored.id
  }
}

export function collectHistories(rows: readonly Row[], histories: Map<string, HistoryEntry[]>): void {
  for (const row of rows) {
    const entry = decodeHistory(row)
    const history = histories.get(entry.stream)
    if (history === undefined) histories.set(entry.stream, [entry])
    else history.push(entry)
  }
}
