import type { Owners } from '@stocker/cqrs'

/** The way of an order that goes well, step by step. */
export const ORDER_WAY = ['CREATED', 'CONFIRMED', 'DISPATCHED', 'DELIVERED'] as const

export const ORDER_STATUSES = [...ORDER_WAY, 'CANCELLING', 'CANCELLED', 'RETURNING', 'RETURNED', 'LOST'] as const
export type OrderStatus = (typeof ORDER_STATUSES)[number]

/** DELIVERED is an end that its customer may leave again, by sending the goods back. */
export const ORDER_TRANSITIONS = {
  NONE: ['CREATED'],
  CREATED: ['CONFIRMED', 'CANCELLING'],
  CONFIRMED: ['DISPATCHED', 'CANCELLING'],
  DISPATCHED: ['DELIVERED', 'CANCELLING', 'RETURNING', 'LOST'],
  DELIVERED: ['RETURNING'],
  CANCELLING: ['CANCELLED', 'DELIVERED', 'LOST'],
  CANCELLED: [],
  RETURNING: ['RETURNED', 'LOST'],
  RETURNED: [],
  LOST: [],
} as const satisfies Record<OrderStatus | 'NONE', readonly OrderStatus[]>

/** Nothing moves an order on from these, unless its customer does. */
export const SETTLED_STATUSES = ['DELIVERED', 'CANCELLED', 'RETURNED', 'LOST'] as const satisfies readonly OrderStatus[]

/** Who moves an order on, and which deadline of the saga speaks up when nobody does. */
export const ORDER_OWNERS = {
  NONE: { owner: 'its customer, who orders' },
  CREATED: { owner: 'payment-service answers OrderCreatedEvent', deadline: 'payment' },
  CONFIRMED: { owner: 'dispatch-service answers PaymentProcessedEvent', deadline: 'dispatch' },
  DISPATCHED: { owner: 'delivery-service answers OrderDispatchedEvent', deadline: 'delivery' },
  DELIVERED: { owner: 'nobody has to: it ends here, unless its customer sends it back' },
  CANCELLING: { owner: 'dispatch, delivery and payment-service undo what they did', deadline: 'cancellation' },
  RETURNING: { owner: 'delivery, dispatch and payment-service undo what they did', deadline: 'return' },
} as const satisfies Owners<typeof ORDER_TRANSITIONS>

const SETTLED: ReadonlySet<string> = new Set(SETTLED_STATUSES)

export const isSettled = (status: OrderStatus | 'NONE'): boolean => SETTLED.has(status)
