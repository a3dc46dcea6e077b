import type { Address } from '@stocker/contracts'
import type { AddressedCommand, NewEvent, OutboundCall } from '@stocker/cqrs'
import { send } from '@stocker/cqrs'
import type { Courier, CourierRequest } from './courier.ts'
import type { Delivery, DeliveryAggregate } from './delivery.ts'
import type { Schedule } from './delivery-messages.ts'

/** What the courier is asked for. */
export interface CourierCall {
  readonly request: CourierRequest
  readonly orderId: string
  readonly deliveryId: string
  readonly trackingNumber: string
  readonly address: Address
  /** Of `deliver`, from 1; there is one of the others. */
  readonly attempt: number
}

const firstCall = ({ orderId, deliveryId, trackingNumber, shippingAddress }: Schedule): CourierCall => ({
  request: 'deliver',
  orderId,
  deliveryId,
  trackingNumber,
  address: shippingAddress,
  attempt: 1,
})

/** A delivery whose parcel is here. */
export interface Parcel extends Delivery {
  readonly schedule: Schedule
}

export const hasParcel = (delivery: Delivery): delivery is Parcel => delivery.schedule !== null

/** How the parcel comes back: from the customer, or from the courier who still has it. */
export const returnCall = ({ schedule, proof }: Parcel): CourierCall => ({
  ...firstCall(schedule),
  request: proof === null ? 'bringBack' : 'fetch',
})

/** What the courier has to do with a parcel in this state; null when it has nothing to do with it. */
export const callInHand = (delivery: Delivery): CourierCall | null => {
  if (!hasParcel(delivery)) return null
  switch (delivery.status) {
    case 'SCHEDULED':
    case 'OUT_FOR_DELIVERY':
    case 'ATTEMPT_FAILED':
      return { ...firstCall(delivery.schedule), attempt: delivery.attempts.length + 1 }
    case 'RETURNING':
      return returnCall(delivery)
    default:
      return null
  }
}

/** The idempotency key of a call: the same however often the courier is asked. */
export const keyOf = ({ request, deliveryId, attempt }: CourierCall): string => {
  if (request !== 'deliver') return `${deliveryId}-${request}`
  return attempt === 1 ? deliveryId : `${deliveryId}-attempt-${attempt}`
}

/** Whether a key is that of something that the courier may have been asked for with this parcel, now or before. */
export const isKeyOf = ({ deliveryId }: Schedule, key: string): boolean =>
  key.startsWith(deliveryId) && /^(-attempt-[1-9]\d*|-bringBack|-fetch)?$/.test(key.slice(deliveryId.length))

const intent = (call: CourierCall) => ({ key: keyOf(call), request: call })

const ofData = ({ data }: Pick<NewEvent, 'data'>) => intent((data as { readonly call: CourierCall }).call)

/** Whom the calls are to: in their rows, in metrics and as a fault switch. */
export const OUTSIDE = 'courier'

/** Which stored events are the intent to call the courier, each with everything that the call needs. */
export const COURIER_INTENTS = {
  DeliveryScheduledEvent: ({ data }: Pick<NewEvent, 'data'>) => {
    const schedule = data as Schedule
    return schedule.recalled === true ? null : intent(firstCall(schedule))
  },
  AttemptRequested: ofData,
  ReturnStarted: ofData,
  CourierAsked: ofData,
} as const

export interface CourierCallParts {
  readonly courier: Courier
  readonly delivery: DeliveryAggregate
  /** What the courier has to do now with the parcel of an order. */
  readonly callNow: (orderId: string) => Promise<CourierCall | null>
}

/** Makes a call and says which command records what came of it. */
export const performCourierCall =
  ({ courier, delivery, callNow }: CourierCallParts) =>
  async ({ key, request: stored, attempt: tries, signal }: OutboundCall<CourierCall>): Promise<AddressedCommand> => {
    // Calls that were stored when there was only one request name neither it nor the attempt.
    const { request, orderId, trackingNumber, address, attempt } = {
      ...{ request: 'deliver' as const, attempt: 1 },
      ...stored,
    }
    // A courier who was away must not be sent out with a parcel that was called back meanwhile.
    const now = tries > 1 ? await callNow(orderId) : undefined
    const reports =
      now === undefined || (now !== null && keyOf(now) === key)
        ? await courier[request]({ idempotencyKey: key, orderId, trackingNumber, address, attempt }, signal)
        : []
    return send(delivery, orderId, { type: 'Report', data: { orderId, reports, answers: key } })
  }
