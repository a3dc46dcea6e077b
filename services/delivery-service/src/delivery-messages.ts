import type { Address, EventData } from '@stocker/contracts'
import type { CourierReport } from './courier.ts'
import type { CourierCall } from './courier-call.ts'

export interface Schedule extends EventData<'DeliveryScheduledEvent'> {
  readonly shippingAddress: Address
  /** It was cancelled before it was here: the courier is not asked to deliver it. */
  readonly recalled?: true
}

export type DeliveryEvents = {
  /** Also the intent to call the courier: the address is kept for that and is not published. */
  DeliveryScheduledEvent: Schedule
  OrderOutForDeliveryEvent: EventData<'OrderOutForDeliveryEvent'>
  OrderDeliveredEvent: EventData<'OrderDeliveredEvent'>
  DeliveryAttemptFailedEvent: EventData<'DeliveryAttemptFailedEvent'>
  DeliveryReturnedEvent: EventData<'DeliveryReturnedEvent'>
  DeliveryLostEvent: EventData<'DeliveryLostEvent'>
  /** Private: the order is cancelled, which is too early or too late to call the parcel back. */
  CancellationNoted: { readonly orderId: string; readonly reason: string }
  /** Private, and an intent to call the courier: another attempt, the parcel back, or what became of it. */
  AttemptRequested: { readonly orderId: string; readonly call: CourierCall }
  ReturnStarted: { readonly orderId: string; readonly reason: string; readonly call: CourierCall }
  CourierAsked: { readonly orderId: string; readonly call: CourierCall }
  /** Private: the courier has taken a request on and will report; or said what cannot be (`refused`), and will be asked again. */
  CourierAnswered: { readonly orderId: string; readonly refused?: DeliveryRejection }
}

export type DeliveryCommands = {
  Schedule: {
    readonly orderId: string
    readonly courier: string
    readonly trackingNumber: string
    readonly shippingAddress: Address
  }
  /**
   * What happened to the parcel, in order: all of it counts, or nothing. `answers`: the key of the call that it answers; when the courier has
   * something else to do by now, the answer is of no interest any more. `request`: likewise of a report that comes by itself; unlike an answer it does
   * not end the call, and is rejected when it cannot be.
   */
  Report: {
    readonly orderId: string
    readonly reports: readonly CourierReport[]
    readonly answers?: string
    readonly request?: string
    /** Must be the parcel's, where it is given. */
    readonly trackingNumber?: string
  }
  /** The order is cancelled. */
  Recall: { readonly orderId: string; readonly reason: string }
  /** The customer sends it back. */
  RequestReturn: { readonly orderId: string; readonly reason: string }
  /** The time for the next attempt has come. */
  RequestAttempt: { readonly orderId: string }
  /** The courier has been silent for too long. */
  AskCourier: { readonly orderId: string }
}

export type DeliveryRejection =
  | 'DELIVERY_NOT_FOUND'
  | 'ALREADY_DELIVERED'
  | 'REPORT_OUT_OF_PLACE'
  | 'UNKNOWN_PARCEL'
  | 'UNKNOWN_REQUEST'
