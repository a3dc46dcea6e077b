import type { EventName } from '@stocker/contracts'
import type { Fulfilment } from './order-fulfilment-saga.ts'

/** An event that has to come before an order is at its end, and who publishes it. */
export interface AwaitedEvent {
  readonly type: EventName
  readonly service: string
}

const SERVICES = {
  PaymentProcessedEvent: 'payment-service',
  PaymentCapturedEvent: 'payment-service',
  PaymentVoidedEvent: 'payment-service',
  PaymentRefundedEvent: 'payment-service',
  OrderDispatchedEvent: 'dispatch-service',
  StockReleasedEvent: 'dispatch-service',
  StockReturnedEvent: 'dispatch-service',
  OrderDeliveredEvent: 'delivery-service',
  DeliveryReturnedEvent: 'delivery-service',
} as const satisfies Partial<Record<EventName, string>>

type Awaited = keyof typeof SERVICES

/**
 * What an order's saga still waits for, the next first, if nothing else happens to the order. Read off its facts, as the saga itself does: of what may go two ways
 * the likely one is named.
 */
export function awaitedEvents(story: Fulfilment): readonly AwaitedEvent[] {
  return [...(goesBack(story) ? backward(story) : forward(story))].map((type) => ({ type, service: SERVICES[type] }))
}

const goesBack = ({ goal, parcel }: Fulfilment): boolean =>
  goal !== 'DELIVER' || parcel === 'GOING_BACK' || parcel === 'RETURNED' || parcel === 'LOST'

function* forward({ payment, stock, parcel }: Fulfilment): Generator<Awaited> {
  if (payment === 'PENDING') yield 'PaymentProcessedEvent'
  if (stock === 'PENDING') yield 'OrderDispatchedEvent'
  if (payment === 'PENDING' || payment === 'AUTHORIZED') yield 'PaymentCapturedEvent'
  if (parcel === 'PENDING') yield 'OrderDeliveredEvent'
}

function* backward({ payment, stock, parcel }: Fulfilment): Generator<Awaited> {
  const left = stock === 'DISPATCHED'
  if (left && parcel !== 'RETURNED' && parcel !== 'LOST') yield 'DeliveryReturnedEvent'
  if (stock === 'PENDING') yield 'StockReleasedEvent'
  if (left && parcel !== 'LOST') yield 'StockReturnedEvent'
  if (payment === 'PENDING' || payment === 'AUTHORIZED') yield 'PaymentVoidedEvent'
  if (payment === 'CAPTURED') yield 'PaymentRefundedEvent'
}
