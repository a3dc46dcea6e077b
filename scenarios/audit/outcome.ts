import type { DeliveryRow, DispatchRow, PlacedRow } from './books.ts'
import type { Difference } from './difference.ts'
import { findings } from './difference.ts'
import type { OrderFile } from './order-file.ts'

/** States in which an order may stay. */
export const SETTLED: ReadonlySet<string> = new Set(['DELIVERED', 'CANCELLED', 'RETURNED', 'LOST'])

/** Every service did what the order's end says, once, and none did it for an order that is not there. */
export const outcomeDifferences = (file: OrderFile): readonly Difference[] => {
  const { orderId, order, created, checkedOut } = file
  const { report, expect, found } = findings(`order ${orderId}`)
  if (order === undefined && created.length === 0) {
    // A cart's order that is missing is told where carts are compared.
    const others = doneBy(file)
    if (others.length > 0) report('UNKNOWN_ORDER', `${others.join(', ')} know it, order-service does not`)
  } else expect('ORDER_NOT_ONCE', 'number of OrderCreatedEvent', created.length, 1)
  compareCart(created[0], checkedOut, report)
  if (order === undefined || !SETTLED.has(order.status)) return found
  for (const text of outcomesOf(order.status, file.dispatch, file.delivery)) report('NOT_ONE_OUTCOME', text)
  return found
}

const doneBy = ({ charge, payment, dispatch, delivery, moved }: OrderFile): string[] => {
  const did: readonly (readonly [service: string, boolean])[] = [
    ['the gateway', charge.authorizations > 0],
    ['payment-service', payment.authorized > 0],
    ['dispatch-service', moved.length > 0 || dispatch.dispatched > 0],
    ['delivery-service', delivery.delivered + delivery.returned + delivery.lost > 0],
  ]
  return did.flatMap(([service, any]) => (any ? [service] : []))
}

type Report = ReturnType<typeof findings>['report']

const compareCart = (created: PlacedRow | undefined, checkedOut: readonly PlacedRow[], report: Report): void => {
  const [cart, ...more] = checkedOut
  if (more.length > 0) report('CART_NOT_ORDERED', `it was checked out ${checkedOut.length} times`)
  if (cart !== undefined) {
    const asOrdered = created !== undefined && created.cartId === cart.cartId && created.total === cart.total
    if (!asOrdered)
      report('CART_NOT_ORDERED', `cart ${cart.cartId} was checked out for ${cart.total}; ${ordered(created)}`)
  } else if (created !== undefined && created.cartId !== null)
    report('CART_NOT_CHECKED_OUT', `cart ${created.cartId} was not checked out for it`)
}

const ordered = (created: PlacedRow | undefined): string =>
  created === undefined ? 'there is no such order' : `the order is of cart ${created.cartId} and ${created.total}`

const outcomesOf = (status: string, dispatch: DispatchRow, delivery: DeliveryRow): string[] => {
  const texts: string[] = []
  const decisions = dispatch.dispatched + dispatch.rejected + dispatch.released
  if (decisions !== 1)
    texts.push(
      `dispatch-service dispatched it ${dispatch.dispatched}, rejected it ${dispatch.rejected} and released it ${dispatch.released} times`,
    )
  const shipped = status === 'CANCELLED' ? dispatch.dispatched : 1
  const returned = status === 'RETURNED' || (status === 'CANCELLED' && shipped === 1) ? 1 : 0
  const compare = (service: string, what: string, actual: number, expected: number): void => {
    if (actual !== expected) texts.push(`${service} ${what} the ${status} order ${actual} times, expected ${expected}`)
  }
  compare('dispatch-service', 'dispatched', dispatch.dispatched, shipped)
  compare('dispatch-service', 'restocked', dispatch.returned, returned)
  compare('delivery-service', 'returned', delivery.returned, returned)
  compare('delivery-service', 'lost', delivery.lost, status === 'LOST' ? 1 : 0)
  // What was delivered may come back, or be lost on its way back; it was delivered all the same.
  if (status === 'DELIVERED' || status === 'CANCELLED' || delivery.delivered > 1)
    compare('delivery-service', 'delivered', delivery.delivered, status === 'CANCELLED' ? 0 : 1)
  return texts
}
