import type { AnyAggregate } from './aggregate.ts'
import { CqrsError } from './errors.ts'
import type { HistoryEntry } from './postgres/stream-rows.ts'
import type { VersionedState } from './state-cache.ts'
import { inFormOfToday } from './upcasters.ts'

export function evolve(
  aggregate: AnyAggregate,
  state: unknown,
  event: { readonly type: string; readonly data: unknown; readonly version: number; readonly occurredAt: string },
): unknown {
  const apply = aggregate.evolve[event.type]
  if (apply === undefined) {
    throw new CqrsError(
      'UNKNOWN_EVENT',
      `Aggregate '${aggregate.name}' has no evolve function for its event '${event.type}' (version ${event.version}). Add it; stored events stay for ever.`,
    )
  }
  return apply(state as never, event.data as never, { occurredAt: event.occurredAt, version: event.version })
}

/** Folds one stream's history, ordered by version, starting with its snapshot if there is one. */
export function fold(aggregate: AnyAggregate, history: readonly HistoryEntry[]): VersionedState {
  let state: unknown = aggregate.initial
  let version = 0
  for (const { stream, type, ...entry } of history) {
    if (type === null) {
      state = entry.data
    } else {
      if (entry.version !== version + 1) {
        throw new CqrsError(
          'CORRUPT_STREAM',
          `Stream '${stream}' goes from version ${version} to ${entry.version}: events were deleted or changed by hand.`,
        )
      }
      for (const form of inFormOfToday(aggregate, { type, ...entry })) {
        state = evolve(aggregate, state, { ...entry, type: form.type, data: form.data })
      }
    }
    version = entry.version
  }
  return { version, state }
}
