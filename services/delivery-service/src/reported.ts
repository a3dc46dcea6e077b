import type { DeliveryFailureReason } from '@stocker/contracts'
import { DELIVERY_FAILURE_REASONS } from '@stocker/contracts'
import { Type } from 'typebox'
import type { CourierEvent, CourierReport } from './courier.ts'
import { problems } from './errors.ts'

/** What goes with some reports, as it comes over HTTP. */
export const REPORT_FIELDS = {
  receivedBy: Type.Optional(
    Type.String({ minLength: 1, maxLength: 200, description: 'DELIVERED: who took the parcel' }),
  ),
  reason: Type.Optional(Type.Enum(DELIVERY_FAILURE_REASONS, { description: 'why nobody got the parcel' })),
} as const

export interface Reported {
  readonly orderId: string
  readonly event: CourierEvent
  readonly at: string
  /** Of a proof, where it is one. */
  readonly proofId: string
  readonly receivedBy?: string
  readonly reason?: DeliveryFailureReason
}

/** Throws the problem that says what is missing. */
export const reportOf = ({ orderId, event, at, proofId, receivedBy, reason }: Reported): CourierReport => {
  switch (event) {
    case 'DELIVERED':
      if (receivedBy === undefined)
        throw problems('RECEIVER_MISSING', `nobody is named who took the parcel of order ${orderId}`)
      return { event, at, proof: { receivedBy, proofId } }
    case 'ATTEMPT_FAILED':
      if (reason === undefined)
        throw problems('REASON_MISSING', `it is not said why nobody got the parcel of order ${orderId}`)
      return { event, at, reason }
    default:
      return { event, at }
  }
}
