import type { AnyAggregate } from '../aggregates/aggregate.ts'
import { aggregateOf } from '../aggregates/aggregate.ts'
import { evolve, fold } from '../aggregates/fold.ts'
import { CqrsError } from '../errors.ts'
import type { HistoryEntry } from '../postgres/stream-rows.ts'
import { historyBeforeStatement } from '../postgres/stream-rows.ts'
import { collectHistories } from '../store/batch-reads.ts'
import type { Engine } from '../store/engine.ts'
import type { StoredEvent } from '../store/event.ts'
import { StateCache } from '../store/state-cache.ts'
import type { StreamChange } from './projection.ts'

/** Streams whose state is kept from page to page at most; others are read again when they go on. */
const MAX_STATES = 100_000

/** Makes of pages of the feed, from its start, what inline projections were given when the events were new: changes with the state after them. */
export class StreamReplay {
  readonly #engine: Engine
  readonly #wanted: readonly string[] | undefined
  readonly #states = new StateCache(MAX_STATES)

  /** `aggregates`: by name; others are left out. */
  constructor(engine: Engine, aggregates: readonly string[] | undefined) {
    this.#engine = engine
    this.#wanted = aggregates
  }

  async changes(page: readonly StoredEvent[]): Promise<readonly StreamChange[]> {
    const streams = new Map<string, StoredEvent[]>()
    for (const event of page) {
      const events = streams.get(event.stream)
      if (events !== undefined) events.push(event)
      else if (this.#wanted?.includes(aggregateOf(event.stream)) !== false) streams.set(event.stream, [event])
    }
    const histories = await this.#missing(streams)
    return [...streams].map(([stream, events]) => this.#change(stream, events, histories.get(stream) ?? []))
  }

  #change(stream: string, events: readonly StoredEvent[], history: readonly HistoryEntry[]): StreamChange {
    const aggregate = this.#aggregate(stream)
    let { version, state } = this.#states.get(stream) ?? fold(aggregate, history)
    for (const event of events) {
      state = evolve(aggregate, state, event, event)
      version = event.version
    }
    this.#states.put(stream, version, state)
    return { aggregate: aggregate.name, id: stream.slice(aggregate.name.length + 1), stream, version, state, events }
  }

  async #missing(streams: ReadonlyMap<string, readonly StoredEvent[]>): Promise<ReadonlyMap<string, HistoryEntry[]>> {
    const unknown = [...streams].flatMap(([stream, [first]]) =>
      first !== undefined && first.version > 1 && this.#states.get(stream) === undefined
        ? [{ stream, version: first.version }]
        : [],
    )
    const histories = new Map<string, HistoryEntry[]>()
    if (unknown.length === 0) return histories
    const statement = historyBeforeStatement(
      unknown.map(({ stream }) => stream),
      unknown.map(({ version }) => version),
    )
    const [rows = []] = await this.#engine.connections.read('reading streams again', statement)
    collectHistories(rows, histories)
    return histories
  }

  #aggregate(stream: string): AnyAggregate {
    const aggregate = this.#engine.aggregates.get(aggregateOf(stream))
    if (aggregate !== undefined) return aggregate
    throw new CqrsError(
      'UNKNOWN_AGGREGATE',
      `The store was not made with the aggregate of stream '${stream}'; add it, or name the projection's 'aggregates'.`,
    )
  }
}
