import type { Books, ChargeRow, DeliveryRow, DispatchRow, MovedRow, OrderRow, PaymentRow, PlacedRow } from './books.ts'

/** Everything that is written about one order, wherever it is. */
export interface OrderFile {
  readonly orderId: string
  readonly order: OrderRow | undefined
  readonly created: readonly PlacedRow[]
  readonly checkedOut: readonly PlacedRow[]
  readonly charge: ChargeRow
  readonly payment: PaymentRow
  readonly dispatch: DispatchRow
  readonly moved: readonly MovedRow[]
  readonly delivery: DeliveryRow
  /** Whether a deadline of the saga, or of another part, is set for it. */
  readonly watched: boolean
}

/** One for every order that anybody has written about. */
export const orderFiles = (books: Books): OrderFile[] => {
  const order = byOrder(books.orders)
  const created = byOrder(books.created)
  const checkedOut = byOrder(books.checkedOut)
  const charge = byOrder(books.charges)
  const payment = byOrder(books.payments)
  const dispatch = byOrder(books.dispatches)
  const moved = byOrder(books.moved)
  const delivery = byOrder(books.deliveries)
  const watched = new Set(books.deadlines.map(({ id }) => id))
  const known = [order, created, checkedOut, charge, payment, dispatch, moved, delivery]
  return [...new Set(known.flatMap((rows) => [...rows.keys()]))].map((orderId) => ({
    orderId,
    order: order.get(orderId)?.[0],
    created: created.get(orderId) ?? [],
    checkedOut: checkedOut.get(orderId) ?? [],
    charge: charge.get(orderId)?.[0] ?? { ...NO_CHARGE, orderId },
    payment: payment.get(orderId)?.[0] ?? { orderId, authorized: 0, captured: 0, refunded: 0 },
    dispatch: dispatch.get(orderId)?.[0] ?? { orderId, dispatched: 0, rejected: 0, released: 0, returned: 0 },
    moved: moved.get(orderId) ?? [],
    delivery: delivery.get(orderId)?.[0] ?? { orderId, delivered: 0, returned: 0, lost: 0 },
    watched: watched.has(orderId),
  }))
}

const NO_CHARGE = {
  authorizations: 0,
  authorized: 0,
  voided: 0,
  captured: 0,
  refunded: 0,
  movements: { voided: 0, captured: 0, refunded: 0 },
}

const byOrder = <R extends { readonly orderId: string }>(rows: readonly R[]): ReadonlyMap<string, readonly R[]> =>
  Map.groupBy(rows, ({ orderId }) => orderId)
