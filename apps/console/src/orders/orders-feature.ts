import { maskerOf } from '../access/masking.ts'
import { viewerOf } from '../access/viewer.ts'
import type { ConsoleFeature, ConsoleParts } from '../feature.ts'
import type { TimelineDesk } from '../timeline/timeline-desk.ts'
import type { OrdersDesk } from './orders-desk.ts'
import { createOrdersDesk } from './orders-desk.ts'
import { ordersPage } from './orders-page.ts'
import { ordersRoutes } from './orders-routes.ts'

/** Finds and lists orders. */
export function createOrdersFeature(
  { services, database, config }: ConsoleParts,
  { timelines }: { readonly timelines: TimelineDesk },
): ConsoleFeature & { readonly desk: OrdersDesk } {
  const desk = createOrdersDesk({ services, pool: database.pool, timelines, lateAfterMs: config.orders.lateAfterMs })
  return {
    desk,
    routes: (app) => {
      ordersRoutes({ desk, sightOf: (request) => maskerOf(viewerOf(request).role) }, app)
      ordersPage(desk, app)
    },
  }
}
