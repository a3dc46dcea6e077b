import type { AnyAggregate, AnySaga, Deadlines, EventStore } from '@stocker/cqrs'
import { createDeadlines } from '@stocker/cqrs'
import type { Logger } from '../logging/create-logger.ts'
import type { Metrics } from '../metrics/create-metrics.ts'
import { sharedReading } from '../metrics/shared-reading.ts'

/** Whether a service can have scheduled anything. */
export const hasDeadlines = (definition: {
  readonly aggregates: readonly AnyAggregate[]
  readonly sagas?: readonly AnySaga[]
}): boolean =>
  (definition.sagas ?? []).length > 0 || definition.aggregates.some(({ deadlines }) => deadlines !== undefined)

/** Fires what the service's aggregates and sagas have scheduled, and shows what should have been fired by now. */
export function createServiceDeadlines(parts: {
  readonly store: EventStore
  readonly name: string
  readonly logger: Logger
  readonly metrics: Metrics
}): Deadlines {
  const { store, name, logger, metrics } = parts
  const deadlines = createDeadlines({ store, logger })
  const labels = { service: name }
  const lag = sharedReading(() => deadlines.lag())
  metrics.observe('deadlines_due', async () => [{ labels, value: (await lag()).due }])
  metrics.observe('deadlines_oldest_due_seconds', async () => [{ labels, value: (await lag()).oldestSeconds }])
  return deadlines
}
