import { maskerFor } from '../access/masking.ts'
import type { ConsoleFeature, ConsoleParts } from '../feature.ts'
import { awaitedOfSaga } from './awaited-of-saga.ts'
import type { TimelineDesk } from './timeline-desk.ts'
import { createTimelineDesk } from './timeline-desk.ts'
import { timelineRoutes } from './timeline-routes.ts'

/** One order across services, and what it waits for. `desk`: for those who show orders elsewhere. */
export function createTimelineFeature({
  services,
  database,
}: ConsoleParts): ConsoleFeature & { readonly desk: TimelineDesk } {
  const desk = createTimelineDesk({ services, pool: database.pool, awaited: awaitedOfSaga, now: () => new Date() })
  return {
    desk,
    routes: (app) =>
      timelineRoutes({ desk, sightOf: (request, orderId) => maskerFor(request, `order:${orderId}`) }, app),
  }
}
