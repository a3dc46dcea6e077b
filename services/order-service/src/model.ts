import { defaultsOf } from '@stocker/properties'
import { TIMEOUT_SETTINGS } from './config.ts'
import { contract } from './contract.ts'
import { order } from './order.ts'
import { orderCounts } from './order-counts.ts'
import type { FulfilmentTimeouts } from './order-fulfilment-saga.ts'
import { orderFulfilmentSaga } from './order-fulfilment-saga.ts'
import { orderList } from './projection.ts'

export const orderRules = (timeouts: FulfilmentTimeouts) => ({
  aggregates: [order],
  sagas: [orderFulfilmentSaga(timeouts)],
  projections: [orderList, orderCounts],
})

/**
 * The pure rules of this service, for whoever reads its events from outside: nothing of its database, its broker or its routes. Times are the
 * defaults of the configuration; they decide when something is due, not what events mean.
 */
export const model = {
  contract,
  consumerGroup: 'order-service-group',
  outboundCalls: [],
  ...orderRules(defaultsOf(TIMEOUT_SETTINGS)),
}

export type { AwaitedEvent } from './awaited-events.ts'
export { awaitedEvents } from './awaited-events.ts'
export type { Fulfilment } from './order-fulfilment-saga.ts'
export { ORDER_STATUSES } from './order-status.ts'
