import type { EventStore, QueryBus, StreamChange } from '@stocker/cqrs'
import { createQueryBus } from '@stocker/cqrs'
import type { Order, PlacedOrder } from './order.ts'
import { isPlaced, order } from './order.ts'
import { progressOf, termsOf } from './order-document.ts'
import type { OrderDetail, OrderQueries } from './order-queries.ts'

export type OrderSubscriptions = QueryBus<{
  /** Each change of an order is told as the whole order. */
  OrderDetail: { params: { readonly orderId: string }; result: OrderDetail | null }
}>

const detailOf = ({ details, ...order }: PlacedOrder, version: number): OrderDetail => ({
  orderId: details.orderId,
  customerId: details.customerId,
  status: order.status,
  total: details.total,
  version,
  ...termsOf(details),
  ...progressOf({ details, ...order }),
})

/** Queries that go on after their answer, for those who want to see an order move. */
export const orderSubscriptions = (store: EventStore, queries: OrderQueries): OrderSubscriptions => {
  const subscriptions: OrderSubscriptions = createQueryBus({ store })
  const versionOf = (detail: OrderDetail | null): number => detail?.version ?? 0
  subscriptions.handle('OrderDetail', async ({ orderId }) => (await queries.find(orderId)) ?? null, {
    versionOf: { result: versionOf, update: versionOf },
  })
  store.onCommitted((changes) => {
    for (const { aggregate, id, state, version } of changes as readonly (StreamChange & { state: Order })[]) {
      if (aggregate !== order.name || !isPlaced(state)) continue
      subscriptions.emit(
        'OrderDetail',
        ({ orderId }) => orderId === id,
        () => detailOf(state, version),
      )
    }
  })
  return subscriptions
}
