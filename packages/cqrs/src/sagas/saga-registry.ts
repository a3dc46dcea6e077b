import { CqrsError } from '../errors.ts'
import type { SagaRow } from '../postgres/saga-rows.ts'
import type { AnySaga } from './saga.ts'
import type { SagaInstance } from './saga-reaction.ts'

/** The sagas of a store, by name and by what they wait for. */
export class SagaRegistry {
  readonly #byName = new Map<string, AnySaga>()
  readonly #byEvent = new Map<string, AnySaga[]>()

  constructor(sagas: readonly AnySaga[]) {
    for (const saga of sagas) {
      if (this.#byName.has(saga.name)) {
        throw new CqrsError('INVALID_DEFINITION', `Two sagas have the name '${saga.name}'; their instances would mix.`)
      }
      this.#byName.set(saga.name, saga)
      for (const type of Object.keys(saga.on)) {
        const waiting = this.#byEvent.get(type)
        if (waiting === undefined) this.#byEvent.set(type, [saga])
        else waiting.push(saga)
      }
    }
  }

  get all(): readonly AnySaga[] {
    return [...this.#byName.values()]
  }

  get empty(): boolean {
    return this.#byName.size === 0
  }

  get(name: string): AnySaga | undefined {
    return this.#byName.get(name)
  }

  /** Sagas that wait for events of this type; undefined for none. */
  waitingFor(type: string): readonly AnySaga[] | undefined {
    return this.#byEvent.get(type)
  }

  require(saga: AnySaga): void {
    if (this.#byName.get(saga.name) === saga) return
    throw new CqrsError('UNKNOWN_SAGA', `The store was not made with the saga '${saga.name}'; add it to its 'sagas'.`)
  }
}

/** A stored instance in the shape of today's definition. */
export function readInstance(saga: AnySaga, { id, revision, state, ended }: SagaRow): SagaInstance {
  const current = stateRevision(saga)
  if (revision === current) return { id, state, ended }
  if (revision < current && saga.upcast !== undefined) return { id, state: saga.upcast(state, revision), ended }
  throw new CqrsError(
    'UNREADABLE_STATE',
    `Instance '${id}' of saga '${saga.name}' was stored with revision ${revision} of its state; this process knows revisions up to ${current}.`,
  )
}

/** Of a saga that does not say. */
export const DEFAULT_STAGE = 'running'

export const stageOf = ({ stages }: AnySaga, state: unknown): string => stages?.of(state as never) ?? DEFAULT_STAGE

export const stagesOf = ({ stages }: AnySaga): readonly string[] => stages?.names ?? [DEFAULT_STAGE]

export const stateRevision = (saga: AnySaga): number => saga.revision ?? 1
