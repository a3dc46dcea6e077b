import { maskerFor } from '../access/masking.ts'
import { lagOf } from '../consumers/group-lag.ts'
import type { ConsoleFeature, ConsoleParts } from '../feature.ts'
import { ordersById } from '../orders/order-list.ts'
import { awaitedOfSaga } from './awaited-of-saga.ts'
import { orderActions } from './order-actions.ts'
import { orderChannel } from './order-channel.ts'
import { orderPage } from './order-page.ts'
import { runNow } from './run-now.ts'
import type { TimelineDesk } from './timeline-desk.ts'
import { createTimelineDesk } from './timeline-desk.ts'
import { timelineRoutes } from './timeline-routes.ts'

/** One order across services, and what it waits for. `desk`: for those who show orders elsewhere. */
export function createTimelineFeature(parts: ConsoleParts): ConsoleFeature & { readonly desk: TimelineDesk } {
  const { services, database, consumers, hub, live, logger } = parts
  const desk = createTimelineDesk({
    services,
    pool: database.pool,
    awaited: awaitedOfSaga,
    groupOf: (group) => {
      const watched = consumers.group(group)
      if (watched === undefined) return undefined
      const { sample, state, listener } = watched
      const stoppedSince = listener?.listener?.stoppedSince ?? null
      return { members: sample.members.length, lag: lagOf(sample).lag, stoppedSince, detail: state.detail }
    },
    brokerAnswers: () => {
      const { atMs, brokers } = consumers.latest
      return atMs === 0 ? null : brokers.length > 0
    },
    now: () => new Date(),
  })
  hub.channel('order', orderChannel({ desk, live }))
  const order = services.find(({ name }) => name === 'order-service')
  const lineOf = async (orderId: string) => {
    try {
      return order && (await ordersById(order.pool, [orderId]))[0]
    } catch (error) {
      // The timeline says that this database does not answer.
      logger.debug(
        { error: error instanceof Error ? error.message : String(error), orderId },
        'The list of orders cannot be read',
      )
      return undefined
    }
  }
  return {
    desk,
    routes: (app) => {
      timelineRoutes({ desk, sightOf: (request, orderId) => maskerFor(request, `order:${orderId}`) }, app)
      orderActions(parts, app)
      runNow({ ...parts, desk, sightOf: (request, orderId) => maskerFor(request, `order:${orderId}`) }, app)
      orderPage({ desk, lineOf }, app)
    },
  }
}
