import type { Decision } from '@stocker/cqrs'
import { reject } from '@stocker/cqrs'
import type { CourierEvent, CourierReport } from './courier.ts'
import type { Parcel } from './courier-call.ts'
import { callInHand, returnCall } from './courier-call.ts'
import type { DeliveryRules } from './delivery.ts'
import type { DeliveryEvents, DeliveryRejection } from './delivery-messages.ts'
import { MAX_ATTEMPTS } from './delivery-status.ts'

type Decided = Decision<DeliveryEvents, DeliveryRejection>
type ReportOf<E extends CourierEvent> = Extract<CourierReport, { readonly event: E }>

/** Why a parcel comes back that its customer did not send back. */
export const ORDER_CANCELLED = 'ORDER_CANCELLED'
const THREE_ATTEMPTS_FAILED = 'THREE_ATTEMPTS_FAILED'

const idsOf = ({ schedule: { orderId, deliveryId } }: Parcel) => ({ orderId, deliveryId })

const outForDelivery = (parcel: Parcel) =>
  ({ type: 'OrderOutForDeliveryEvent', data: { ...idsOf(parcel), attempt: parcel.attempts.length + 1 } }) as const

const outOfPlace = (parcel: Parcel, event: CourierEvent): Decided => {
  const { orderId } = parcel.schedule
  return reject(
    'REPORT_OUT_OF_PLACE',
    `the parcel of order ${orderId} is ${parcel.status}: it cannot be ${event} now`,
    {
      orderId,
      deliveryStatus: parcel.status,
      event,
    },
  )
}

const failed = (parcel: Parcel, { reason, at }: ReportOf<'ATTEMPT_FAILED'>, { retryAfterMs }: DeliveryRules) => {
  const attempt = parcel.attempts.length + 1
  const data = { ...idsOf(parcel), attempt, reason }
  if (attempt < MAX_ATTEMPTS && !parcel.recalled) {
    const nextAttemptAt = new Date(Date.parse(at) + retryAfterMs).toISOString()
    return [{ type: 'DeliveryAttemptFailedEvent', data: { ...data, nextAttemptAt } }] as const
  }
  return [
    { type: 'DeliveryAttemptFailedEvent', data },
    returnStarted(parcel, parcel.recalled ? ORDER_CANCELLED : THREE_ATTEMPTS_FAILED),
  ] as const
}

/** The parcel turns round: the courier is asked for it. */
export const returnStarted = (parcel: Parcel, reason: string) =>
  ({ type: 'ReturnStarted', data: { orderId: parcel.schedule.orderId, reason, call: returnCall(parcel) } }) as const

/**
 * What a report means for a parcel. One that is known already means nothing; one that skips the pick-up implies it, because the report of it may
 * have been lost.
 */
export const REPORTS: {
  readonly [E in CourierEvent]: (report: ReportOf<E>, parcel: Parcel, rules: DeliveryRules) => Decided
} = {
  PICKED_UP: ({ event }, parcel) => {
    if (parcel.status === 'SCHEDULED' || parcel.status === 'ATTEMPT_FAILED') return [outForDelivery(parcel)]
    return parcel.status === 'OUT_FOR_DELIVERY' ? [] : outOfPlace(parcel, event)
  },

  DELIVERED: ({ event, at, proof }, parcel) => {
    const delivered = {
      type: 'OrderDeliveredEvent',
      data: { ...idsOf(parcel), deliveredAt: at, proof },
    } as const
    if (parcel.status === 'OUT_FOR_DELIVERY') return [delivered]
    if (parcel.status === 'SCHEDULED' || parcel.status === 'ATTEMPT_FAILED') return [outForDelivery(parcel), delivered]
    if (parcel.proof !== null) {
      const { orderId } = parcel.schedule
      const { proofId } = parcel.proof
      if (proofId === proof.proofId) return []
      return reject(
        'ALREADY_DELIVERED',
        `order ${orderId} was delivered at ${parcel.deliveredAt}, with proof ${proofId}`,
        { orderId, proofId },
      )
    }
    // Called back too late: the customer has it.
    if (parcel.status === 'RETURNING' && parcel.recalled) return [delivered]
    return outOfPlace(parcel, event)
  },

  ATTEMPT_FAILED: (report, parcel, rules) => {
    if (parcel.status === 'OUT_FOR_DELIVERY') return failed(parcel, report, rules)
    if (parcel.status === 'SCHEDULED') return [outForDelivery(parcel), ...failed(parcel, report, rules)]
    return outOfPlace(parcel, report.event)
  },

  RETURNED: ({ event, at }, parcel) => {
    if (parcel.status === 'RETURNED') return []
    if (parcel.status !== 'RETURNING' || parcel.returnReason === null) return outOfPlace(parcel, event)
    return [{ type: 'DeliveryReturnedEvent', data: { ...idsOf(parcel), reason: parcel.returnReason, returnedAt: at } }]
  },

  LOST: ({ event }, parcel) => {
    if (parcel.status === 'LOST') return []
    if (callInHand(parcel) === null) return outOfPlace(parcel, event)
    return [{ type: 'DeliveryLostEvent', data: { ...idsOf(parcel), reason: 'LOST_BY_COURIER' } }]
  },
}
