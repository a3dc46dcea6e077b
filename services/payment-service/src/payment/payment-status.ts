import type { Owners } from '@stocker/cqrs'
import type { PaymentCommands } from './payment-state.ts'

/** NONE is "never asked for" and is never shown. */
export const PAYMENT_STATUSES = [
  'NONE',
  'REQUESTED',
  'AUTHORIZED',
  'FAILED',
  'VOIDING',
  'VOIDED',
  'CAPTURING',
  'CAPTURED',
  'REFUNDING',
  'REFUND_FAILED',
  'REFUNDED',
] as const
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number]
export type ShownStatus = Exclude<PaymentStatus, 'NONE'>

/** CAPTURED is left again when another part is captured or when money goes back; a refund of a part leads back to it. */
export const PAYMENT_TRANSITIONS = {
  NONE: ['REQUESTED', 'VOIDED'],
  REQUESTED: ['AUTHORIZED', 'FAILED'],
  AUTHORIZED: ['CAPTURING', 'VOIDING'],
  FAILED: [],
  VOIDING: ['VOIDED'],
  VOIDED: [],
  CAPTURING: ['CAPTURED'],
  CAPTURED: ['CAPTURING', 'REFUNDING'],
  REFUNDING: ['CAPTURED', 'REFUND_FAILED', 'REFUNDED'],
  REFUND_FAILED: ['REFUNDING'],
  REFUNDED: [],
} as const satisfies Record<PaymentStatus, readonly PaymentStatus[]>

const THE_CALL = { owner: 'the call to the gateway, repeated with the same key until it is answered' } as const

/** Who or what moves a payment on, for every state that can be left. */
export const PAYMENT_OWNERS = {
  NONE: { owner: 'OrderCreatedEvent, which every order begins with' },
  REQUESTED: THE_CALL,
  AUTHORIZED: { owner: 'dispatch: OrderDispatchedEvent, or StockRejectedEvent or StockReleasedEvent' },
  VOIDING: THE_CALL,
  CAPTURING: THE_CALL,
  CAPTURED: {
    owner: 'nobody has to: a delivered order ends here; DeliveryReturnedEvent or DeliveryLostEvent may come',
  },
  REFUNDING: THE_CALL,
  REFUND_FAILED: { deadline: 'RetryRefund' },
} as const satisfies Owners<typeof PAYMENT_TRANSITIONS, keyof PaymentCommands>
