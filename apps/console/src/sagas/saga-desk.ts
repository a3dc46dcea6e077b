import { deadlineOutcome } from '../timeline/deadline-outcome.ts'
import type { Sight } from '../timeline/effect-views.ts'
import type { WatchedService } from '../watched-services.ts'
import type { LiveSaga, SagaFilter, SagaState } from './saga-list.ts'
import { liveSagas, sagaStates } from './saga-list.ts'

export type OfService<T> = T & { readonly service: string }

/** A saga as it is listed. Its state may hold what not everybody may see. */
export interface ListedSaga extends OfService<Omit<LiveSaga, 'state'>> {
  /** What comes of its next deadline when an operator does not wait for its time; null: it has none. */
  readonly runNow: string | null
}

export interface SagaDesk {
  states(): Promise<readonly OfService<SagaState>[]>
  list(filter: SagaFilter, sight: Pick<Sight, 'errorText'>): Promise<readonly ListedSaga[]>
}

/** The sagas of all services that have some. */
export function createSagaDesk(services: readonly WatchedService[]): SagaDesk {
  const withSagas = services.filter(({ sagas }) => sagas.length > 0)
  return {
    states: async () => {
      const each = await Promise.all(
        withSagas.map(async ({ name: service, pool }) =>
          (await sagaStates(pool)).map((state) => ({ ...state, service })),
        ),
      )
      return each.flat()
    },
    list: async (filter, sight) => {
      const each = await Promise.all(
        withSagas.map(async ({ name: service, pool, sagas, aggregates }) =>
          (await liveSagas(pool, filter)).map(({ state, ...one }) => ({
            ...one,
            service,
            runNow:
              one.nextDeadline &&
              deadlineOutcome(
                { sagas, aggregates },
                { ...one.nextDeadline, scope: `saga:${one.saga}`, id: one.id },
                () => state,
              ),
            lastError: one.lastError === null ? null : sight.errorText(one.lastError),
          })),
        ),
      )
      return each.flat().slice(0, filter.limit)
    },
  }
}
