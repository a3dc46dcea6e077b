import { CqrsError } from '../errors.ts'
import type { HistoryEntry } from '../postgres/stream-rows.ts'
import type { VersionedState } from '../store/state-cache.ts'
import type { AnyAggregate } from './aggregate.ts'
import { inFormOfToday } from './form-of-today.ts'
import type { EventPlace } from './upcaster.ts'

export function evolve(
  aggregate: AnyAggregate,
  state: unknown,
  { type, data }: { readonly type: string; readonly data: unknown },
  { occurredAt, version }: EventPlace,
): unknown {
  const apply = aggregate.evolve[type]
  if (apply === undefined) {
    throw new CqrsError(
      'UNKNOWN_EVENT',
      `Aggregate '${aggregate.name}' has no evolve function for its event '${type}' (version ${version}). Add it; stored events stay for ever.`,
    )
  }
  return apply(state as never, data as never, { occurredAt, version })
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
        state = evolve(aggregate, state, form, entry)
      }
    }
    version = entry.version
  }
  return { version, state }
}
