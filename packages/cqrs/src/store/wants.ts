import type { AnyAggregate } from '../aggregates/aggregate.ts'
import type { Association } from '../postgres/saga-rows.ts'
import type { WantedSaga } from '../sagas/saga-attempt.ts'
import type { Gate } from './gate.ts'

/** A stream that must be loaded. `starter`: the command that met it, see Newcomers. */
export interface Wanted {
  readonly aggregate: AnyAggregate
  readonly starter?: string | undefined
}

/** What an attempt found missing, or what it has touched. */
export interface Wants {
  readonly streams: ReadonlyMap<string, Wanted>
  readonly keys: ReadonlyMap<Gate, ReadonlySet<string>>
  readonly sagas: ReadonlyMap<string, WantedSaga>
  readonly associations: ReadonlyMap<string, Association>
}
