import type { AnySaga, EventStore } from '@stocker/cqrs'
import type { Metrics } from './create-metrics.ts'
import { sharedReading } from './shared-reading.ts'

/** How many instances of the store's sagas live, in what stage, and whether they get on. */
export function observeSagas(metrics: Metrics, store: EventStore, sagas: readonly AnySaga[]): void {
  if (sagas.length === 0) return
  const steps = metrics.counter(
    'saga_transitions_total',
    sagas.map(({ name }) => ({ saga: name })),
  )
  store.onSagasMoved((moved) => {
    for (const [saga, count] of moved) steps({ saga }, count)
  })
  const figures = sharedReading(() => store.sagaFigures())
  metrics.observe('sagas_active', async () =>
    (await figures()).map(({ saga, active }) => ({ labels: { saga }, value: active })),
  )
  metrics.observe('sagas_overdue', async () =>
    (await figures()).map(({ saga, overdue }) => ({ labels: { saga }, value: overdue })),
  )
  metrics.observe('saga_oldest_seconds', async () =>
    (await figures()).flatMap(({ saga, stages }) =>
      stages.map(({ stage, oldestSeconds }) => ({ labels: { saga, state: stage }, value: oldestSeconds })),
    ),
  )
}
