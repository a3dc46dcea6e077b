import type { Money } from '@stocker/contracts'
import type { HistoryEntry, Order, OrderDetails, PlacedOrder } from './order.ts'
import type { ParcelFact, PaymentStatus } from './order-facts.ts'

/** What of an order stays as it was placed. */
export interface OrderTerms {
  readonly lines: OrderDetails['lines']
  readonly shippingAddress: OrderDetails['shippingAddress']
}

/** What of an order changes on its way. */
export interface OrderProgress {
  readonly payment: {
    readonly status: PaymentStatus
    readonly authorized: Money
    readonly captured: Money
    readonly refunded: Money
    readonly reason?: string
  }
  readonly parcels: readonly ParcelFact[]
  readonly history: readonly HistoryEntry[]
}

export const termsOf = ({ lines, shippingAddress }: OrderDetails): OrderTerms => ({ lines, shippingAddress })

export const progressOf = ({ details, payment, parcel, history }: PlacedOrder): OrderProgress => ({
  payment: paymentOf(details.total, payment),
  parcels: parcel === null ? [] : [parcel],
  history,
})

const NEVER_AUTHORIZED: ReadonlySet<PaymentStatus> = new Set(['PENDING', 'FAILED', 'VOIDED'])

const paymentOf = (
  total: Money,
  { status, captured, refunded, reason }: Order['payment'],
): OrderProgress['payment'] => {
  const none = { amount: 0, currency: total.currency }
  return {
    status,
    authorized: NEVER_AUTHORIZED.has(status) ? none : total,
    captured: captured ?? none,
    refunded: refunded ?? none,
    ...(reason !== undefined && { reason }),
  }
}
