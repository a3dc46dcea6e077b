import type { Owners } from '@stocker/cqrs'

export const DISPATCH_STATUSES = ['NONE', 'PAID', 'RESERVED', 'REJECTED', 'RELEASED', 'DISPATCHED', 'RETURNED'] as const
export type DispatchStatus = (typeof DISPATCH_STATUSES)[number]
export type ShownStatus = Exclude<DispatchStatus, 'NONE'>

/**
 * Stock is reserved when the order is created and leaves when it is paid. The two facts come over two topics, which nothing
 * orders, so either may be first: PAID is "paid, but the order itself has not been seen yet".
 *
 * Here it is decided whether an order ships or is cancelled: RESERVED is left by the payment or by the cancellation, whichever is
 * seen first, and never by both.
 */
export const DISPATCH_TRANSITIONS = {
  NONE: ['PAID', 'RESERVED', 'REJECTED', 'RELEASED'],
  PAID: ['RESERVED', 'REJECTED', 'RELEASED'],
  RESERVED: ['DISPATCHED', 'RELEASED'],
  REJECTED: [],
  RELEASED: [],
  DISPATCHED: ['RETURNED'],
  RETURNED: [],
} as const satisfies Record<DispatchStatus, readonly DispatchStatus[]>

/** Who moves a dispatch on. */
export const DISPATCH_OWNERS = {
  NONE: { owner: 'OrderCreatedEvent, which every order begins with' },
  PAID: { owner: 'OrderCreatedEvent, without which there is no payment, or OrderCancelledEvent' },
  RESERVED: { owner: 'PaymentProcessedEvent, or the OrderCancelledEvent that follows when there is none' },
  DISPATCHED: { owner: 'nobody has to: what is sold ends here; DeliveryReturnedEvent may bring it back' },
} as const satisfies Owners<typeof DISPATCH_TRANSITIONS>
