import type { AnyAggregate, StateOf } from '../aggregates/aggregate.ts'
import { fold } from '../aggregates/fold.ts'
import type { HistoryEntry } from '../postgres/stream-rows.ts'
import type { Wanted } from './wants.ts'

type Histories = ReadonlyMap<string, readonly HistoryEntry[]>

/**
 * Groups loads naturally: those that come while a query is under way share the next one, so each sees all that was committed before
 * it was asked for.
 */
export function createStreamReader(readHistories: (streams: ReadonlyMap<string, Wanted>) => Promise<Histories>) {
  let waiting = new Map<string, Wanted>()
  let next: Promise<Histories> | null = null
  let underWay: Promise<unknown> = Promise.resolve()

  const readWaiting = (): Promise<Histories> => {
    const streams = waiting
    waiting = new Map()
    next = null
    const reading = readHistories(streams)
    underWay = reading.catch(() => {})
    return reading
  }

  return {
    async load<A extends AnyAggregate>(aggregate: A, stream: string): Promise<{ state: StateOf<A>; version: number }> {
      // Such a stream cannot exist, and asking for it would make the query of the others fail.
      if (stream.includes('\0')) return { state: aggregate.initial, version: 0 }
      waiting.set(stream, { aggregate })
      next ??= underWay.then(readWaiting)
      const histories = await next
      const { state, version } = fold(aggregate, histories.get(stream) ?? [])
      return { state: state as StateOf<A>, version }
    },
  }
}
